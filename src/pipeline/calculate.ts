import { changesByPullRequest } from '../calculators/changes-by-pull-request.ts';
import { metricsReport, type ReportRequest } from '../calculators/metrics-report.ts';
import type { MetricsContext } from '../calculators/scope.ts';
import { periodsIn, type Period, type Range } from '../calculators/periods.ts';
import { NO_DEPLOYMENTS } from '../domain/advice.ts';
import type { ArgoDatasetSettings } from '../domain/argocd-settings.ts';
import { counted } from '../domain/counted.ts';
import type { Dataset } from '../domain/dataset.ts';
import { clustersOf } from '../domain/deployment.ts';
import { DoraError } from '../domain/errors.ts';
import type { GroupBy, MetricsReport, PeriodUnit } from '../domain/metrics-report.ts';
import type { Settings } from '../domain/settings.ts';
import { DAY, epochMs, type EpochMs } from '../domain/units.ts';
import { datasetInputs } from '../storage/dataset-manifest.ts';
import { countSetAside, readChanges, readDeployments, readIncidents } from '../storage/dataset-store.ts';
import type { State } from '../storage/state.ts';
import { Workspace } from '../storage/workspace.ts';
import { ensureDataset, extractedRepositories } from './dataset.ts';
import { missingStreams } from './missing-streams.ts';
import type { Ports } from './ports.ts';
import { requireTeams, warnOfEmptyTeams } from './teams.ts';
import { streamsOf, type NamedRepository } from './repositories.ts';

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

/** All metrics of the workspace. Throws when nothing was extracted yet, or when teams are asked for and none is configured. */
export async function calculate(request: CalculateRequest, ports: Ports): Promise<MetricsReport> {
  return await calculated(request, ports, (opened) => reportOf(opened, request));
}

/** The same for anything that is computed for groups and periods. */
export async function calculated<Result>(
  request: CalculateRequest,
  ports: Ports,
  compute: (opened: OpenedDataset) => Result,
): Promise<Result> {
  if (request.by === 'team') requireTeams(request.settings.teams);
  return await withDataset(request, ports, (opened) => {
    if (request.by === 'team') warnOfEmptyTeams(opened, request.settings.teams, ports);
    if (request.by === 'cluster') warnOfClusters(opened, request.settings.dataset.argocd, ports);
    return Promise.resolve(compute(opened));
  });
}

/** Most sources know no cluster, and one group of everything would be a riddle; so would a failure in a cluster where all went well. */
function warnOfClusters(
  { dataset }: OpenedDataset,
  { rollout }: Pick<ArgoDatasetSettings, 'rollout'>,
  { log }: Ports,
): void {
  const most = dataset.deployments.reduce((sum, one) => Math.max(sum, clustersOf(one).length), 0);
  if (most === 0)
    log.warn('of no deployment it is known which cluster it went to: only Argo CD tells of clusters');
  else if (most > 1 && rollout === 'component')
    log.warn(
      'what went to several clusters counts in each as it ended as a whole: --argocd-rollout cluster judges each by itself',
    );
}

export function reportOf(opened: OpenedDataset, request: CalculateRequest): MetricsReport {
  return metricsReport(opened.dataset, reportRequest(opened, request));
}

/** What a report of the opened dataset is asked for. */
export function reportRequest(
  opened: OpenedDataset,
  { settings, unit, range, by }: CalculateRequest,
): ReportRequest {
  return {
    context: opened.context,
    unit,
    periods: shownPeriods(opened, unit, range),
    by,
    teams: settings.teams,
    leadTimeUnit: settings.leadTimeUnit,
    benchmarkYear: settings.bands.year,
    environment: settings.dataset.environment,
    repositories: opened.repositories,
  };
}

/** How often a dataset that another run replaces meanwhile is read again. */
const ATTEMPTS = 3;

/**
 * Gives the dataset to `use`, built first when it is missing or older than the raw data or the configuration.
 *
 * All of what `use` reads is of one dataset: when another run replaced it meanwhile, everything is read again. Throws when nothing was
 * extracted yet.
 */
