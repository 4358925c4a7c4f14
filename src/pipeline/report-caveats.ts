import { dayOf, type Period } from '../calculators/periods.ts';
import { NO_DEPLOYMENTS } from '../domain/advice.ts';
import type { AssessedDeployment, DeploymentSource } from '../domain/deployment.ts';
import { counted } from '../domain/counted.ts';
import { rolloutFacts, type RolloutFacts } from '../domain/rollout-facts.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import { DAY } from '../domain/units.ts';
import type { StreamState } from '../storage/state.ts';
import type { OpenedDataset } from './calculate.ts';
import { githubStreams } from './github-records.ts';
import { ISSUES } from './repositories.ts';
import { sourceWords, streamWords } from './stream-words.ts';

/** What the sentences are made from. */
export interface Grounds {
  readonly opened: OpenedDataset;
  /** Those that finished by as-of, in order of time. */
  readonly deployments: readonly AssessedDeployment[];
  readonly periods: readonly Period[];
  readonly settings: DatasetSettings;
}

/** What the numbers rest on, where that is less than a reader may think. */
export function caveatsOf(grounds: Grounds): string[] {
  return [
    withoutIncidents,
    incompleteStreams,
    staleStreams,
    changingSources,
    unverifiedRollouts,
    untracedRollouts,
    estimatedTimes,
    mergesAsDeployments,
    nothingDeployed,
  ].flatMap((caveat) => caveat(grounds) ?? []);
}

function withoutIncidents(grounds: Grounds): string | null {
  const { repositories } = grounds.opened;
  const names = new Set(repositories);
  const asked = new Set(
    hostStreams(grounds).flatMap(({ scope, stream }) => (stream.startsWith(ISSUES) ? scope : [])),
  );
  // people's lists of incidents are a source as well
  for (const { repository } of grounds.opened.dataset.incidents)
    if (names.has(repository)) asked.add(repository);
  const missing = repositories.length - asked.size;
  if (missing === 0) return null;
  const rollouts = grounds.deployments.some(({ outcome }) => outcome === 'failed') ? 'failed rollouts, ' : '';
  const rules = `failures come from ${rollouts}rollbacks, reverts and hotfixes only.`;
  return asked.size === 0
    ? `No incident source: ${rules}`
    : `No incident source for ${String(missing)} of ${String(repositories.length)} repositories: there ${rules}`;
}

function incompleteStreams(grounds: Grounds): string | null {
  const streams = hostStreams(grounds).filter(({ cursor }) => cursor['complete'] === false);
  return streams.length === 0
    ? null
    : `Only part of ${whatOf(streams)} is stored yet: run dora-metrics extract again.`;
}

function staleStreams(grounds: Grounds): string | null {
  const { asOf, timezone } = grounds.opened.context;
  const streams = hostStreams(grounds).filter(({ checkedAt }) => Date.parse(checkedAt) < asOf - DAY);
  if (streams.length === 0) return null;
  const oldest = Math.min(...streams.map(({ checkedAt }) => Date.parse(checkedAt)));
  return `What is known of ${whatOf(streams)} ends on ${dayOf(oldest, timezone)}: run dora-metrics extract.`;
}

/** The streams that are read besides git's. */
function hostStreams({ opened: { state, repositories }, settings }: Grounds): StreamState[] {
  return repositories.flatMap((name) => githubStreams(state, name, settings));
}

const MOST_NAMED = 3;

/** `the GitHub pull requests and releases of acme/shop`. */
function whatOf(streams: readonly StreamState[]): string {
  const sources = [...new Set(streams.map(({ source }) => sourceWords(source)))];
  const kinds = [...new Set(streams.map(({ stream }) => streamWords(stream)))];
  const scopes = [...new Set(streams.map(({ scope }) => scope))];
  return `the ${sources.join(' and ')} ${listed(kinds)} of ${listed(scopes)}`;
}

/** `a`, `a and b`, `a, b, c and 4 more`. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED);
  if (names.length > MOST_NAMED) shown.push(`${String(names.length - MOST_NAMED)} more`);
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}

/** Sources in the plural; what `auto` takes for one are one. */
const ORIGINS: Readonly<Record<DeploymentSource, string>> = {
  argocd: 'Argo CD',
  'github-deployment': 'GitHub deployments',
  'workflow-run': 'workflow runs',
  release: 'GitHub releases',
  'annotated-tag': 'version tags',
  'lightweight-tag': 'version tags',
  merge: 'merges',
  annotation: 'annotations',
};

