import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { git } from '../../fixtures/history/git.ts';
import { buildHistory } from '../../fixtures/history/history-builder.ts';
import { dora, doraOk, shell, type Run } from '../support/cli.ts';
import { AS_OF, day, describeSmallShop, sharedFolder, testFolder } from '../support/repo.ts';

/**
 * The small shop with three more versions: a rollback, a hotfix, and one tag without a time of its own, so that every
 * metric has a value that is neither nothing nor everything.
 */
const shared = sharedFolder(async (folder) => {
  const shop = path.join(folder, 'shop');
  await buildHistory({ directory: shop }, async (history) => {
    await describeSmallShop(history);
    await history.tag({ name: 'v1.2.0', at: day(40) });
    history.branch('hotfix');
    await history.commit({ branch: 'hotfix', message: 'hotfix: totals', at: day(41) });
    await history.tag({ name: 'v1.2.1', target: 'hotfix', at: day(41, 2) });
    history.branch('main', 'hotfix');
    await history.commit({ message: 'search: begin', at: day(60) });
    await history.tag({ name: 'v1.3.0', annotated: false });
    await history.tag({ name: 'v1.2.2', target: 'v1.2.1', at: day(60, 4) });
    await history.commit({ message: 'search: more', at: day(61) });
    await history.tag({ name: 'v2.0.0-rc.1', at: day(62) });
    await history.tag({ name: 'nightly', at: day(62, 1) });
  });
  await doraOk(['extract'], { cwd: shop });
});

const shop = () => path.join(shared(), 'shop');

/** Asks about the shared workspace, which only answers. */
async function ask(question: string, env: Record<string, string> = {}): Promise<Run> {
  return await dora(question.split(' '), { cwd: shop(), env });
}

/** A copy of the clone, without a workspace. */
async function freshClone(): Promise<string> {
  const folder = path.join(await testFolder(), 'shop');
  await cp(path.join(shop(), '.git'), path.join(folder, '.git'), { recursive: true });
  return folder;
}

describe('extract and update', () => {
  it('say on standard output what was read and built, and nothing on standard error that is no warning', async () => {
    const cwd = await freshClone();

    const first = await dora(['extract', '--full'], { cwd });
    const second = await dora(['update'], { cwd });

    expect(first.stdout).toMatch(
      /^shop: 8 new commits, 8 in all, 9 tags, main at [0-9a-f]{10}\ndataset: 7 deployments, \d+ changes shipped, \d+ rows set aside\nshop: \d+ rows wait for review in pending_review[.]csv since [-0-9]{10}\n$/u,
    );
    expect(second.stdout).toMatch(
      /^shop: nothing new, 8 in all, 9 tags, main at [0-9a-f]{10}\nshop: \d+ rows wait/u,
    );
    for (const line of `${first.stderr}${second.stderr}`.split('\n'))
      expect(line).toMatch(/^(?:warning: .+)?$/u);
    expect([first.code, second.code]).toEqual([0, 0]);
  });

  it('are quiet when asked to be, but for the result', async () => {
    const cwd = await freshClone();

    const { stdout, stderr } = await dora(['extract', '--log-level', 'silent'], { cwd });

    expect(stdout).toMatch(/^shop: 8 new commits/u);
    expect(stderr).toBe('');
  });

  it('are quiet when asked twice', async () => {
    const { stderr } = await dora(['extract', '--quiet', '--log-level', 'silent'], {
      cwd: await freshClone(),
    });

    expect(stderr).toBe('');
  });

  it('write one JSON object a line on standard error when asked to', async () => {
    const cwd = await freshClone();
    await git(cwd, ['replace', 'v1.2.1^{commit}', 'v1.2.0^{commit}']);

    const { stderr } = await dora(['extract', '--log-format', 'json'], { cwd });

    const Line = z.looseObject({
      at: z.iso.datetime(),
      level: z.enum(['debug', 'info', 'warn']),
      event: z.string(),
    });
    const lines = stderr.trimEnd().split('\n');
    const events = lines.map((line) => Line.parse(JSON.parse(line)));
    expect(events.some(({ level, event }) => level === 'warn' && event.includes('replaced commits'))).toBe(
      true,
    );
  });

  it('report an error as JSON as well when the log is JSON', async () => {
    const cwd = await testFolder();

    const { stderr } = await dora(['extract', '--log-format', 'json'], { cwd });

    for (const line of stderr.trimEnd().split('\n'))
      expect(() => z.json().parse(JSON.parse(line))).not.toThrow();
  });

  it('draw nothing that moves when nobody watches', async () => {
    const { stdout, stderr } = await dora(['extract'], {
      cwd: await freshClone(),
      env: { TERM: 'xterm-256color' },
    });

    expect(stdout + stderr).not.toContain('\r');
    expect(stdout + stderr).not.toContain('\u001b');
  });

  it('do the same with a closed standard input', async () => {
    const cwd = await freshClone();

    const { code, stdout } = await shell('$DORA extract <&-', { cwd });

    expect(stdout).toMatch(/^shop: 8 new commits/u);
    expect(code).toBe(0);
  });
});

