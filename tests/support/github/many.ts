import { Random } from '../../../fixtures/history/random.ts';
import { Commit, inventedOid } from './model/commit.ts';
import { Actor } from './model/people.ts';
import type { Repository } from './model/repository.ts';
import type { GitHubWorld } from './world.ts';

const HOUR = 3600;
const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'].map((login) => new Actor(login));
const LABELS = ['feature', 'bug', 'docs', 'chore'];

export interface ManyOptions {
  /** Default `acme/big`. */
  readonly name?: string;
  readonly seed?: number;
  /** When the first one is merged, epoch seconds; default 2024-01-01. */
  readonly start?: number;
  /** Between two merges, in seconds; default twenty minutes. */
  readonly every?: number;
}

/** A repository with so many merged pull requests of two to four commits each. There is no git repository to it. */
export function manyPullRequests(world: GitHubWorld, count: number, options: ManyOptions = {}): Repository {
  const { name = 'acme/big', seed = 1, start = Date.UTC(2024, 0, 1) / 1000, every = HOUR / 3 } = options;
  const repository = world.addRepository(name);
  const random = new Random(seed);
  for (let index = 0; index < count; index += 1) {
    addPullRequest(repository, random, start + index * every);
  }
  return repository;
}

function addPullRequest(repository: Repository, random: Random, mergedAt: number): void {
  const number = repository.nextNumber;
  const author = random.pick(PEOPLE);
  const begin = mergedAt - random.int(4, 72) * HOUR;
  const commits = Array.from({ length: random.int(2, 4) }, (_, step) =>
    commit(`${repository.nameWithOwner} ${number} ${step}`, begin + step * HOUR, author),
  );
  const openedAt = begin + 2 * HOUR;
  const labels = [random.pick(LABELS)];
  const title = `Change ${number}`;
  const head = `change-${number}`;
  const request = repository.openPullRequest({ title, at: openedAt, author, head, commits, labels });
  const reviewer = random.pick(PEOPLE);
  if (reviewer !== author) request.review(reviewer, openedAt + random.int(1, HOUR));
  request.merge(mergedAt, commit(`${repository.nameWithOwner} ${number}`, mergedAt, author));
}

function commit(seed: string, authoredAt: number, author: Actor): Commit {
  return new Commit({ oid: inventedOid(seed), authoredAt, author, message: seed });
}