export async function withDataset<Result>(
  request: Pick<CalculateRequest, 'settings' | 'asOf'>,
  ports: Ports,
  use: (opened: OpenedDataset) => Promise<Result>,
): Promise<Result> {
  return await withTables(
    request,
    ports,
    async (stored) => await use(await readDataset(stored, request, ports)),
  );
}

/** What the tables of a dataset were built from. */
export interface StoredDataset {
  readonly state: State;
  readonly repositories: readonly NamedRepository[];
}

/** The same for who reads the tables row by row: nothing is read before. */
export async function withTables<Result>(
  request: Pick<CalculateRequest, 'settings'>,
  ports: Ports,
  use: (stored: StoredDataset) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await new Workspace(ports.storage, ports.clock).read();
    const repositories = state === null ? [] : extractedRepositories(state, request.settings);
    if (state === null || repositories.length === 0) {
      throw new DoraError('data', `nothing was extracted into ${ports.storage.location} yet`, {
        hint: 'run: dora-metrics extract --full',
      });
    }
    let inputs: string;
    try {
      ({ inputs } = await ensureDataset(state, request.settings, ports));
    } catch (error) {
      // segments may have been put together by a run that published meanwhile
      const now = await new Workspace(ports.storage, ports.clock).read();
      if (attempt === ATTEMPTS || now?.generation === state.generation) throw error;
      continue;
    }
    const isSame = async () => (await datasetInputs(ports.storage)) === inputs;
    try {
      const result = await use({ state, repositories });
      if (await isSame()) return result;
    } catch (error) {
      if (attempt === ATTEMPTS || (await isSame())) throw error;
    }
    if (attempt === ATTEMPTS) {
      throw new DoraError('data', `other runs keep building the dataset in ${ports.storage.location} anew`, {
        hint: 'run it again when they are done; give runs with different settings different --data.',
      });
    }
  }
}

async function readDataset(
  { state, repositories }: StoredDataset,
  { settings, asOf: wanted }: Pick<CalculateRequest, 'settings' | 'asOf'>,
  ports: Ports,
): Promise<OpenedDataset> {
  const asOf = wanted ?? wholeUntil({ state, repositories });
  if (wanted === null) warnWhenOld(asOf, ports);
  const names = repositories.map(({ name }) => name);
  for (const line of missingStreams(state, names, settings.dataset)) ports.log.warn(line);
  const deployments = await readDeployments(ports.storage);
  if (deployments.length === 0) ports.log.warn(NO_DEPLOYMENTS);
  const withCommits = new Set(
    repositories.flatMap(({ name, source }) => (source.components.length > 1 ? [name] : [])),
  );
  const changes = await readChanges(ports.storage, deployments, withCommits);
  return {
    dataset: {
      deployments,
      changes,
      measured: settings.leadTimeUnit === 'commit' ? changes : changesByPullRequest(changes, deployments),
      incidents: await readIncidents(ports.storage),
      setAside: await countSetAside(ports.storage, asOf),
    },
    state,
    context: { asOf, timezone: settings.timezone, bands: settings.bands },
    repositories: names,
  };
}

/** The periods asked for; when nobody said from when, those before the first deployment are left out. */
export function shownPeriods({ dataset, context }: OpenedDataset, unit: PeriodUnit, range: Range): Period[] {
  const periods = periodsOrUsage(unit, range, context);
  const first = dataset.deployments.reduce((least, { finishedAt }) => Math.min(least, finishedAt), Infinity);
  const known = range.from === null ? periods.filter(({ end }) => end > first) : periods;
  return known.length === 0 ? periods.slice(-1) : known;
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

/** The instant up to which everything is known: when the repository that was asked least recently was asked. */
export function wholeUntil({ state, repositories }: StoredDataset): EpochMs {
  const checked = repositories.map(({ name }) => Date.parse(streamsOf(state, name)?.commits.checkedAt ?? ''));
  return epochMs(checked.reduce((least, at) => Math.min(least, at), Infinity));
}

function warnWhenOld(asOf: EpochMs, { clock, log }: Ports): void {
  const days = Math.floor((clock.now().getTime() - asOf) / DAY);
  if (days > 7)
    log.warn(`what is known ends ${counted(days, 'day')} ago: dora-metrics update brings it up to date`);
}
