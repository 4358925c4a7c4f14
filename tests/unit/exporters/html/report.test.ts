import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ReportModel } from '../../../../src/domain/report-model.ts';
import { escapeHtml } from '../../../../src/exporters/html/escape.ts';
import { renderHtml } from '../../../../src/exporters/html/index.ts';
import { emptyReportModel, HOSTILE, reportModel } from '../../../support/report-model.ts';

const KILOBYTE = 1000;

/** The text of a page as a reader sees it, close enough: no tags, entities decoded, spaces plain. */
function words(page: string): string {
  return page
    .replace(/<style>[\s\S]*?<\/style>/u, '')
    .replace(/<[^>]*>/gu, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/[\s\u00a0]+/gu, ' ');
}

/** The names of all elements in their order, but for the letters in drawings, which may not all have room. */
function skeleton(page: string): string[] {
  return [...page.matchAll(/<(\/?[a-z][a-z0-9]*)\b/gu)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'text' && name !== '/text');
}

/** Elements that are still open at the end or were closed in the wrong order. */
function unbalanced(page: string): string[] {
  const open: string[] = [];
  for (const [, closing, name = '', self] of page.matchAll(
    /<(\/?)([a-z][a-z0-9]*)\b(?:[^<>"]|"[^"]*")*?(\/?)>/gu,
  )) {
    if (closing === '/') {
      if (open.at(-1) !== name) return [...open, `/${name}`];
      open.pop();
    } else if (self !== '/' && !['meta', 'link'].includes(name)) open.push(name);
  }
  return open;
}

describe('the report as one file', () => {
  it('lets in its own style sheet and nothing else', async () => {
    const page = await renderHtml(reportModel());
    const styles = /<style>([\s\S]*?)<\/style>/u.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(styles).digest('base64');

    expect(page).toContain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'"`,
    );
    expect(page.match(/<style/gu)).toHaveLength(1);
  });

  it('has no script, no style attribute and no address outside itself', async () => {
    const page = await renderHtml(reportModel());

    expect(page).not.toMatch(/<script|<iframe|<img|<object|\sstyle=|\son\w+="|javascript:|xlink/iu);
    expect(
      [...page.matchAll(/\s(?:href|src)="([^"]*)"/gu)].filter(([, to]) => !/^#|^data:,$/u.test(to ?? '')),
    ).toEqual([]);
  });

  it('closes what it opens', async () => {
    expect(unbalanced(await renderHtml(reportModel()))).toEqual([]);
    expect(unbalanced(await renderHtml(emptyReportModel()))).toEqual([]);
  });

  it('links every number of a tile to rows that are there', async () => {
    const page = await renderHtml(reportModel());
    const targets = [...page.matchAll(/href="#([^"]+)"/gu)].map(([, target]) => target ?? '');
    const ids = [...page.matchAll(/\sid="([^"]+)"/gu)].map(([, id]) => id ?? '');

    expect(targets.length).toBeGreaterThan(10);
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has headings in order', async () => {
    const page = await renderHtml(reportModel());
    const levels = [...page.matchAll(/<h(\d)/gu)].map(([, level]) => Number(level));

    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.every((level, index) => index === 0 || level - (levels[index - 1] ?? 0) <= 1)).toBe(true);
  });

  it('gives every chart a role, a title, a description and its numbers', async () => {
    const page = await renderHtml(reportModel());
    const figures = page.match(/<figure[\s\S]*?<\/figure>/gu) ?? [];

    expect(figures).toHaveLength(5);
    for (const figure of figures) {
      expect(figure.match(/role="img"/gu)).toHaveLength(2);
      expect(
        figure.match(/<title id="[^"]+">[^<]+<\/title>\s*<desc id="[^"]+">[^<]+<\/desc>/gu),
      ).toHaveLength(2);
      expect(figure).toMatch(/<details[\s\S]*<table>/u);
    }
  });
});

describe('the same model', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('gives the same bytes again and again', async () => {
    const first = await renderHtml(reportModel());
    await renderHtml(reportModel({ unit: 'month', periods: 5 }));

    expect(await renderHtml(reportModel())).toBe(first);
  });

  it('gives the same bytes in every time zone of the machine', async () => {
    const here = await renderHtml(reportModel());
    vi.stubEnv('TZ', 'America/St_Johns');

    expect(new Date(2026, 0, 1).getTimezoneOffset()).toBe(210);
    expect(await renderHtml(reportModel())).toBe(here);
  });

  it('is dated in the time zone of the workspace', async () => {
    const model = reportModel();
    const page = await renderHtml({ ...model, metrics: { ...model.metrics, timezone: 'Asia/Tokyo' } });

    expect(words(page)).toContain('As of 20 Nov 2026, 09:00, Asia/Tokyo');
  });
});

describe('hostile text', () => {
  const harmless = 'x'.repeat(30);

  it.each(Object.entries(HOSTILE))('makes no element, wherever it stands: %s', async (_, text) => {
    const page = await renderHtml(reportModel({ text }));

    expect(skeleton(page)).toEqual(skeleton(await renderHtml(reportModel({ text: harmless }))));
    expect(unbalanced(page)).toEqual([]);
  });

  it.each(Object.entries(HOSTILE))('leaves no character that acts: %s', async (_, text) => {
    const page = await renderHtml(reportModel({ text }));

    const acting = Array.from(page).filter(
      (character) => escapeHtml(character).includes('U+') && character !== '\n',
    );

    expect(acting).toEqual([]);
  });

  it('is shown', async () => {
    const page = words(await renderHtml(reportModel()));

    expect(page).toContain('<script>alert(1)</script>');
    expect(page).toContain('clear ‹U+001B›[31mred');
    expect(page).toContain('user ‹U+202E› txt.exe');
  });
});

