import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../fixtures/history/random.ts';
import { changesByPullRequest } from '../../../src/calculators/changes-by-pull-request.ts';
import { yearOf } from '../../../src/calculators/calendar.ts';
import { metricsReport } from '../../../src/calculators/metrics-report.ts';
import { periodsIn } from '../../../src/calculators/periods.ts';
import type { Dataset } from '../../../src/domain/dataset.ts';
import type { GroupBy, MetricsReport } from '../../../src/domain/metrics-report.ts';
import { LEAD_TIME_UNITS, type LeadTimeUnit } from '../../../src/domain/settings.ts';
import { BENCHMARKS } from '../../../src/domain/benchmarks.ts';
import { DAY, epochMs } from '../../../src/domain/units.ts';
import { roundedReport } from '../../../src/exporters/metrics/json.ts';
import { silentProgress } from '../../../src/io/progress.ts';
import { exportTables } from '../../../src/pipeline/export-parquet.ts';
import {
  countSetAside,
  readChanges,
  readDeployments,
  readIncidents,
} from '../../../src/storage/dataset-store.ts';
import { DatasetWriter } from '../../../src/storage/dataset-writer.ts';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import { duckdb, type Engine } from '../../support/analytics/duckdb.ts';
import { figuresFrom, figuresOf, setAsideFrom, type Choice } from '../../support/analytics/figures.ts';
import { randomDataset, type MadeDataset } from '../../support/analytics/random-dataset.ts';
import { testFolder } from '../../support/repo.ts';

/** The same workspaces on every machine; DORA_SQL_RUNS tries more of them, DORA_SQL_SEED others. */
const RUNS = Number(process.env['DORA_SQL_RUNS'] ?? 8);
const SEED = Number(process.env['DORA_SQL_SEED'] ?? 20_261_120);

const ZONES = ['UTC', 'Europe/Berlin', 'Pacific/Auckland', 'America/St_Johns'];
const UNITS = ['day', 'week', 'month', 'quarter', 'year'] as const;
const GROUPS: readonly (GroupBy | null)[] = [null, 'component', 'repository'];
const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined };

async function written(made: MadeDataset): Promise<LocalStorage> {
  const storage = new LocalStorage(path.join(await testFolder(), 'data'));
  const writer = new DatasetWriter(storage);
  const counts = { deployments: 0, estimated: 0, incidents: 0, changes: 0, setAside: 0, review: 0 };
  await writer.add({ repository: 'made up', inputs: 'made up' }, async (part) => {
    for (const row of made.deployments) await part.deployment(row);
    for (const row of made.changes) await part.change(row);
    for (const row of made.incidents) await part.incident(row);
    for (const row of made.setAside) await part.setAside(row);
    return counts;
  });
  await writer.commit('made up');
  return storage;
}

async function readBack(storage: LocalStorage, unit: LeadTimeUnit, asOf: number): Promise<Dataset> {
  const deployments = await readDeployments(storage);
  const withCommits = new Set(deployments.map(({ repository }) => repository));
  const changes = await readChanges(storage, deployments, withCommits);
  return {
    deployments,
    changes,
    measured: unit === 'commit' ? changes : changesByPullRequest(changes, deployments),
    incidents: await readIncidents(storage),
    setAside: await countSetAside(storage, asOf),
  };
}

interface Question extends Choice {
  readonly leadTimeUnit: LeadTimeUnit;
  readonly timezone: string;
}

async function calculated(storage: LocalStorage, question: Question): Promise<MetricsReport> {
  const { leadTimeUnit, unit, by, timezone } = question;
  const asOf = epochMs(question.asOf);
  const dataset = await readBack(storage, leadTimeUnit, asOf);
  const times = [
    ...dataset.deployments.map((one) => one.finishedAt),
    ...dataset.incidents.map((one) => one.openedAt),
  ];
  const from = String(Math.min(...times.map((time) => yearOf(time, timezone)), yearOf(asOf, timezone)));
  return roundedReport(
    metricsReport(dataset, {
      context: { asOf, timezone, bands: { minimumSample: 5, table: BENCHMARKS[2024] } },
      unit,
      periods: periodsIn(unit, { from, to: null }, asOf, timezone),
      by,
      leadTimeUnit,
      benchmarkYear: 2024,
      environment: 'production',
      repositories: [],
      teams: [],
    }),
  );
}

let open: (folder: string) => Engine;
beforeAll(async () => {
  open = await duckdb();
}, 60_000);

describe(`the SQL of docs/analytics.md over ${String(RUNS)} made-up datasets (seed ${String(SEED)})`, () => {
  it.each(Array.from({ length: RUNS }, (_, run) => run))(
    'gives what calculate gives: %i',
    async (run) => {
      const random = new Random(SEED + run);
      const timezone = random.pick(ZONES);
      const storage = await written(randomDataset(random));
      const output = new LocalStorage(path.join(await testFolder(), 'parquet'));
      const until = epochMs(Date.UTC(2026, 3, 20));
      await exportTables(
        { timezone, until },
        { storage: output, prefix: '' },
        { storage, log: QUIET, progress: silentProgress },
      );
      const engine = open(output.location);

      for (const by of GROUPS) {
        for (const leadTimeUnit of LEAD_TIME_UNITS) {
          const unit = random.pick(UNITS);
          const asOf = until - random.pick([0, random.int(0, 150) * DAY + random.int(0, DAY)]);
          const question = { asOf, unit, by, leadTimeUnit, timezone };
          const report = await calculated(storage, question);
          expect({ question, ...figuresFrom(engine.query, leadTimeUnit, question) }).toEqual({
            question,
            ...figuresOf(report),
          });
          expect(setAsideFrom(engine.query, question)).toEqual(report.setAside);
        }
      }
      engine.close();
    },
    120_000,
  );
});