const NullableNumber = z.number().nullable();
const Reason = z.enum([
  'no-deployments',
  'no-shipped-changes',
  'no-known-outcomes',
  'no-failures',
  'no-recoveries',
  'no-incidents',
  'no-resolved-incidents',
]);
const Interval = z.tuple([z.number(), z.number()]).nullable();
const Band = z.string().nullable();
const Instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u);

/** Either a value, or null with the reason; `fields` are the others, in their order. */
function metric<Fields extends z.core.$ZodShape>(fields: Fields) {
  return z.union([
    z.strictObject({ value: z.number(), ...fields }),
    z.strictObject({ value: z.null(), reason: Reason, ...fields }),
  ]);
}

const Count = z.int().min(0);
const Stages = z.strictObject({
  n: Count,
  reviewed: Count,
  coding: NullableNumber,
  pickup: NullableNumber,
  review: NullableNumber,
  deploy: NullableNumber,
  reason: z.literal('no-pull-requests').optional(),
});
const Period = z.strictObject({
  period: z.string(),
  start: Instant,
  end: Instant,
  complete: z.boolean(),
  deploymentFrequency: metric({
    n: Count,
    perDay: NullableNumber,
    perWeek: NullableNumber,
    deploymentDays: Count,
    medianDeploymentDaysPerWeek: NullableNumber,
    band: Band,
  }),
  leadTime: metric({
    n: Count,
    mean: NullableNumber,
    p75: NullableNumber,
    p90: NullableNumber,
    p95: NullableNumber,
    interval: Interval,
    band: Band,
    stages: Stages,
  }),
  changeFailRate: metric({ n: Count, failed: Count, unknown: Count, interval: Interval, band: Band }),
  timeToRestore: metric({ n: Count, mean: NullableNumber, open: Count, interval: Interval, band: Band }),
  reworkRate: metric({ n: Count, rework: Count, interval: Interval }),
  incidents: metric({ n: Count, mean: NullableNumber, unattributed: Count }),
});
const Metrics = z.strictObject({
  schema: z.literal('dora-metrics/metrics/v1'),
  asOf: Instant,
  timezone: z.string(),
  period: z.enum(['day', 'week', 'month', 'quarter', 'year']),
  profile: z.literal('dora'),
  leadTimeUnit: z.enum(['commit', 'pull-request']),
  benchmark: z.strictObject({ year: z.int() }),
  scope: z.strictObject({ repositories: z.array(z.string()), environment: z.string() }),
  groups: z.array(
    z.strictObject({
      by: z.enum(['component', 'repository', 'team']).nullable(),
      key: z.string().nullable(),
      periods: z.array(Period),
    }),
  ),
  setAside: z.record(z.string(), Count),
  coverage: z.strictObject({
    commits: Count,
    withPullRequest: NullableNumber,
    byBots: NullableNumber,
    unreleased: Count,
  }),
});

