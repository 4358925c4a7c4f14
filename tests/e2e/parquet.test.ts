import { execFile } from 'node:child_process';
import { cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { promisify } from 'node:util';
import * as z from 'zod';
import { buildHistory } from '../../fixtures/history/history-builder.ts';
import { Random } from '../../fixtures/history/random.ts';
import type { MetricsReport } from '../../src/domain/metrics-report.ts';
import { LEAD_TIME_UNITS } from '../../src/domain/settings.ts';
import { duckdb, type Engine } from '../support/analytics/duckdb.ts';
import { figuresFrom, figuresOf, setAsideFrom } from '../support/analytics/figures.ts';
import { randomWorkspace } from '../support/analytics/random-workspace.ts';
import { dora, doraOk, plainEnvironment } from '../support/cli.ts';
import { inLanes, killedAtStep, onHost } from '../support/kill.ts';
import { day, describeSmallShop, sharedFolder, testFolder } from '../support/repo.ts';
import { startS3, type S3Server } from '../support/s3/server.ts';
import { filesIn } from '../support/workspace.ts';

/** More of them with DORA_SQL_RUNS. */
const WORKSPACES = Number(process.env['DORA_SQL_RUNS'] ?? 2);

const Report = z.custom<MetricsReport>(
  (value) => z.object({ groups: z.array(z.unknown()) }).safeParse(value).success,
);

let open: (folder: string) => Engine;
beforeAll(async () => {
  open = await duckdb();
}, 60_000);

const QUESTIONS = [
  { unit: 'quarter', by: null, asOf: '2026-05-01T00:00:00Z', timezone: 'UTC' },
  { unit: 'month', by: 'component', asOf: '2026-05-01T00:00:00Z', timezone: 'UTC' },
  { unit: 'week', by: null, asOf: '2026-02-20T13:00:00Z', timezone: 'Europe/Berlin' },
  { unit: 'month', by: 'repository', asOf: '2026-02-20T13:00:00Z', timezone: 'Pacific/Auckland' },
] as const;

describe('the SQL of docs/analytics.md over an export', () => {
  it.each(Array.from({ length: WORKSPACES }, (_, run) => run))(
    'gives what calculate prints: made-up workspace %i',
    async (run) => {
      const cwd = await testFolder();
      await randomWorkspace(cwd, new Random(7_000 + run));
      const seen = { failures: 0, incidents: 0, changes: 0 };
      for (const { unit, by, asOf, timezone } of QUESTIONS) {
        const output = path.join(cwd, timezone.replace('/', '-'));
        await doraOk(['export', 'parquet', '--output', output, '--timezone', timezone], { cwd });
        const engine = open(output);
        for (const leadTimeUnit of LEAD_TIME_UNITS) {
          const argv = ['--period', unit, '--as-of', asOf, '--timezone', timezone, '--from', '2026'];
          const group = by === null ? [] : ['--by', by];
          const more = ['--format', 'json', '--lead-time-unit', leadTimeUnit];
          const report = Report.parse(
            JSON.parse(await doraOk(['calculate', ...argv, ...group, ...more], { cwd })),
          );
          const choice = { unit, by, asOf: Date.parse(asOf) };

          expect(figuresFrom(engine.query, leadTimeUnit, choice)).toEqual(figuresOf(report));
          expect(setAsideFrom(engine.query, choice)).toEqual(report.setAside);
          for (const { timeToRestore, incidents, leadTime } of report.groups.flatMap(
            ({ periods }) => periods,
          )) {
            seen.failures += timeToRestore.n;
            seen.incidents += incidents.n;
            seen.changes += leadTime.n;
          }
        }
        engine.close();
      }
      expect(Math.min(seen.failures, seen.incidents, seen.changes)).toBeGreaterThan(20);
    },
  );
});

/** Two repositories and an export of them. */
const shared = sharedFolder(async (folder) => {
  for (const name of ['one', 'two'])
    await buildHistory({ directory: path.join(folder, name) }, describeSmallShop);
  await writeFile(path.join(folder, 'dora-metrics.yaml'), 'repositories: [{ path: one }, { path: two }]\n');
  await doraOk(['extract'], { cwd: folder });
  await doraOk(['export', 'parquet'], { cwd: folder });
});

async function copied(): Promise<string> {
  const folder = path.join(await testFolder(), 'workspace');
  await cp(shared(), folder, { recursive: true, preserveTimestamps: true });
  return folder;
}

/** When each file of an export was written. */
async function writtenAt(folder: string): Promise<Record<string, bigint>> {
  const names = (await filesIn(folder)).filter((name) => !name.startsWith('.tmp'));
  const times = names.map(
    async (name) => [name, (await stat(path.join(folder, name), { bigint: true })).mtimeNs] as const,
  );
  return Object.fromEntries(await Promise.all(times));
}

async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await filesIn(folder)).filter((name) => !name.startsWith('.tmp'));
  const texts = names.map(
    async (name) => [name, (await readFile(path.join(folder, name))).toString('base64')] as const,
  );
  return Object.fromEntries(await Promise.all(texts));
}

