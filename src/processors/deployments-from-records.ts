import type { RefSnapshot } from '../domain/commit.ts';
import { compareText } from '../domain/compare.ts';
import type { DeploymentRecord, RolloutRecord } from '../domain/deployment-record.ts';
import type { Deployment, Sighting } from '../domain/deployment.ts';
import { printable } from '../domain/printable.ts';
import type { SetAside, SetAsideReason } from '../domain/set-aside.ts';
import { workflowOf, type DatasetSettings } from '../domain/settings.ts';
import { tagPatterns } from './image-tags.ts';
import { RecordCommits } from './record-commits.ts';
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
  const own = records.filter((record) => isWanted(record, settings) && belongs(record));
  const patterns = tagPatterns(settings.argocd.tagPatterns, 'argocd.tagPatterns');
  const commits = new RecordCommits(history, refs, own, patterns);
  for (const record of own) {
    const place = { repository: history.settings.name, component: component.settings.name };
    const id = recordId(record, place);
    const made = isMeasured(record)
      ? deploymentOf({ record, id, place, environment: settings.environment, commits })
      : refusal(record, 'other-environment');
    if ('reason' in made) found.setAside.push(asideRecord(record, { ...place, id, ...made }));
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
      const refused = refusal(record, record.notBecause ?? reason);
      return asideRecord(record, { repository, component: '', id, ...refused });
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
  readonly commits: RecordCommits;
}

type Refusal = Pick<SetAside, 'reason' | 'detail'>;

function refusal({ revision }: DeploymentRecord, reason: SetAsideReason): Refusal {
  return { reason, detail: printable(revision ?? '') };
}

function deploymentOf({ record, id, place, environment, commits }: MakeRequest): Deployment | Refusal {
  const { source, notBecause, finishedAt, outcome, url, rollout } = record;
  if (notBecause !== null) return refusal(record, notBecause);
  if (finishedAt === null) return refusal(record, 'invalid-date');
  const commit = commits.of(record);
  if (commit.kind === 'unknown') return { reason: 'unknown-revision', detail: commit.detail };
  const { revision } = commit;
  const name = printable(nameOf(record, commits, commit.tag) ?? revision.slice(0, 10));
  const recoveredAt = rollout?.recoveredAt ?? null;
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
    sightings: rollout === undefined ? [sighting] : seenIn(rollout, sighting, place.component),
    ...(recoveredAt !== null && { recoveredAt }),
  };
}

/** What the source calls it; `null` where its commit is the better name. The name of an application says nothing of what it deployed. */
function nameOf(
  { source, name, tag }: DeploymentRecord,
  commits: RecordCommits,
  imageTag: string | null,
): string | null {
  if (source === 'argocd') return imageTag;
  const fromBranch = source === 'github-deployment' && !commits.hasTag(tag ?? '');
  return fromBranch || name === '' ? null : name;
}

/** One for each cluster, the first to have it first. */
function seenIn(
  { component: part, clusters, untraced, isUnverified, problem }: RolloutRecord,
  sighting: Sighting,
  component: string,
): readonly Sighting[] {
  const said = {
    // several parts of one component may have the same commit
    ...(part !== component && { part: printable(part) }),
    ...(untraced !== null && { untraced: printable(untraced) }),
    ...(isUnverified && { unverified: true as const }),
    ...(problem !== null && { problem: printable(problem) }),
  };
  if (clusters.length === 0) return [{ ...sighting, ...said }];
  return clusters
    .toSorted((a, b) => a.at - b.at || compareText(a.name, b.name))
    .map(({ name, at }) => ({ ...sighting, at, cluster: printable(name), ...said }));
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
  { name, tag, environment, finishedAt }: DeploymentRecord,
  row: Pick<SetAside, 'repository' | 'component' | 'id' | 'reason' | 'detail'>,
): SetAside {
  const what = [name === '' ? tag : name, row.reason === 'other-environment' ? environment : null];
  return {
    kind: 'deployment',
    ...row,
    at: finishedAt,
    deployment: null,
    author: '',
    subject: printable(what.filter((part) => part !== null && part !== '').join(' to ')),
  };
}
