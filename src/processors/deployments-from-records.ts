import type { RefSnapshot } from '../domain/commit.ts';
import { compareText } from '../domain/compare.ts';
import type { DeploymentRecord, RolloutRecord } from '../domain/deployment-record.ts';
import type { Deployment, Sighting } from '../domain/deployment.ts';
import { printable } from '../domain/printable.ts';
import type { SetAside, SetAsideReason } from '../domain/set-aside.ts';
import { workflowOf, type DatasetSettings } from '../domain/settings.ts';
import { deploymentId, tagMatcher, type FoundDeployments } from './deployments-from-refs.ts';
import type { ComponentMembers, RepositoryHistory } from './repository-history.ts';
import { nameMatcher } from '../domain/wildcard.ts';

/**
 * The records that the settings ask for, as deployments of `component` that reached the measured environment.
 *
 * A release belongs to the component whose tags it matches; a GitHub deployment to the one that names its environment, a run to the one that
 * names its workflow, and what Argo CD deployed to the one of that name, where a repository has components at all. Records of other components
 * are passed over.
 */
export function deploymentsFromRecords(
  history: RepositoryHistory,
  component: ComponentMembers,
  { refs, records, settings }: RecordRequest,
): FoundDeployments {
  const found: FoundDeployments = { deployments: [], setAside: [] };
  const belongs = belongsTo(history, component, settings);
  const isMeasured = environmentOf(component, settings);
  const commits = new NamedCommits(history, refs, records);
  for (const record of records) {
    if (!isWanted(record, settings) || !belongs(record)) continue;
    const place = { repository: history.settings.name, component: component.settings.name };
    const id = recordId(record, place);
    const made = isMeasured(record)
      ? deploymentOf(history, { record, id, place, environment: settings.environment, commits })
      : 'other-environment';
    if (typeof made === 'string') found.setAside.push(asideRecord(record, { ...place, id, reason: made }));
    else found.deployments.push(made);
  }
  return found;
}

export interface RecordRequest {
  readonly refs: RefSnapshot;
  readonly records: readonly DeploymentRecord[];
  readonly settings: DatasetSettings;
}

/** The records that the settings ask for and that belong to no component. */
export function recordsOfNoComponent(
  history: RepositoryHistory,
  { records, settings }: Omit<RecordRequest, 'refs'>,
): SetAside[] {
  const belong = history.components.map((component) => belongsTo(history, component, settings));
  return records
    .filter((record) => isWanted(record, settings) && !belong.some((belongs) => belongs(record)))
    .map((record) => {
      const repository = history.settings.name;
      const reason = record.source === 'release' ? 'not-a-version' : 'no-component';
      const id = recordId(record, { repository, component: repository });
      return asideRecord(record, { repository, component: '', id, reason: record.notBecause ?? reason });
    });
}

/** Whether `deployments.from` asks for this kind of record, by name or by `auto`. */
function isWanted({ source, workflow }: DeploymentRecord, { deploymentsFrom }: DatasetSettings): boolean {
  if (source === 'workflow-run')
    return workflow !== null && deploymentsFrom.some((origin) => workflowOf(origin) === workflow);
  const name = ORIGINS[source];
  return deploymentsFrom.some((origin) => origin === 'auto' || origin === name);
}

const ORIGINS = { argocd: 'argocd', release: 'releases', 'github-deployment': 'github-deployments' } as const;

function belongsTo(
  history: RepositoryHistory,
  { settings: component }: ComponentMembers,
  settings: DatasetSettings,
): (record: DeploymentRecord) => boolean {
  const isWhole = history.settings.components.length === 0;
  const isTag =
    isWhole && settings.tagPattern === null
      ? () => true
      : tagMatcher(history, component.name, component.tags, settings);
  const isEnvironment = isWhole ? () => true : nameMatcher(component.environments);
  const isWorkflow = isWhole ? () => true : nameMatcher(component.workflows);
  const isName = isWhole ? () => true : nameMatcher([component.name, ...(component.argocd ?? [])]);
  return ({ source, tag, environment, workflow, rollout }) => {
    switch (source) {
      case 'release':
        return isTag(tag ?? '');
      case 'argocd':
        return isName(rollout?.component ?? '');
      case 'workflow-run':
        return isWorkflow(workflow ?? '');
      case 'github-deployment':
        return isEnvironment(environment ?? '');
    }
  };
}