/** The names of an object's fields in the order in which they are written, nested ones behind a dot. */
function fieldOrder(value: unknown, prefix = ''): string[] {
  if (Array.isArray(value)) return value.slice(0, 1).flatMap((item) => fieldOrder(item, prefix));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) => [
    `${prefix}${name}`,
    ...fieldOrder(field, `${prefix}${name}.`),
  ]);
}

const YEAR = `--period quarter --from 2026 --to 2026 --as-of ${AS_OF}`;

describe('calculate', () => {
  it.each(['day', 'weekly', 'month', 'quarterly', 'year'])(
    '--period %s gives JSON that keeps its promise',
    async (unit) => {
      const { stdout, stderr, code } = await ask(`calculate --format json --period ${unit} --as-of ${AS_OF}`);

      expect({ code, stderr }).toMatchObject({ code: 0 });
      Metrics.parse(JSON.parse(stdout));
    },
  );

  it('has the fields in the order of the design', async () => {
    const { stdout } = await ask(`calculate --format json ${YEAR}`);

    const report: unknown = JSON.parse(stdout);
    const order = fieldOrder(report).filter((name) => !/^setAside\.|\.reason$/u.test(name));
    expect(order).toEqual([
      ...['schema', 'asOf', 'timezone', 'period', 'profile', 'benchmark', 'benchmark.year'],
      ...['scope', 'scope.repositories', 'scope.environment', 'groups', 'groups.by', 'groups.key'],
      ...['', '.period', '.start', '.end', '.complete'].map((name) => `groups.periods${name}`),
      ...[
        '',
        '.value',
        '.n',
        '.perDay',
        '.perWeek',
        '.deploymentDays',
        '.medianDeploymentDaysPerWeek',
        '.band',
      ].map((name) => `groups.periods.deploymentFrequency${name}`),
      ...['', '.value', '.n', '.mean', '.p75', '.p90', '.p95', '.interval', '.band', '.stages'].map(
        (name) => `groups.periods.leadTime${name}`,
      ),
      ...['n', 'reviewed', 'coding', 'pickup', 'review', 'deploy'].map(
        (name) => `groups.periods.leadTime.stages.${name}`,
      ),
      ...['', '.value', '.n', '.failed', '.unknown', '.interval', '.band'].map(
        (name) => `groups.periods.changeFailRate${name}`,
      ),
      ...['', '.value', '.n', '.mean', '.open', '.interval', '.band'].map(
        (name) => `groups.periods.timeToRestore${name}`,
      ),
      ...['', '.value', '.n', '.rework', '.interval'].map((name) => `groups.periods.reworkRate${name}`),
      ...['', '.value', '.n', '.mean', '.unattributed'].map((name) => `groups.periods.incidents${name}`),
      ...['setAside', 'coverage', 'coverage.commits', 'coverage.withPullRequest', 'coverage.unreleased'],
      ...['coverage.byBots', 'leadTimeUnit'],
    ]);
  });

  it('says what a person can check by hand', async () => {
    const { stdout } = await ask(`calculate --format json ${YEAR}`);

    const { groups } = Metrics.parse(JSON.parse(stdout));
    const [first, second] = groups[0]?.periods ?? [];
    expect(first).toMatchObject({
      period: '2026-Q1',
      start: '2026-01-01T00:00:00Z',
      end: '2026-04-01T00:00:00Z',
      complete: true,
      deploymentFrequency: { value: 7, n: 7 },
      // v1.1.0 was reverted after 5 hours, v1.2.0 needed a hotfix after 26, v1.3.0 was rolled back after 4
      changeFailRate: { value: 0.4286, n: 7, failed: 3, unknown: 0 },
      timeToRestore: { value: 18_000, n: 3, open: 0 },
      reworkRate: { value: 0.4286, n: 7, rework: 3 },
      incidents: { value: null, reason: 'no-incidents', n: 0 },
    });
    expect(second).toMatchObject({
      complete: true,
      deploymentFrequency: { value: 0, n: 0 },
      leadTime: { value: null, reason: 'no-shipped-changes', n: 0 },
      changeFailRate: { value: null, n: 0 },
    });
  });

  it('says the same in CSV, Markdown and a table as in JSON', async () => {
    const [json, csv, markdown, table] = await Promise.all(
      ['json', 'csv', 'markdown', 'table'].map(
        async (format) => (await ask(`calculate --format ${format} ${YEAR}`)).stdout,
      ),
    );
    const { groups } = Metrics.parse(JSON.parse(json ?? ''));
    const periods = groups[0]?.periods ?? [];

    const rows = z.array(z.record(z.string(), z.string())).parse(parse(csv ?? '', { columns: true }));
    expect(rows.map((row) => [row['period'], row['deployments'], row['lead_time_median_seconds']])).toEqual(
      periods.map(({ period, deploymentFrequency, leadTime }) => [
        period,
        String(deploymentFrequency.value),
        leadTime.value === null ? '' : String(leadTime.value),
      ]),
    );
    for (const text of [markdown ?? '', table ?? '']) {
      expect(text).toMatch(/2026-Q1.*\b7\b.*42\.9 %.*5 h.*42\.9 %/u);
      expect(text).toMatch(/2026-Q2.*nothing shipped/u);
      expect(text.endsWith('\n')).toBe(true);
    }
    expect(markdown).toMatch(/^\| Period \| /u);
  });

  it('--by repository and --by component group a monorepo', async () => {
    const cwd = await freshClone();
    await writeFile(
      path.join(cwd, 'dora-metrics.yaml'),
      `repositories: [{ path: ., name: acme/shop, components: [{ name: cart, paths: [cart.txt], tags: "^v" }, { name: pay, paths: [pay.txt], tags: "^v" }] }]\n`,
    );
    await doraOk(['extract'], { cwd });

    const json = async (by: string) =>
      Metrics.parse(
        JSON.parse(await doraOk(`calculate --format json --by ${by} ${YEAR}`.split(' '), { cwd })),
      );
    const [components, repositories] = [await json('component'), await json('repository')];

    expect(components.groups.map(({ by, key }) => `${by ?? ''} ${key ?? ''}`)).toEqual([
      'component cart',
      'component pay',
    ]);
    expect(components.groups.map(({ periods }) => periods[0]?.leadTime.n)).toEqual([2, 2]);
    expect(repositories.groups.map(({ by, key }) => `${by ?? ''} ${key ?? ''}`)).toEqual([
      'repository acme/shop',
    ]);
    const markdown = await doraOk(`calculate --format markdown --by component ${YEAR}`.split(' '), { cwd });
    expect(markdown.match(/^### .+$/gmu)).toEqual(['### cart', '### pay']);
  });

  it('marks the running period', async () => {
    const { stdout } = await ask('calculate --period month --from 2026-02 --to 2026-02 --as-of 2026-02-15');

    expect(stdout).toMatch(/^2026-02\* /mu);
    expect(stdout).toContain('* not over yet');
  });
});

const Explanation = z.looseObject({
  schema: z.literal('dora-metrics/explanation/v1'),
  metric: z.string(),
  result: z.looseObject({ value: z.number().nullable(), n: z.number() }),
  rows: z.array(
    z.looseObject({
      kind: z.string(),
      leadTime: z.number().optional(),
      outcome: z.string().optional(),
      timeToRestore: z.number().nullable().optional(),
      repairs: z.array(z.string()).optional(),
      authoredAt: z.string().optional(),
      deployedAt: z.string().optional(),
      failureAt: z.string().nullable().optional(),
      recoveredAt: z.string().nullable().optional(),
    }),
  ),
});
type Rows = z.infer<typeof Explanation>['rows'];

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (position: number) => sorted[position] ?? NaN;
  return (at(Math.floor((sorted.length - 1) / 2)) + at(Math.ceil((sorted.length - 1) / 2))) / 2;
}

const seconds = (from: unknown, to: unknown) => (Date.parse(String(to)) - Date.parse(String(from))) / 1000;

/** Each metric computed again from nothing but the rows that explain it. */
const AGAIN: Readonly<Record<string, (rows: Rows) => number>> = {
  'deployment-frequency': (rows) => rows.length,
  'lead-time': (rows) => median(rows.map(({ authoredAt, deployedAt }) => seconds(authoredAt, deployedAt))),
  'change-fail-rate': (rows) =>
    rows.filter(({ outcome }) => outcome === 'failed').length /
    rows.filter(({ outcome }) => outcome !== 'unknown').length,
  'time-to-restore': (rows) =>
    median(
      rows.flatMap(({ failureAt, recoveredAt }) =>
        typeof recoveredAt === 'string' ? [seconds(failureAt, recoveredAt)] : [],
      ),
    ),
  'rework-rate': (rows) => rows.filter(({ repairs = [] }) => repairs.length > 0).length / rows.length,
};

describe.each(Object.entries(AGAIN))('explain %s', (word, again) => {
  it.each(['2026-Q1', '2026', '2026-02', '2026-W03'])(
    'gives rows that make up the number of %s',
    async (period) => {
      const { stdout } = await ask(`explain ${word} --period ${period} --format json --as-of ${AS_OF}`);
      const unit =
        { '2026-Q1': 'quarter', '2026': 'year', '2026-02': 'month', '2026-W03': 'week' }[period] ?? '';
      const calculated = await ask(
        `calculate --format json --period ${unit} --from ${period} --to ${period} --as-of ${AS_OF}`,
      );

      const { metric: name, result, rows } = Explanation.parse(JSON.parse(stdout));
      const row = z.looseObject({}).parse(Metrics.parse(JSON.parse(calculated.stdout)).groups[0]?.periods[0]);
      if (result.value === null) expect(rows).toEqual([]);
      else expect(again(rows)).toBeCloseTo(result.value, 9);
      const shown = z.looseObject({ value: z.number().nullable(), n: z.number() }).parse(row[name]);
      expect(shown.n).toBe(result.n);
      if (result.value !== null) expect(shown.value).toBeCloseTo(result.value, 3);
    },
  );

  it('prints the number, the rule and a line for each row as a table', async () => {
    const [{ stdout: table }, { stdout: json }] = await Promise.all([
      ask(`explain ${word} --period 2026-Q1 --as-of ${AS_OF}`),
      ask(`explain ${word} --period 2026-Q1 --format json --as-of ${AS_OF}`),
    ]);

    const { rows } = Explanation.parse(JSON.parse(json));
    const [heading = '', value = '', definition = '', , titles = '', rule = '', ...rest] = table.split('\n');
    expect(heading).toBe(`${word} 2026-Q1, as of ${AS_OF}`);
    expect(value).toMatch(/^\d/u);
    expect(definition).toMatch(/^ {2}= /u);
    expect(titles).toMatch(/^(?:Commit|Deployment) /u);
    expect(rule).toMatch(/^[- ]+$/u);
    expect(rest.indexOf('')).toBe(rows.length);
    expect(table).toContain('\nset aside:');
  });
});

describe('report', () => {
  it('goes into the workspace by default, and says where', async () => {
    const cwd = await freshClone();
    await doraOk(['extract'], { cwd });

    const { stdout, code } = await dora(['report'], { cwd });

    expect(code).toBe(0);
    const file = path.resolve(cwd, stdout.trimEnd());
    expect(path.dirname(file)).toBe(path.join(cwd, 'data/reports'));
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/iu);
  });

  it('goes where it is wanted, also into a folder that is not there yet, and the same to standard output', async () => {
    const folder = await testFolder();
    const file = path.join(folder, 'new/deep/report.html');
    const argv = ['report', '--as-of', AS_OF, '--period', 'month', '--output'];

    const said = await doraOk([...argv, file], { cwd: shop() });
    const printed = await doraOk([...argv, '-'], { cwd: shop() });

    expect(said).toBe(`${file}\n`);
    expect(await readFile(file, 'utf8')).toBe(printed);
  });

  it('says by which line it is made again, without what does not matter to it or nobody may see', async () => {
    const env = {
      DORA_METRICS_TIMEZONE: 'Europe/Berlin',
      DORA_METRICS_GITHUB_URL: 'https://ghe.example.com',
      DORA_METRICS_NOTIFY_WEBHOOK: 'https://hooks.example.com/services/of-nobody-else',
      DORA_METRICS_EXCLUDE_AUTHORS: "O'Hara, *-ci",
    };
    const cwd = shop();
    const page = await doraOk(['report', '--as-of', AS_OF, '--output', '-'], { cwd, env });

    const [, line = ''] = /<code>(dora-metrics report[^<]*)<\/code>/u.exec(page) ?? [];
    const unescaped = line.replaceAll('&#39;', "'").replaceAll('&amp;', '&');
    expect(unescaped).not.toMatch(/ghe\.example|of-nobody-else/u);
    const again = await shell(`${unescaped.replace('dora-metrics', '$DORA')} --output -`, { cwd });
    expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 0, stderr: '' });
    expect(again.stdout).toBe(page);
  });
});

