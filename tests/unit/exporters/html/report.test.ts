import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ReportModel } from '../../../../src/domain/report-model.ts';
import { epochMs, HOUR } from '../../../../src/domain/units.ts';
import { escapeHtml } from '../../../../src/exporters/html/escape.ts';
import { renderHtml } from '../../../../src/exporters/html/index.ts';
import { emptyReportModel, HOSTILE, HOSTILE_ADDRESSES, reportModel } from '../../../support/report-model.ts';

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

/** Where its links lead outside the page. */
function addresses(page: string): string[] {
  return [...page.matchAll(/\shref="([^"]*)"/gu)]
    .map(([, to = '']) => to)
    .filter((to) => !/^#|^data:,$/u.test(to));
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

  it('has no script and no style attribute, and loads nothing', async () => {
    const page = await renderHtml(reportModel());

    expect(page).not.toMatch(/<script|<iframe|<img|<object|\sstyle=|\son\w+="|javascript:|xlink|\ssrc="/iu);
    expect(page.match(/<link[^>]*>/gu)).toEqual(['<link rel="icon" href="data:," />']);
  });

  it('leads out of itself by links that a reader follows, which tell nobody where they were', async () => {
    const page = await renderHtml(reportModel());
    const outward = addresses(page);

    expect(outward.length).toBeGreaterThan(100);
    expect(outward.filter((to) => !to.startsWith('https://github.com/acme/shop/'))).toEqual([]);
    expect(page.match(/<a href="https:[^"]*" rel="noreferrer">/gu)).toHaveLength(outward.length);
  });

  it('without a host of code has no address outside itself', async () => {
    expect(addresses(await renderHtml(reportModel({ gitOnly: true })))).toEqual([]);
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

    expect(figures).toHaveLength(6);
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
    const shape = { by: 'team', clusters: 12 } as const;
    const page = await renderHtml(reportModel({ text, ...shape }));

    expect(skeleton(page)).toEqual(skeleton(await renderHtml(reportModel({ text: harmless, ...shape }))));
    expect(unbalanced(page)).toEqual([]);
  });

  it.each(Object.entries(HOSTILE))('leaves no character that acts: %s', async (_, text) => {
    const page = await renderHtml(reportModel({ text, clusters: 2 }));

    const acting = Array.from(page).filter(
      (character) => escapeHtml(character).includes('U+') && character !== '\n',
    );

    expect(acting).toEqual([]);
  });

  it.each(HOSTILE_ADDRESSES)('as an address is no link: %j', async (url) => {
    const page = await renderHtml(reportModel({ url }));

    expect(addresses(page)).toEqual([]);
    expect(unbalanced(page)).toEqual([]);
    expect(words(page)).toContain(', #4');
  });

  it.each([
    ['https://github.com/a"onmouseover="alert(1)', 'https://github.com/a%22onmouseover=%22alert(1)'],
    ["https://github.com/a'b&c=<script>", 'https://github.com/a&#39;b&amp;c=%3Cscript%3E'],
    ['https://github.com/</a><img src=x>', 'https://github.com/%3C/a%3E%3Cimg%20src=x%3E'],
    ['HTTPS://GitHub.com/acme\n/shop', 'https://github.com/acme/shop'],
  ])('inside an address stays inside it: %j', async (url, written) => {
    const page = await renderHtml(reportModel({ url }));

    expect(new Set(addresses(page))).toEqual(new Set([written]));
    expect(skeleton(page)).toEqual(skeleton(await renderHtml(reportModel({ url: 'https://x.example/' }))));
    expect(unbalanced(page)).toEqual([]);
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
    const shape = { unit: 'month', periods: 24, deploymentsPerPeriod: 4 } as const;

    expect(Buffer.byteLength(await renderHtml(reportModel(shape)))).toBeLessThan(300 * KILOBYTE);
    expect(Buffer.byteLength(await renderHtml(reportModel({ ...shape, clusters: 40 })))).toBeLessThan(
      300 * KILOBYTE,
    );
  });

  it.each([
    ['realistic subjects', undefined],
    ['long ones', 'long subject '.repeat(40)],
    ['ones that grow when escaped', '&<>"\u202e'.repeat(100)],
    ['ones of three bytes a letter', '李雷'.repeat(200)],
    ['addresses as long as may be', undefined, `https://host.example/${'a'.repeat(375)}`],
    ['addresses that grow when escaped', undefined, `https://host.example/?${'&'.repeat(375)}`],
  ] as const)('stays under 1 MB for 400 periods with %s', async (_, text?: string, url?: string) => {
    const shape = { unit: 'day', periods: 400, deploymentsPerPeriod: 3, clusters: 40 } as const;
    const page = await renderHtml(
      reportModel({ ...shape, ...(text !== undefined && { text }), ...(url !== undefined && { url }) }),
    );

    expect(Buffer.byteLength(page)).toBeLessThan(1000 * KILOBYTE);
  });
});

describe('the size of a report over a thousand repositories', () => {
  it.each([
    ['realistic names', undefined],
    ['names that grow when escaped', '&<>"\u202e'.repeat(100)],
    ['names of three bytes a letter', '李雷'.repeat(200)],
  ] as const)('stays under 1 MB with %s', async (_, text?: string) => {
    const shape = { by: 'team', unit: 'month', periods: 60, deploymentsPerPeriod: 200 } as const;
    const page = await renderHtml(reportModel({ ...shape, ...(text !== undefined && { text }) }));

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

  it('says in which clusters a deployment of Argo CD was, what went wrong and what nobody saw', async () => {
    const model = reportModel({ clusters: 5 });
    const [first, ...rest] = model.failures;
    if (first === undefined) throw new Error('there is always a failure');
    const itself = {
      ...first,
      rule: 'rollout' as const,
      recoveredAt: epochMs(first.failureAt + HOUR),
      repairedBy: null,
    };
    const page = words(await renderHtml({ ...model, failures: [itself, ...rest] }));

    expect(page).toContain('In prod-eu-west-1 , prod-eu-west-2 , prod-eu-west-3 and 2 more, within 1 h.');
    expect(page).toContain('Nobody saw it healthy.');
    expect(page).toContain(
      'Its commit is that of the GitOps repository: The image has no tag, and no label names a commit.',
    );
    expect(page).toContain('Argo CD says: degraded .');
    expect(page).toMatch(/5 clusters its rollout failed: degraded [^–]* 1 h itself/u);
    expect(page).toContain(' 5 clusters ');
  });

  it('has one place for whom a deployment is of and where it went: the columns are as many in any case', async () => {
    const page = await renderHtml(reportModel({ clusters: 1, by: 'team' }));
    const summaries = page.match(/<summary>\s*<b>.*?<\/summary>/gsu) ?? [];

    expect(summaries.length).toBeGreaterThan(5);
    expect(new Set(summaries.map((summary) => summary.split('class="of"').length))).toEqual(new Set([2]));
  });

  it('names the only cluster, and says nothing of clusters where none is known', async () => {
    const page = words(await renderHtml(reportModel({ clusters: 1 })));

    expect(page).toContain(' prod-eu-west-1 ');
    expect(page).toContain('In prod-eu-west-1 .');
    expect(words(await renderHtml(reportModel()))).not.toMatch(/[Cc]luster/u);
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
    expect(page).toMatch(/\d+ shorter failures not listed/u);
    expect(page).toMatch(/the newest \d+ listed/u);
  });

  it('says where the time of pull requests went, and which stage takes longest', async () => {
    const page = words(await renderHtml(reportModel()));

    expect(page).toMatch(
      /Waiting to be deployed takes longest: 1 d 16 h in the median of 74 pull requests of 2026-Q3/u,
    );
    expect(page).toMatch(/Stage From To Pull requests Median coding the first commit .* 74 1 d 1 h pickup/u);
    expect(page).toContain('Pickup and review are of the 67 that another person reviewed');
  });

  it('says how to learn about stages where nothing is known of them, and nothing of incidents', async () => {
    const page = words(await renderHtml(reportModel({ gitOnly: true })));

    expect(page).toContain('is not known: set GITHUB_TOKEN and run dora-metrics extract');
    expect(page).not.toContain('Pickup and review');
    expect(page).not.toContain('Caused by');
    expect(page).toContain('from the history of git.');
  });

  it('tells a period without pull requests from a history without', async () => {
    const model = reportModel();
    const [whole] = model.metrics.groups;
    if (whole === undefined) throw new Error('the whole scope is always there');
    const periods = whole.periods.map((period, index) => {
      const nothing = { coding: null, pickup: null, review: null, deploy: null };
      const stages = { n: 0, reviewed: 0, ...nothing, reason: 'no-pull-requests' as const };
      return index === model.focus ? { ...period, leadTime: { ...period.leadTime, stages } } : period;
    });
    const metrics = { ...model.metrics, groups: [{ ...whole, periods }] };
    const page = words(await renderHtml({ ...model, metrics }));

    expect(page).toContain('No pull request was first deployed in 2026-Q3 , so there are no stages to show');
  });

  it('lists incidents with what caused them, and how that is known', async () => {
    const page = await renderHtml(reportModel());
    const section = /<section id="incidents"[\s\S]*?<\/section>/u.exec(page)?.[0] ?? '';

    expect(words(section)).toMatch(/1 incident opened in 2026-Q3 and is still open\./u);
    expect(words(section)).toMatch(/Opened Lasted Incident Caused by Because 29 Aug 2026, \d\d:\d\d open /u);
    expect(section).toMatch(/<a href="#deployment-\d+">/u);
    expect(section).toMatch(/<a href="https:\/\/github\.com\/acme\/shop\/issues\/\d+" rel="noreferrer">/u);
    expect(page).toContain('<a href="#incidents">Incidents</a>');
  });

  it('bounds the incidents, and counts the others', async () => {
    const model = reportModel();
    const page = words(await renderHtml({ ...model, foldedIncidents: 17 }));

    expect(page).toContain('17 older incidents not listed.');
  });

  it('names the incidents of a deployment, and says of a failed rollout that it shipped nothing', async () => {
    const page = words(await renderHtml(reportModel()));

    expect(page).toMatch(/failed: an incident is linked to it Incident: Checkout answers with 502/u);
    expect(page).toMatch(/failed: its rollout failed It did not reach users: the next one that succeeded/u);
  });

  it('shows of each change its pull request, its labels and whether a bot wrote it', async () => {
    const model = reportModel();
    const [first] = model.deployments;
    const [change] = first?.slowest ?? [];
    if (first === undefined || change === undefined) throw new Error('the newest deployment ships something');
    const labels = ['bug', 'a'.repeat(60), 'ui', 'api', 'docs'];
    const shown = { ...change, pullRequest: 77, labels, byBot: true, author: 'renovate' };
    const page = words(
      await renderHtml({
        ...model,
        deployments: [{ ...first, slowest: [shown] }, ...model.deployments.slice(1)],
      }),
    );

    expect(page).toMatch(/renovate \(bot\), [0-9a-f]{10} , #77 bug a{19}… ui \+2/u);
  });

  it('tells people and bots apart where bots wrote something', async () => {
    const people = { changes: 40, medianLeadTime: 86_400 };
    const bots = { changes: 8, medianLeadTime: 3600 };
    const sentence = async (authors: ReportModel['authors']) =>
      words(await renderHtml({ ...reportModel(), authors }));

    expect(await sentence({ people, bots })).toContain(
      'People wrote 40 of the 48 changes, median 1 d ; bots 8, median 1 h .',
    );
    expect(await sentence({ people: { changes: 0, medianLeadTime: null }, bots })).toContain(
      'Bots wrote all of the 8 changes, median 1 h .',
    );
    expect(await sentence(null)).not.toMatch(/[Bb]ots (?:wrote|\d)/u);
  });

  it('says how much of the history has a pull request, and how much bots wrote', async () => {
    const page = words(await renderHtml(reportModel()));

    expect(page).toContain('97 % of the shipped changes with a known pull request');
    expect(page).toContain('12 % of them written by bots');
  });

  it('says so where a pull request is one change', async () => {
    const model = reportModel();
    const metrics = { ...model.metrics, leadTimeUnit: 'pull-request' as const };
    const page = words(await renderHtml({ ...model, metrics }));

    expect(page).toContain('A pull request is one change here');
    expect(page).toContain('Lead time of every pull request once');
    expect(words(await renderHtml(model))).toContain('Lead time of every commit');
  });

  it('tells deployments that were tried from those that succeeded', async () => {
    const model = reportModel();
    const [whole] = model.metrics.groups;
    if (whole === undefined) throw new Error('the whole scope is always there');
    const periods = whole.periods.map((period, index) => {
      const { deploymentFrequency: frequency } = period;
      if (index !== model.focus || frequency.value === null) return period;
      return { ...period, deploymentFrequency: { ...frequency, value: 17, n: 17 } };
    });
    const page = words(
      await renderHtml({ ...model, metrics: { ...model.metrics, groups: [{ ...whole, periods }] } }),
    );

    expect(page).toMatch(
      /19 deployments in 2026-Q3 , the most so far, of which 17 succeeded at first; 3 failed/u,
    );
  });

  it('compares teams, repositories or components where there are several, and says why a number is missing', async () => {
    const page = words(await renderHtml(reportModel({ by: 'team' })));

    expect(page).toMatch(
      /By team 2026-Q3 , most deployments first Team Deployments Lead time Change fail rate/u,
    );
    expect(page).toMatch(/payments-0 47 \d+ d (?:\d+ h )?\d+(?:\.\d)? % /u);
    expect(page).toMatch(
      /\(no team\) no deployments nothing shipped outcomes unknown no failures no deployments/u,
    );
    expect(page).toContain('What is of several teams counts in each of them, and once in the numbers above.');
    expect(words(await renderHtml(reportModel({ by: 'component' })))).toContain('By component');
    expect(words(await renderHtml(reportModel()))).not.toContain('most deployments first');
  });

  it('does not call shared what adds up', async () => {
    const model = reportModel({ by: 'team' });
    const overview =
      model.overview === null ? null : { ...model.overview, parts: model.overview.parts.slice(-2) };

    expect(words(await renderHtml({ ...model, overview }))).not.toContain('What is of several teams');
  });

  it('counts what it leaves out, and names the commands that list all of it', async () => {
    const page = words(
      await renderHtml({
        ...reportModel({ by: 'repository', periods: 30, deploymentsPerPeriod: 20 }),
        foldedIncidents: 5,
      }),
    );

    expect(page).toContain(
      '980 more repositories. All of them: dora-metrics calculate --by repository --period quarter --from 2026-Q3 --to 2026-Q3',
    );
    expect(page).toContain(
      'These were asked least recently. All of them, and 1,976 more: dora-metrics status',
    );
    expect(page).toContain('988 more are not marked.');
    expect(page).toMatch(
      /shorter failures not listed. All of a period: dora-metrics explain time-to-restore --period 2026-Q3/u,
    );
    expect(page).toContain('(of each period the longest are drawn)');
    expect(page).toContain(
      'All deployments of a period: dora-metrics explain change-fail-rate --period 2026-Q3',
    );
    expect(page).toContain(
      '5 older incidents not listed. The table dataset/incidents.csv of the workspace has all.',
    );
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
