import { comparisonsOf, focusOf } from '../calculators/comparison.ts';
import { distributionOf } from '../calculators/distribution.ts';
import { headlineOf } from '../calculators/headline.ts';
import { leadTimesIn } from '../calculators/lead-time.ts';
import type { Period } from '../calculators/periods.ts';
import { quantile, sorted } from '../calculators/quantile.ts';
import { countedEntries } from '../calculators/partition.ts';
import { scopeOf } from '../calculators/scopes.ts';
import type { Dataset } from '../domain/dataset.ts';
import type { MetricsReport } from '../domain/metrics-report.ts';
import type { ReportAuthors, ReportModel, ReportSetAside } from '../domain/report-model.ts';
import {
  isSetAsideReason,
  SET_ASIDE_REASONS,
  type SetAside,
  type SetAsideReason,
} from '../domain/set-aside.ts';
import type { Settings } from '../domain/settings.ts';
import { epochMs, isInstant, type EpochMs } from '../domain/units.ts';
import { scanSetAside } from '../storage/dataset-store.ts';
import type { Storage } from '../storage/storage.ts';
import type { OpenedDataset } from './calculate.ts';
import { measuredChanges } from './measured-changes.ts';
import { eventsOf } from './report-events.ts';
import { sourcesOf } from './report-sources.ts';
import { caveatsOf } from './report-caveats.ts';
import { describeAll, foldOthers, listedOf, slowestEntries } from './report-deployments.ts';
import { failuresIn, incidentsIn, longestOfEach } from './report-failures.ts';
import { overviewOf } from './report-overview.ts';
import { commitLinks, type CommitLinks } from './report-links.ts';

/** What keeps the file small at any length of history. */
const MOST_FAILURES = 60;
const MOST_INCIDENTS = 60;
const EXAMPLES = 3;

export interface ModelRequest {
  readonly opened: OpenedDataset;
  readonly metrics: MetricsReport;
  readonly periods: readonly Period[];
  readonly settings: Settings;
  readonly version: string;
  readonly reproduce: string;
}

/** Everything that the report shows, folded to a bounded size. Texts are as they came; the renderer escapes them. */
export async function reportModel(request: ModelRequest, storage: Storage): Promise<ReportModel> {
  const { opened, metrics, periods, settings, version, reproduce } = request;
  const { dataset, context } = opened;
  const { asOf } = context;
  const scope = scopeOf(dataset, () => true);
  const known = scope.deployments.filter(({ finishedAt }) => finishedAt <= asOf);
  const all = metrics.groups[0]?.periods ?? [];
  const focus = focusOf(all);
  const focused = periods[focus];
  const comparisons = comparisonsOf(all, focus);
  const entries = countedEntries(dataset, () => true);
  const listed = listedOf(known);
  const changes = await measuredChanges(dataset, slowestEntries(dataset, entries, listed), storage);
  const links = commitLinks(dataset, changes);
  const failures = failuresIn(known, periods, asOf);
  const shown = longestOfEach(failures, periods, { most: MOST_FAILURES, asOf });
  const incidents = incidentsIn(dataset, periods, asOf);
  const { reasons, imported } = await setAsideExamples(storage, asOf, links);
  return {
    title: titleOf(opened.repositories),
    headline: headlineOf(all[focus], comparisons),
    caveats: caveatsOf({ opened, deployments: known, periods, settings: settings.dataset }),
    metrics,
    focus,
    comparisons,
    ...eventsOf(known, imported, periods),
    overview: focused === undefined ? null : overviewOf(opened, settings.teams, focused),
    distribution:
      focused === undefined ? null : distributionOf(focused.label, leadTimesIn(scope, focused, context)),
    authors: focused === undefined ? null : authorsOf(dataset, entries, focused, asOf),
    failures: shown,
    foldedFailures: failures.length - shown.length,
    incidents: incidents.slice(0, MOST_INCIDENTS),
    foldedIncidents: Math.max(0, incidents.length - MOST_INCIDENTS),
    deployments: describeAll(listed, { dataset, scope, context, changes, links }),
    foldedDeployments: foldOthers(known, scope, context),
    setAside: reasons.map((entry) => ({ ...entry, count: metrics.setAside[entry.reason] ?? entry.count })),
    ...sourcesOf(opened, settings.dataset),
    configuration: settings.differing,
    version,
    reproduce,
  };
}

function titleOf(repositories: readonly string[]): string {
  return repositories.length === 1 ? (repositories[0] ?? '') : `${String(repositories.length)} repositories`;
}

/** What people and bots wrote of what shipped in the period; `null` where bots wrote none of it. */
function authorsOf(
  { deployments, measured }: Dataset,
  entries: readonly number[],
  period: Period,
  asOf: EpochMs,
): ReportModel['authors'] {
  const shipped = entries.filter((entry) => {
    const finishedAt = deployments[measured.deployment[entry] ?? -1]?.finishedAt ?? NaN;
    return finishedAt >= period.start && finishedAt < period.end && finishedAt <= asOf;
  });
  const ofBots = shipped.filter((entry) => measured.byBot[entry] === 1);
  if (ofBots.length === 0) return null;
  const summary = (some: readonly number[]): ReportAuthors => {
    const values = sorted(some.map((entry) => measured.leadTime[entry] ?? NaN));
    return { changes: values.length, medianLeadTime: values.length === 0 ? null : quantile(values, 0.5) };
  };
  return { people: summary(shipped.filter((entry) => measured.byBot[entry] !== 1)), bots: summary(ofBots) };
}

/** Each reason with its newest examples, in the order of the reasons; and how much imported history each deployment carried. */
async function setAsideExamples(
  storage: Storage,
  asOf: EpochMs,
  links: CommitLinks,
): Promise<{ readonly reasons: ReportSetAside[]; readonly imported: ReadonlyMap<string, number> }> {
  const imported = new Map<string, number>();
  const found = new Map<SetAsideReason, { count: number; newest: SetAside[] }>();
  await scanSetAside(storage, (row) => {
    if (row.at !== null && row.at > asOf) return;
    if (row.reason === 'imported-history' && row.deployment !== null) {
      imported.set(row.deployment, (imported.get(row.deployment) ?? 0) + 1);
    }
    const entry = found.get(row.reason) ?? { count: 0, newest: [] };
    found.set(row.reason, entry);
    entry.count += 1;
    if (entry.newest.length === EXAMPLES && (row.at ?? 0) <= (entry.newest.at(-1)?.at ?? 0)) return;
    entry.newest.push(row);
    entry.newest.sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
    entry.newest.splice(EXAMPLES);
  });
  const reasons = Object.keys(SET_ASIDE_REASONS).flatMap((reason) => {
    const entry = isSetAsideReason(reason) ? found.get(reason) : undefined;
    if (entry === undefined || !isSetAsideReason(reason)) return [];
    const examples = entry.newest.map(({ id, at, subject, kind, repository }) => ({
      id,
      at: instantOrNull(at),
      text: subject,
      url: kind === 'commit' ? links.of(repository, id) : null,
    }));
    return [{ reason, count: entry.count, meaning: SET_ASIDE_REASONS[reason], examples }];
  });
  return { reasons, imported };
}

function instantOrNull(at: number | null): EpochMs | null {
  return at !== null && isInstant(at) ? epochMs(at) : null;
}