describe('the size', () => {
  it('stays under 300 kB for 24 periods', async () => {
    const page = await renderHtml(reportModel({ unit: 'month', periods: 24, deploymentsPerPeriod: 4 }));

    expect(Buffer.byteLength(page)).toBeLessThan(300 * KILOBYTE);
  });

  it.each([
    ['realistic subjects', undefined],
    ['long ones', 'long subject '.repeat(40)],
    ['ones that grow when escaped', '&<>"\u202e'.repeat(100)],
    ['ones of three bytes a letter', '李雷'.repeat(200)],
  ])('stays under 1 MB for 400 periods with %s', async (_, text) => {
    const shape = { unit: 'day', periods: 400, deploymentsPerPeriod: 3 } as const;
    const page = await renderHtml(reportModel(text === undefined ? shape : { ...shape, text }));

    expect(Buffer.byteLength(page)).toBeLessThan(1000 * KILOBYTE);
  });
});

describe('what it says', () => {
  it('puts the sentence and the five numbers first', async () => {
    const page = words(await renderHtml(reportModel()));

    expect(page).toMatch(/acme\/shop .*Since last quarter you ship more often/u);
    expect(page).toMatch(
      /Deployment frequency 19 deployments, 1.4 a week, on 1\d days ↑ up from 12 in 2026-Q2 : better , more than noise band: high \(DORA 2024\)/u,
    );
    expect(page).toMatch(/Change fail rate 1\d % \d of 19 deployments About as before \(25 % in 2026-Q2 \)/u);
    expect(page).toContain('band: too few to say');
  });

  it('marks the period that is still running', async () => {
    const page = await renderHtml(reportModel());

    expect(words(page)).toContain('2026-Q4 (running)');
    expect(words(page)).toContain('the shaded one, 2026-Q4 , is still running');
  });

  it('names the rule that made a deployment a failure, and what repaired it', async () => {
    const page = words(await renderHtml(reportModel()));

    expect(page).toContain('failed: needed a hotfix');
    expect(page).toMatch(/Repaired v\d+\.\d+\.0 \(hotfix\)/u);
  });

  it('says what an open failure lacks', async () => {
    const model = reportModel();
    const failures = model.failures.map((failure) => ({ ...failure, recoveredAt: null, repairedBy: null }));
    const page = words(await renderHtml({ ...model, failures }));

    expect(page).toContain('still open');
  });

  it('counts what it folded away', async () => {
    const page = words(await renderHtml(reportModel({ periods: 30, deploymentsPerPeriod: 20 })));

    expect(page).toMatch(/Older \d+ deployments, folded into counts/u);
    expect(page).toMatch(/\d+ older failures not listed/u);
    expect(page).toMatch(/the newest \d+ listed/u);
  });

  it('compares components where there are several', async () => {
    const model = reportModel();
    const [whole] = model.metrics.groups;
    if (whole === undefined) throw new Error('the whole scope is always there');
    const parts = ['api', 'web'].map((key) => ({ ...whole, by: 'component' as const, key }));
    const page = words(
      await renderHtml({ ...model, metrics: { ...model.metrics, groups: [whole, ...parts] } }),
    );

    expect(page).toMatch(/By component Component Deployments .* api 19 .* web 19/u);
  });
});

describe('without data', () => {
  it('says why each metric has no value and what to do about it', async () => {
    const page = words(await renderHtml(emptyReportModel()));

    expect(page).toContain('No deployment finished in this period. If there was one, make it known');
    expect(page).toContain('No deployment of this period shipped a change.');
    expect(page).toContain('No failure is known in this period');
    expect(page).toContain('No deployment is known.');
    expect(page).toContain('Nothing: every row that was read is counted.');
    expect(page).not.toMatch(/NaN|undefined|Infinity|null/u);
  });

  it('draws no empty chart', async () => {
    expect(await renderHtml(emptyReportModel())).not.toContain('<figure');
  });

  it.each<[string, Partial<ReportModel>]>([
    ['no period at all', { metrics: { ...emptyReportModel().metrics, groups: [] } }],
    ['a focus that is not there', { focus: 99 }],
  ])('is still a page with %s', async (_, change) => {
    const page = words(await renderHtml({ ...emptyReportModel(), ...change }));

    expect(page).toContain('How it was computed');
  });
});

describe('any shape of time', () => {
  it.each([
    ['one period', { periods: 1 }],
    ['two years', { unit: 'year', periods: 2 }],
    ['a year of weeks', { unit: 'week', periods: 53 }],
    ['a month of days', { unit: 'day', periods: 31, deploymentsPerPeriod: 2 }],
    ['forty years', { unit: 'year', periods: 40, deploymentsPerPeriod: 2 }],
  ] as const)('draws %s without a number that is none', async (_, shape) => {
    const page = await renderHtml(reportModel(shape));

    expect(page).not.toMatch(/NaN|undefined|Infinity/u);
    expect(page.match(/<figure/gu)?.length).toBeGreaterThanOrEqual(4);
  });
});
