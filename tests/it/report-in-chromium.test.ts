import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportModel } from '../../src/domain/report-model.ts';
import { renderHtml } from '../../src/exporters/html/index.ts';
import { emptyReportModel, HOSTILE, reportModel } from '../support/report-model.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface Opened {
  readonly page: Page;
  /** What the page asked for besides itself. */
  readonly requests: readonly string[];
  /** What the browser complained about. */
  readonly complaints: readonly string[];
}

let browser: Browser;
let folder: string;
let files = 0;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  folder = await mkdtemp(path.join(tmpdir(), 'dora-report-'));
});

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

async function open(model: ReportModel, options: BrowserContextOptions = {}): Promise<Opened> {
  files += 1;
  const file = path.join(folder, `${String(files)}.html`);
  await writeFile(file, await renderHtml(model));
  const { href } = pathToFileURL(file);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (request.url() !== href) requests.push(request.url());
  });
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(href, { waitUntil: 'load' });
  return { page, requests, complaints };
}

const MODELS: readonly (readonly [string, () => ReportModel])[] = [
  ['nine quarters', () => reportModel()],
  ['two years of months', () => reportModel({ unit: 'month', periods: 24, deploymentsPerPeriod: 5 })],
  ['four hundred days', () => reportModel({ unit: 'day', periods: 400, deploymentsPerPeriod: 3 })],
  ['a thousand repositories', () => reportModel({ by: 'repository', unit: 'month', periods: 13 })],
  ['more teams than are listed', () => reportModel({ by: 'team', deploymentsPerPeriod: 40 })],
  ['nothing deployed', () => emptyReportModel()],
  ['hostile text everywhere', () => reportModel({ text: HOSTILE.closing })],
  ['one endless word everywhere', () => reportModel({ by: 'team', text: 'x'.repeat(400) })],
];

describe.each(MODELS)('a report of %s', (_, model) => {
  it.each([1440, 1000, 800, 640, 390])('fits a window of %d px and asks for nothing', async (width) => {
    const { page, requests, complaints } = await open(model(), { viewport: { width, height: 900 } });

    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await page.evaluate(
      `document.querySelectorAll('details').forEach((details) => { details.open = true; })`,
    );
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    expect(requests).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('a report in Chromium', () => {
  it.each([1440, 800, 690, 660, 390])('keeps the letters of its charts readable at %d px', async (width) => {
    const { page } = await open(reportModel(), { viewport: { width, height: 900 } });
    const smallest = await page.evaluate<number>(
      `Math.min(...[...document.querySelectorAll('.drawing svg')].filter((svg) => svg.checkVisibility())
        .map((svg) => 13 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width))`,
    );

    expect(smallest).toBeGreaterThanOrEqual(10);
    await page.context().close();
  });

  it('shows hostile subjects as text', async () => {
    const { page, complaints } = await open(reportModel());
    const text = await page.evaluate<string>('document.body.textContent');

    expect(text).toContain('<script>alert(1)</script>');
    expect(text).toContain('‹U+001B›[31m');
    expect(await page.evaluate<number>('document.scripts.length + document.images.length')).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('is designed for light and for dark', async () => {
    const colours = async (colorScheme: 'light' | 'dark'): Promise<string[]> => {
      const { page } = await open(reportModel(), { colorScheme });
      const found = await page.evaluate<string[]>(
        `[getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.body).color,
          getComputedStyle(document.querySelector('.drawing [fill="var(--ink)"]')).fill]`,
      );
      await page.context().close();
      return found;
    };

    expect(await colours('light')).toEqual(['rgb(251, 250, 246)', 'rgb(29, 33, 38)', 'rgb(24, 60, 112)']);
    expect(await colours('dark')).toEqual(['rgb(22, 24, 27)', 'rgb(231, 228, 221)', 'rgb(143, 182, 238)']);
  });

  it('leads from a number to its rows without a script', async () => {
    const { page } = await open(reportModel(), { javaScriptEnabled: false });
    const rows = page.locator('#failures table');

    expect(await rows.isVisible()).toBe(false);
    await page.locator('.tile', { hasText: 'Time to restore' }).locator('.value a').click();
    await rows.waitFor({ state: 'visible' });
    await page.locator('.rows summary').first().click();
    expect(await page.locator('.rows .inside').first().isVisible()).toBe(true);
    await page.context().close();
  });

  it('can be walked through with the keyboard, and shows where one is', async () => {
    const { page } = await open(reportModel());
    await page.keyboard.press('Tab');
    const focused = `document.activeElement.textContent + ' ' + getComputedStyle(document.activeElement).outlineStyle`;

    expect(await page.evaluate<string>(focused)).toBe('Where it stands solid');
    await page.context().close();
  });

  it('prints to pages of A4 on paper, also from a dark screen', async () => {
    const { page } = await open(reportModel(), { colorScheme: 'dark' });
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    const text = pdf.toString('latin1');
    const pages = text.match(/\/Type\s*\/Page\b/gu) ?? [];

    expect(pages.length).toBeGreaterThanOrEqual(5);
    expect(pages.length).toBeLessThan(20);
    expect(text).toMatch(/\/MediaBox\s*\[\s*0 0 59[45][.\d]* 84[12][.\d]*\s*\]/u);
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate<string>(`getComputedStyle(document.body).color`)).toBe('rgb(29, 33, 38)');
    await page.context().close();
  });
});