/** A component whose deployments come and go between more sources than that has a mixture, and no turning points. */
const MOST_TURNS = 3;

/** Those that finished in the periods that are shown. */
function shownOf({ deployments, periods }: Pick<Grounds, 'deployments' | 'periods'>): AssessedDeployment[] {
  const [start, end] = [periods[0]?.start ?? -Infinity, periods.at(-1)?.end ?? Infinity];
  return deployments.filter(({ finishedAt }) => finishedAt >= start && finishedAt < end);
}

/** `auto` takes what a repository has at the time: a step in a chart may be a step in how deployments are known. */
function changingSources({ opened, deployments, periods, settings }: Grounds): string | null {
  if (!settings.deploymentsFrom.includes('auto')) return null;
  const byComponent = new Map<string, AssessedDeployment[]>();
  for (const deployment of shownOf({ deployments, periods })) {
    const { repository, component } = deployment;
    // two repositories may have components of one name
    const key = `${repository}\n${component}`;
    const own = byComponent.get(key) ?? [];
    byComponent.set(key, own);
    own.push(deployment);
  }
  const changing = [...byComponent.values()]
    .map((own) => ({ component: own[0]?.component ?? '', runs: runsOf(own) }))
    .filter(({ runs }) => runs.length > 1);
  const [first] = changing;
  if (first === undefined) return null;
  const whose = byComponent.size === 1 ? '' : ` of ${first.component}`;
  const others = changing.length === 1 ? '' : ` The source changes in ${String(changing.length - 1)} more.`;
  return `Deployments${whose} are known from ${courseOf(first.runs, opened.context.timezone)}.${others}`;
}

interface SourceRun {
  readonly origin: string;
  /** When the first deployment that is known from it finished. */
  readonly since: number;
}

/** Where deployments in order of time are known from: an entry for each time that it changes. */
function runsOf(deployments: readonly AssessedDeployment[]): SourceRun[] {
  const runs: SourceRun[] = [];
  for (const { source, finishedAt } of deployments) {
    const origin = ORIGINS[source];
    if (runs.at(-1)?.origin !== origin) runs.push({ origin, since: finishedAt });
  }
  return runs;
}

/** `version tags until 2024-03-01, then from GitHub deployments`, and what that means. */
function courseOf(runs: readonly SourceRun[], timezone: string): string {
  if (runs.length > MOST_TURNS + 1)
    return `${listed([...new Set(runs.map(({ origin }) => origin))])} by turns`;
  const parts = runs.map(({ origin }, index) => {
    const next = runs[index + 1];
    return next === undefined ? origin : `${origin} until ${dayOf(next.since, timezone)}`;
  });
  return `${parts.join(', then from ')}: a step in the numbers there may be no more than that`;
}

/** What was healthy and what was broken look the same where nobody looked in time. */
function unverifiedRollouts(grounds: Grounds): string | null {
  const told = rolloutsOf(grounds);
  const count = told.filter(({ isUnverified }) => isUnverified).length;
  return count === 0
    ? null
    : `${String(count)} of ${counted(told.length, 'deployment')} of Argo CD: nobody saw whether ${count === 1 ? 'it' : 'they'} became healthy.`;
}

/** Their changes are those of the configuration, and when the application's commits were written nobody knows. */
function untracedRollouts(grounds: Grounds): string | null {
  const told = rolloutsOf(grounds);
  const count = told.filter(({ untraced }) => untraced !== null).length;
  return count === 0
    ? null
    : `${String(count)} of ${counted(told.length, 'deployment')} of Argo CD: known by the commit of the GitOps repository only, which is not that of the application.`;
}

function rolloutsOf(grounds: Grounds): RolloutFacts[] {
  return shownOf(grounds).flatMap((deployment) => rolloutFacts(deployment) ?? []);
}

function estimatedTimes({ deployments }: Grounds): string | null {
  const estimated = deployments.filter((row) => row.estimated && row.source === 'lightweight-tag').length;
  return estimated === 0
    ? null
    : `${String(estimated)} of ${String(deployments.length)} deployments come from lightweight tags, which have no time: that of their commit stands in.`;
}

function mergesAsDeployments({ settings }: Grounds): string | null {
  return settings.deploymentsFrom.includes('merges')
    ? 'Every commit on the branch is taken for a deployment at its commit time.'
    : null;
}

function nothingDeployed({ deployments }: Grounds): string | null {
  if (deployments.length > 0) return null;
  return `${NO_DEPLOYMENTS.charAt(0).toUpperCase()}${NO_DEPLOYMENTS.slice(1)}.`;
}
