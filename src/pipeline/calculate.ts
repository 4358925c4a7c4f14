import { metricsReport } from '../calculators/metrics-report.ts';
import type { MetricsContext } from '../calculators/metrics.ts';
import { periodsIn, type Period, type Range } from '../calculators/periods.ts';
import type { Dataset } from '../domain/dataset.ts';
import { DoraError } from '../domain/errors.ts';
import type { GroupBy, MetricsReport, PeriodUnit } from '../domain/metrics-report.ts';
import type { Settings } from '../domain/settings.ts';
import { DAY, epochMs, type EpochMs } from '../domain/units.ts';
import { countSetAside, readChanges, readDeployments } from '../storage/dataset-store.ts';
import type { State } from '../storage/state.ts';
import { Workspace } from '../storage/workspace.ts';
import { ensureDataset, extractedRepositories } from './dataset.ts';
import type { Ports } from './ports.ts';

export interface CalculateRequest {
  readonly settings: Settings;
  readonly unit: PeriodUnit;
  readonly range: Range;
  readonly by: GroupBy | null;
  /** `null`: the instant up to which the data is known to be whole, the last extraction. */
  readonly asOf: EpochMs | null;
}

/** The dataset in memory, with the instant that counts as now. */
export interface OpenedDataset {
  readonly dataset: Dataset;
  readonly state: State;
  readonly context: MetricsContext;
  readonly repositories: readonly string[];
}

/** All metrics of the workspace. Throws when nothing was extracted yet. */
export async function calculate(request: CalculateRequest, ports: Ports): Promise<MetricsReport> {
  return reportOf(await openDataset(request, ports), request);
}

export function reportOf(
  opened: OpenedDataset,
  { settings, unit, range, by }: CalculateRequest,
): MetricsReport {
  const { dataset, context, repositories } = opened;
  return metricsReport(dataset, {
    context,
    unit,
    periods: periodsOrUsage(unit, range, context),
    by,
    benchmarkYear: settings.bands.year,
    environment: settings.dataset.environment,
    repositories,
  });
}

/** Reads the dataset, building it first when it is missing or older than the raw data or the configuration. */
export async function openDataset(
  { settings, asOf: wanted }: Pick<CalculateRequest, 'settings' | 'asOf'>,
  ports: Ports,
): Promise<OpenedDataset> {
  const state = await new Workspace(ports.storage).read();
  const repositories = state === null ? [] : extractedRepositories(state, settings);
  if (state === null || repositories.length === 0) {
    throw new DoraError('data', `nothing was extracted into ${ports.storage.location} yet`, {
      hint: 'run: dora-metrics extract --full',
    });
  }
  await ensureDataset(state, settings, ports);
  const asOf = wanted ?? lastChecked(state);
  if (wanted === null) warnWhenOld(asOf, ports);
  const deployments = await readDeployments(ports.storage);
  const withCommits = repositories.some(({ source }) => source.components.length > 1);
  return {
    dataset: {
      deployments,
      changes: await readChanges(ports.storage, deployments, withCommits),
      incidents: [],
      setAside: await countSetAside(ports.storage, asOf),
    },
    state,
    context: { asOf, timezone: settings.timezone, bands: settings.bands },
    repositories: repositories.map(({ name }) => name),
  };
}

export function periodsOrUsage(unit: PeriodUnit, range: Range, { asOf, timezone }: MetricsContext): Period[] {
  return orUsage(() => periodsIn(unit, range, asOf, timezone));
}

/** What the calendar refuses is the caller's mistake. */
export function orUsage<Result>(ask: () => Result): Result {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DoraError('usage', error.message, { cause: error });
  }
}

/** Nothing is known of what came after: the data is whole up to the latest time a source was asked. */
function lastChecked({ streams }: State): EpochMs {
  return epochMs(Math.max(...Object.values(streams).map(({ checkedAt }) => Date.parse(checkedAt))));
}

function warnWhenOld(asOf: EpochMs, { clock, log }: Ports): void {
  const days = Math.floor((clock.now().getTime() - asOf) / DAY);
  if (days > 7) log.warn(`the data ends ${String(days)} days ago: dora-metrics update brings it up to date`);
}