describe('status', () => {
  it('says what is there, for people and for programs, and changes nothing', async () => {
    const [table, json] = [await ask('status'), await ask('status --format json')];

    expect(table.stdout).toMatch(/^git shop commits: 8 records in 1 segments?, \d+ kB, checked .+ ago$/mu);
    const Status = z.looseObject({
      schema: z.literal('dora-metrics/status/v1'),
      generation: z.literal(1),
      dataset: z.literal('built'),
      missing: z.tuple([]),
      streams: z.array(z.looseObject({ records: z.number(), configured: z.literal(true) })).length(2),
    });
    Status.parse(JSON.parse(json.stdout));
  });

  it('of nothing says so and how to begin', async () => {
    const { stdout, code } = await ask('status --data nothing-here');

    expect(stdout).toMatch(/^nothing-here: .*dora-metrics extract/u);
    expect(code).toBe(0);
  });
});

describe('init', () => {
  it('describes the clone and writes a file that changes no number', async () => {
    const cwd = await freshClone();
    await doraOk(['extract'], { cwd });
    const argv = ['calculate', '--format', 'json', '--as-of', AS_OF];
    const before = await doraOk(argv, { cwd });

    const { stdout, stderr, code } = await dora(['init', '--yes'], { cwd });

    expect(code).toBe(0);
    expect(stdout).toBe(`${path.join(cwd, 'dora-metrics.yaml')}\n`);
    expect(stderr).toMatch(/^repository {2}shop, no origin\nbranch {6}main, /u);
    expect(stderr).toContain('8 of 9 tags look like versions, 1 of them prereleases, 1 lightweight');
    expect(await doraOk(argv, { cwd })).toBe(before);
    expect(await dora(['init', '--yes', '--force'], { cwd })).toMatchObject({ code: 0 });
  });

  it('never asks where nobody can answer', async () => {
    const { code } = await shell('$DORA init <&-', { cwd: await freshClone() });

    expect(code).toBe(0);
  });

  it('writes a file that its own schema and the one for editors accept', async () => {
    const cwd = await freshClone();
    await doraOk(['init', '--yes'], { cwd });
    const schema = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(await doraOk(['init', '--print-schema'], { cwd })));
    const file: unknown = parseYaml(await readFile(path.join(cwd, 'dora-metrics.yaml'), 'utf8'));

    const validate = new Ajv2020().compile(schema);

    expect(validate(file)).toBe(true);
    expect(validate({ timezne: 'UTC' })).toBe(false);
    expect(validate({ bands: { year: 2020 } })).toBe(false);
  });

  it('in a monorepo suggests its components, in a clone without versions that merges are deployments', async () => {
    const folder = await testFolder();
    const directory = path.join(folder, 'plain');
    await buildHistory({ directory }, async (history) => {
      await history.commit();
      await history.tag({ name: 'latest' });
    });

    await doraOk(['init', '--yes'], { cwd: directory });

    const text = await readFile(path.join(directory, 'dora-metrics.yaml'), 'utf8');
    expect(text).toContain('\n  from: merges\n');
    expect(await dora(['extract'], { cwd: directory })).toMatchObject({ code: 0 });
  });
});