/** The bad version is rolled back: what was known of two months changes, in one repository. */
async function rollBack(folder: string): Promise<void> {
  const cwd = path.join(folder, 'one');
  const when = `${String(day(40))} +0000`;
  const who = ['-c', 'user.name=Sam', '-c', 'user.email=sam@acme.example'];
  await promisify(execFile)('git', [...who, 'tag', '-a', '-m', 'back', 'v1.1.2', 'v1.0.0^{commit}'], {
    cwd,
    env: { ...plainEnvironment(), GIT_COMMITTER_DATE: when },
  });
  await doraOk(['update'], { cwd: folder });
}

describe('an export', () => {
  it('has a file for each repository and month, and no row twice', async () => {
    const names = Object.keys(await contents(path.join(shared(), 'data/parquet')));

    expect(names).toContain('changes/repository=one/month=2026-01/part-0.parquet');
    expect(names).toContain(
      'incidents/repository=__HIVE_DEFAULT_PARTITION__/month=__HIVE_DEFAULT_PARTITION__/part-0.parquet',
    );
    const engine = open(path.join(shared(), 'data/parquet'));
    expect(
      engine.query('SELECT repository, COUNT(*) AS n FROM changes GROUP BY repository ORDER BY 1'),
    ).toEqual([
      { repository: 'one', n: 3 },
      { repository: 'two', n: 3 },
    ]);
    expect(engine.query('SELECT COUNT(*) AS n FROM incidents')).toEqual([{ n: 0 }]);
    engine.close();
  });

  it('writes nothing where nothing is new, and the same bytes elsewhere', async () => {
    const cwd = await copied();
    const before = await writtenAt(path.join(cwd, 'data/parquet'));

    const said = await doraOk(['export', 'parquet'], { cwd });
    await doraOk(['export', 'parquet', '--output', 'elsewhere'], { cwd });

    expect(said).toMatch(/data\/parquet: 0 files written, \d+ unchanged, 0 removed; \d+ rows\n$/u);
    expect(await writtenAt(path.join(cwd, 'data/parquet'))).toEqual(before);
    expect(await contents(path.join(cwd, 'elsewhere'))).toEqual(
      await contents(path.join(cwd, 'data/parquet')),
    );
  });

  it('writes only what has changed, of one repository', async () => {
    const cwd = await copied();
    const folder = path.join(cwd, 'data/parquet');
    const before = await writtenAt(folder);
    await rollBack(cwd);

    const said = await doraOk(['export', 'parquet'], { cwd });

    const after = await writtenAt(folder);
    const written = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(written).toEqual([
      '_manifest.json',
      'deployments/repository=one/month=2026-01/part-0.parquet',
      'deployments/repository=one/month=2026-02/part-0.parquet',
      'failures/repository=one/month=2026-01/part-0.parquet',
    ]);
    expect(said).toContain(': 3 files written');
  });

  it('removes what is gone, and repairs what somebody removed', async () => {
    const cwd = await copied();
    const folder = path.join(cwd, 'data/parquet');
    const lost = 'changes/repository=one/month=2026-01/part-0.parquet';
    const before = await contents(folder);
    await rm(path.join(folder, lost));
    await writeFile(path.join(folder, 'notes.txt'), 'mine\n');
    const repaired = await dora(['export', 'parquet'], { cwd });
    expect(repaired).toMatchObject({ code: 0, stdout: expect.stringContaining(': 1 file written') });
    expect(repaired.stderr).toContain('notes.txt');
    expect((await contents(folder))[lost]).toBe(before[lost]);

    await writeFile(path.join(cwd, 'dora-metrics.yaml'), 'repositories: [{ path: one }]\n');
    await doraOk(['export', 'parquet'], { cwd });

    const left = Object.keys(await contents(folder));
    expect(left.filter((name) => name.includes('repository=two'))).toEqual([]);
    expect(left).toContain('notes.txt');
  });

  it('is made whole by the next run when it was killed at any step', async () => {
    const cwd = await copied();
    await rollBack(cwd);
    await doraOk(['export', 'parquet', '--output', 'whole'], { cwd });
    const whole = await contents(path.join(cwd, 'whole'));
    let isOver = false;
    function* steps() {
      for (let step = 1; !isOver; step += 3) yield step;
    }

    await inLanes(steps(), async (step) => {
      const output = `killed-${String(step)}`;
      await cp(path.join(cwd, 'data/parquet'), path.join(cwd, output), { recursive: true });
      // so that there is more to write than one file
      await rm(path.join(cwd, output, 'deployments'), { recursive: true });
      const argv = ['export', 'parquet', '--output', output];
      const { code } = await killedAtStep({ step, host: 'beta' }, argv, { cwd });
      if (code === 0) isOver = true;
      await doraOk(argv, { cwd, env: onHost('beta') });
      expect(await contents(path.join(cwd, output))).toEqual(whole);
      expect((await filesIn(path.join(cwd, output))).filter((name) => name.startsWith('.tmp'))).toEqual([]);
    });
  });

  it.each([
    ['.', 2, 'is not empty and holds no export'],
    ['dora-metrics.yaml', 2, 'cannot read dora-metrics.yaml/_manifest.json'],
    ['', 2, '--output is empty'],
    ['s3:/lake', 2, '--output s3:/lake looks like a bucket and is none'],
    ['gs://lake/x', 2, '--output gs://lake/x: gs is not a place'],
  ])('to %j ends with %i', async (output, code, message) => {
    const run = await dora(['export', 'parquet', '--output', output], { cwd: shared() });

    expect(run).toMatchObject({ code, stdout: '' });
    expect(run.stderr).toContain(message);
    expect(run.stderr).not.toContain('--data');
  });

  it('needs something that was extracted', async () => {
    const cwd = path.join(await testFolder(), 'new');
    await buildHistory({ directory: cwd }, describeSmallShop);

    expect(await dora(['export', 'parquet'], { cwd })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing was extracted'),
    });
  });
});

