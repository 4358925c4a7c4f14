import type { Ref, RefSnapshot } from '../domain/commit.ts';
import type { Deployment, DeploymentSource } from '../domain/deployment.ts';
import type { SetAside, SetAsideReason } from '../domain/set-aside.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import { printable } from '../domain/printable.ts';
import { epochMs, isInstant } from '../domain/units.ts';
import { attribute } from './attribution.ts';
import type { CommitGraph } from './commit-graph.ts';
import type { ComponentMembers, RepositoryHistory } from './repository-history.ts';
import { componentTagPattern, isPrerelease, versionTags } from './version-tag.ts';

/** Deployments as found, not yet deduplicated or ordered, and the records that are none. */
export interface FoundDeployments {
  readonly deployments: Deployment[];
  readonly setAside: SetAside[];
}

/** Where a prerelease is taken to go. */
const PRERELEASE_ENVIRONMENT = 'staging';
const PRODUCTION = 'production';

/**
 * Every tag of `refs` that is a version of `component`, as a deployment at the time the tag was made.
 *
 * A lightweight tag has no time: its commit's stands in and is marked `estimated`. Tags of other components are
 * passed over; tags that no component knows are for `tagsOfNoComponent`.
 */
export function deploymentsFromTags(
  history: RepositoryHistory,
  { settings: component }: ComponentMembers,
  refs: RefSnapshot,
  settings: DatasetSettings,
): FoundDeployments {
  const found: FoundDeployments = { deployments: [], setAside: [] };
  const isVersion = tagMatcher(history, component.name, component.tags, settings);
  for (const tag of refs.refs) {
    if (tag.kind !== 'tag' || !isVersion(tag.name)) continue;
    const deployment = deploymentOfTag(history, component.name, tag);
    if (typeof deployment === 'string') {
      found.setAside.push(asideTag(history.settings.name, component.name, tag, deployment));
    } else if (deployment.environment === settings.environment) found.deployments.push(deployment);
    else found.setAside.push(asideTag(history.settings.name, component.name, tag, 'other-environment'));
  }
  return found;
}

/** The tags that are a version of no component. */
export function tagsOfNoComponent(
  history: RepositoryHistory,
  refs: RefSnapshot,
  settings: DatasetSettings,
): SetAside[] {
  const matchers = history.components.map(({ settings: { name, tags } }) =>
    tagMatcher(history, name, tags, settings),
  );
  return refs.refs
    .filter((ref) => ref.kind === 'tag' && !matchers.some((matches) => matches(ref.name)))
    .map((tag) => asideTag(history.settings.name, '', tag, 'not-a-version'));
}

/**
 * Each commit on the first-parent line of the branch as a deployment to the measured environment at its commit time.
 *
 * A component with paths is deployed only by those that bring a commit touching them.
 */
export function deploymentsFromMerges(
  { graph, settings: { name: repository } }: RepositoryHistory,
  { settings: { name: component }, members }: ComponentMembers,
  refs: RefSnapshot,
  { environment }: DatasetSettings,
): Deployment[] {
  const line = firstParentLine(graph, refs.branch?.commit ?? '');
  const { order, starts } = attribute(graph, line);
  const brings = (position: number) =>
    members === null ||
    order.subarray(starts[position], starts[position + 1]).some((index) => members.has(index));
  const place = { repository, component, environment };
  return line
    .filter((_, position) => brings(position))
    .map((index) => deploymentOfMerge(graph, place, index));
}

export function tagMatcher(
  history: RepositoryHistory,
  component: string,
  tags: string | null,
  settings: DatasetSettings,
): (tag: string) => boolean {
  const whole = history.settings.components.length === 0;
  const fallback = whole ? settings.tagPattern : (settings.tagPattern ?? componentTagPattern(component));
  return versionTags(tags ?? fallback).isVersion;
}

function deploymentOfTag(
  { graph, settings: { name: repository } }: RepositoryHistory,
  component: string,
  tag: Ref,
): Deployment | SetAsideReason {
  if (tag.commit === null) return 'not-a-commit';
  const revision = graph.indexOf(tag.commit);
  if (!graph.has(revision)) return 'unknown-revision';
  const finishedAt = tag.taggedAt ?? graph.committedAt(revision);
  if (!isInstant(finishedAt)) return 'invalid-date';
  const source: DeploymentSource = tag.taggedAt === null ? 'lightweight-tag' : 'annotated-tag';
  return {
    id: deploymentId('tag', repository, component, tag.name),
    repository,
    component,
    environment: isPrerelease(tag.name) ? PRERELEASE_ENVIRONMENT : PRODUCTION,
    name: printable(tag.name),
    url: null,
    revision: tag.commit,
    finishedAt,
    estimated: tag.taggedAt === null,
    outcome: 'succeeded',
    source,
    sightings: [{ source, name: printable(tag.name), at: finishedAt }],
  };
}

function deploymentOfMerge(
  graph: CommitGraph,
  place: Pick<Deployment, 'repository' | 'component' | 'environment'>,
  index: number,
): Deployment {
  const revision = graph.sha(index);
  const finishedAt = epochMs(graph.committedAt(index));
  return {
    ...place,
    id: deploymentId('merge', place.repository, place.component, revision),
    name: revision.slice(0, 10),
    url: null,
    revision,
    finishedAt,
    estimated: true,
    outcome: 'succeeded',
    source: 'merge',
    sightings: [{ source: 'merge', name: revision, at: finishedAt }],
  };
}

/** The first-parent line of a branch, oldest first, without commits that have no date. */
export function firstParentLine(graph: CommitGraph, head: string): number[] {
  const line: number[] = [];
  for (let index = graph.indexOf(head); index >= 0 && graph.has(index); index = graph.parent(index, 0)) {
    if (isInstant(graph.committedAt(index))) line.push(index);
  }
  return line.reverse();
}

/** `tag:acme/shop:v1.2.3`, with the component between where it is not the whole repository. */
export function deploymentId(source: string, repository: string, component: string, name: string): string {
  const scope = component === repository ? repository : `${repository}:${component}`;
  return printable(`${source}:${scope}:${name}`);
}

function asideTag(repository: string, component: string, tag: Ref, reason: SetAsideReason): SetAside {
  return {
    kind: 'deployment',
    reason,
    repository,
    component,
    id: deploymentId('tag', repository, component === '' ? repository : component, tag.name),
    at: tag.taggedAt,
    deployment: null,
    author: '',
    subject: printable(tag.name),
    detail: tag.commit ?? '',
  };
}