/**
 * Whether a record reached the measured environment. A run says nothing of it: naming its workflow says that it deploys there. A release
 * knows none but what its being a prerelease tells, as a tag does.
 */
function environmentOf(
  { settings: component }: ComponentMembers,
  { environment: measured, environmentNames }: DatasetSettings,
): (record: DeploymentRecord) => boolean {
  const own = nameMatcher(component.environments);
  const usual = nameMatcher(environmentNames);
  return ({ source, environment }) => {
    if (source === 'workflow-run' || source === 'release')
      return environment === null || environment === measured;
    return usual(environment ?? '') || own(environment ?? '');
  };
}

interface MakeRequest {
  readonly record: DeploymentRecord;
  readonly id: string;
  readonly place: Pick<Deployment, 'repository' | 'component'>;
  readonly environment: string;
  readonly commits: NamedCommits;
}

function deploymentOf(
  { graph }: RepositoryHistory,
  { record, id, place, environment, commits }: MakeRequest,
): Deployment | SetAsideReason {
  const { source, notBecause, finishedAt, tag, outcome, url, rollout } = record;
  if (notBecause !== null) return notBecause;
  if (finishedAt === null) return 'invalid-date';
  const revision = commits.of(record);
  if (revision === null || !graph.has(graph.indexOf(revision))) return 'unknown-revision';
  const fromBranch = source === 'github-deployment' && !commits.hasTag(tag ?? '');
  const name = printable(fromBranch || record.name === '' ? revision.slice(0, 10) : record.name);
  const sighting: Sighting = { source, name, at: finishedAt, ...(url !== null && { url }) };
  return {
    ...place,
    id,
    environment,
    name,
    url,
    revision,
    finishedAt,
    estimated: false,
    outcome,
    source,
    sightings: rollout === undefined ? [sighting] : seenIn(rollout, sighting),
  };
}

/** One for each cluster, the first to have it first. */
function seenIn({ clusters, untraced }: RolloutRecord, sighting: Sighting): readonly Sighting[] {
  return clusters
    .toSorted((a, b) => a.at - b.at || compareText(a.name, b.name))
    .map(({ name, at }) => ({
      ...sighting,
      at,
      ...(name !== '' && { cluster: printable(name) }),
      ...(untraced !== null && { untraced }),
    }));
}

/** The commits of a clone by what records call them. */
class NamedCommits {
  readonly #history: RepositoryHistory;
  readonly #tags: ReadonlyMap<string, string>;
  /** Graph index by abbreviated sha, where it stands for exactly one commit. */
  readonly #expanded: ReadonlyMap<string, number>;

  constructor(history: RepositoryHistory, { refs }: RefSnapshot, records: readonly DeploymentRecord[]) {
    this.#history = history;
    this.#tags = new Map(
      refs.flatMap(({ kind, name, commit }) => (kind === 'tag' && commit !== null ? [[name, commit]] : [])),
    );
  }

  hasTag(name: string): boolean {
    return this.#tags.has(name);
  }

  /** The full sha; `null` where the clone does not know what the record names. */
  of({ revision, tag, rollout }: DeploymentRecord): string | null {
    if (revision !== null) return revision;
    // the host may have lost the tag of a release that the clone still has
    return this.#tags.get(tag ?? '') ?? null;
  }
}

function recordId(
  { source, id, tag, notBecause }: DeploymentRecord,
  { repository, component }: Pick<Deployment, 'repository' | 'component'>,
): string {
  // a published release has its tag for itself; drafts may share one
  const name = source === 'release' && notBecause === null ? (tag ?? id) : id;
  return deploymentId(source, repository, component, name);
}

function asideRecord(
  { name, tag, environment, revision, finishedAt }: DeploymentRecord,
  row: Pick<SetAside, 'repository' | 'component' | 'id' | 'reason'>,
): SetAside {
  const what = [name === '' ? tag : name, row.reason === 'other-environment' ? environment : null];
  return {
    kind: 'deployment',
    ...row,
    at: finishedAt,
    deployment: null,
    author: '',
    subject: printable(what.filter((part) => part !== null && part !== '').join(' to ')),
    detail: revision ?? '',
  };
}