describe('an export into a bucket', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
  });
  afterAll(async () => await server.close());

  it('holds the same files, and is not written again where nothing is new', async () => {
    const cwd = await copied();
    const env = {
      AWS_ACCESS_KEY_ID: 'AKIDTEST',
      AWS_SECRET_ACCESS_KEY: 'of-a-test',
      AWS_ENDPOINT_URL_S3: server.endpoint,
    };
    const argv = ['export', 'parquet', '--output', 's3://workspaces/lake/dora'];

    expect(await doraOk(argv, { cwd, env })).toMatch(
      /^s3:\/\/workspaces\/lake\/dora: \d+ files written, 0 unchanged/u,
    );

    const objects = [...server.objects].map(([key, { body }]) => [
      key.replace('lake/dora/', ''),
      body.toString('base64'),
    ]);
    expect(Object.fromEntries(objects)).toEqual(await contents(path.join(cwd, 'data/parquet')));
    const before = server.requests.length;
    expect(await doraOk(argv, { cwd, env })).toContain(': 0 files written');
    expect(server.requests.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('that is not there ends with 1 and says so in the words of --output', async () => {
    const env = {
      AWS_ACCESS_KEY_ID: 'AKIDTEST',
      AWS_SECRET_ACCESS_KEY: 'of-a-test',
      AWS_ENDPOINT_URL_S3: server.endpoint,
    };
    const run = await dora(['export', 'parquet', '--output', 's3://nowhere/x'], { cwd: shared(), env });

    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toContain('s3://nowhere/x');
  });
});
