import { canonicalAddress } from '../domain/clone-address.ts';
import { compareText } from '../domain/compare.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import type { DevlakeSettings } from '../domain/devlake-settings.ts';
import type { Incident } from '../domain/incident.ts';
import type { PullRequest } from '../domain/pull-request.ts';
import type { EpochMs } from '../domain/units.ts';
import { NewestById, parsePullRequest } from '../extractors/github/normalise.ts';
import { ShippedCommits } from '../processors/shipped-commits.ts';
import { readDeployments, readIncidents, scanChanges, scanSetAside } from '../storage/dataset-store.ts';
import { readRecords } from '../storage/raw-store.ts';
import type { State } from '../storage/state.ts';
import type { Storage } from '../storage/storage.ts';
import { streamKey } from '../storage/workspace.ts';
import type { StoredDataset } from './calculate.ts';
import type { Ports } from './ports.ts';
import { githubStream, streamsOf } from './repositories.ts';

/** Something that DevLake may be told, whoever is. */
export type DevlakeFact = {
  /** Unique among those of its kind. */
  readonly id: string;
  readonly repository: string;
  /** The component, and the names that sources have for it; none where it is of no single one. */
  readonly components: readonly string[];
  readonly at: EpochMs;
} & (
  | {
      readonly kind: 'deployment';
      readonly deployment: AssessedDeployment;
      readonly shipped: () => readonly string[];
    }
  | { readonly kind: 'incident'; readonly incident: Incident }
  | { readonly kind: 'pull-request'; readonly pullRequest: PullRequest; readonly title: string }
);

export interface DevlakeFacts {
  /** In the order in which they happened. */
  readonly facts: readonly DevlakeFact[];
  /** Where each repository is, spelled the same every time; a repository without an address has its name. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** Everything that the dataset, and GitHub's pull requests beside it, have for DevLake. */
export async function devlakeFacts(
  { state, repositories }: StoredDataset,
  settings: Pick<DevlakeSettings, 'commits' | 'pullRequests'>,
  { storage, signal }: Pick<Ports, 'storage' | 'signal'>,
): Promise<DevlakeFacts> {
  const names = repositories.map(({ name }) => name);
  const addresses = new Map(names.map((name) => [name, addressOf(name, state)]));
  const deployments = await readDeployments(storage);
  const { commits, components } = await shippedOf(deployments, settings, storage);
  const facts: DevlakeFact[] = deployments.map((deployment, number) => ({
    kind: 'deployment',
    id: deployment.id,
    repository: deployment.repository,
    components: namesOf(deployment),
    at: deployment.finishedAt,
    deployment,
    shipped: () => commits.of(number),
  }));
  for (const incident of await readIncidents(storage)) {
    const { id, repository, component, openedAt } = incident;
    facts.push({
      kind: 'incident',
      id,
      repository,
      components: component === '' ? [] : [component],
      at: openedAt,
      incident,
    });
  }
  for (const name of settings.pullRequests ? names : []) {
    signal?.throwIfAborted();
    const known = (number: number) => [...(components.get(pullRequestKey(name, number)) ?? [])];
    for await (const one of pullRequestsOf(name, state, storage))
      facts.push({ ...one, components: known(one.pullRequest.number) });
  }
  const order = ['pull-request', 'deployment', 'incident'];
  facts.sort(
    (a, b) => a.at - b.at || order.indexOf(a.kind) - order.indexOf(b.kind) || compareText(a.id, b.id),
  );
  return { facts, addresses };
}

function addressOf(name: string, state: State): string {
  const origin = streamsOf(state, name)?.commits.cursor['origin'];
  return (typeof origin === 'string' ? canonicalAddress(origin) : null) ?? name;
}

function namesOf({ component, sightings }: AssessedDeployment): string[] {
  return [...new Set([component, ...sightings.flatMap(({ part }) => part ?? [])])];
}

/** The commits of each deployment as they are on the branch, and the components of each pull request that shipped. */
async function shippedOf(
  deployments: readonly AssessedDeployment[],
  { commits: wanted, pullRequests }: Pick<DevlakeSettings, 'commits' | 'pullRequests'>,
  storage: Storage,
) {
  const commits = new ShippedCommits();
  const components = new Map<string, Set<string>>();
  const isAll = wanted === 'shipped';
  if (!isAll && !pullRequests) return { commits, components };
  const numbers = new Map(deployments.map(({ id }, number) => [id, number]));
  const add = (deployment: string | null, sha: string) => {
    const number = deployment === null ? undefined : numbers.get(deployment);
    if (isAll && number !== undefined) commits.add(number, sha);
  };
  await scanChanges(
    storage,
    () => true,
    ({ deployment, landedAs, commit, pullRequest, repository, component }) => {
      add(deployment, landedAs ?? commit);
      if (pullRequest === null) return;
      const key = pullRequestKey(repository, pullRequest.number);
      const known = components.get(key) ?? new Set();
      components.set(key, known.add(component));
    },
  );
  // what a pull request left on the branch is its merge, where it was merged
  await scanSetAside(storage, ({ reason, kind, id, deployment }) => {
    if (reason === 'merge-commit' && kind === 'commit') add(deployment, id);
  });
  return { commits, components };
}

function pullRequestKey(repository: string, number: number): string {
  return `${repository}#${String(number)}`;
}

type PullRequestFact = Omit<Extract<DevlakeFact, { kind: 'pull-request' }>, 'components'>;

async function* pullRequestsOf(
  repository: string,
  state: State,
  storage: Storage,
): AsyncGenerator<PullRequestFact> {
  const stream = state.streams[streamKey(githubStream(repository, 'pull-requests'))];
  if (stream === undefined) return;
  const newest = new NewestById((raw) => {
    const pullRequest = parsePullRequest(raw);
    const title = typeof raw['title'] === 'string' ? raw['title'] : '';
    // its commits are many, and nobody asks for them
    return pullRequest === null ? null : { pullRequest: { ...pullRequest, commits: [] }, title };
  });
  for await (const records of readRecords(storage, stream)) for (const record of records) newest.add(record);
  for (const { value, isGone } of newest.entries()) {
    const { pullRequest, title } = value;
    const { number, mergedAt } = pullRequest;
    if (!isGone)
      yield {
        kind: 'pull-request',
        id: pullRequestKey(repository, number),
        repository,
        at: mergedAt,
        pullRequest,
        title,
      };
  }
}