describe('manners', () => {
  it.each(['init', 'extract', 'update', 'calculate', 'report', 'explain', 'status'])(
    '%s --help shows an example, on standard output',
    async (command) => {
      const { code, stdout, stderr } = await ask(`${command} --help`);

      expect(stdout).toMatch(new RegExp(`^Usage: dora-metrics ${command} `, 'u'));
      expect(stdout).toMatch(new RegExp(String.raw`\nExample.*\n.*dora-metrics ${command}`, 'u'));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
  );

  it('--help of the whole shows how to begin, and --version the version of the package', async () => {
    const [help, version] = await Promise.all([ask('--help'), ask('--version')]);

    expect(help.stdout).toContain('$ npx dora-metrics extract --full\n  $ npx dora-metrics report\n');
    const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
    expect(version.stdout).toBe(`${z.object({ version: z.string() }).parse(JSON.parse(manifest)).version}\n`);
  });

  it.each([{ NO_COLOR: '1' }, { FORCE_COLOR: '1' }, { TERM: 'dumb' }])(
    '%j: no escape code in a pipe',
    async (env) => {
      const { stdout, stderr } = await ask('calculate', env);

      expect(stdout + stderr).not.toContain('\u001b');
    },
  );

  it.each([
    'calculate --format json --period day --from 2020',
    'report --output -',
    'explain lead-time --period 2026',
  ])('a reader that has seen enough of "%s" is no error', async (question) => {
    const { stdout, stderr } = await shell(
      `{ $DORA ${question} --as-of ${AS_OF}; echo "code $?" >&2; } | head -c 50`,
      {
        cwd: shop(),
      },
    );

    expect(stdout.length).toBe(50);
    expect(stderr).toMatch(/^(?:warning: .*\n)*code 0\n$/u);
  });

  it('a closed standard output or standard error does not crash', async () => {
    const runs = await Promise.all(
      ['$DORA calculate >&-', '$DORA calculate --period fortnight 2>&-', '$DORA status >&- 2>&-'].map(
        (line) => shell(line, { cwd: shop() }),
      ),
    );

    expect(runs.map(({ code }) => code)).toEqual([expect.any(Number), 2, expect.any(Number)]);
    for (const { stderr } of runs) expect(stderr).not.toMatch(/\bat .*\.js:\d+|Unhandled/u);
  });

  it('finds the configuration in a folder above, and the clone that it names from there', async () => {
    const cwd = await freshClone();
    await writeFile(path.join(cwd, 'dora-metrics.yaml'), 'repositories: [{ path: ., name: found/above }]\n');
    await mkdir(path.join(cwd, 'a/b'), { recursive: true });

    expect(await doraOk(['extract', '--data', '../../data'], { cwd: path.join(cwd, 'a/b') })).toMatch(
      /^found\/above: /u,
    );
  });
});
