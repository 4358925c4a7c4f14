import type { ShippedPullRequest } from '../domain/dataset.ts';
import type { AssessedDeployment } from '../domain/deployment.ts';
import { instantOrNull, type RowOf } from './dataset-rows.ts';

/** Above it a number of a pull request is no count of anything. */
const MOST_LISTED = 1 << 22;

/** The pull requests of the changes, each once, in the order in which they are met. */
export class PullRequestTable {
  readonly all: ShippedPullRequest[] = [];
  /** At the position of each deployment: its repository. */
  readonly #repositories: readonly { readonly name: string; readonly known: NumberIndex }[];

  constructor(deployments: readonly AssessedDeployment[]) {
    const byName = new Map<string, { readonly name: string; readonly known: NumberIndex }>();
    // an index has some kilobytes: one for each repository, not for each of its deployments
    this.#repositories = deployments.map(({ repository: name }) => {
      const repository = byName.get(name) ?? { name, known: new NumberIndex() };
      byName.set(name, repository);
      return repository;
    });
  }

  /** Position in `all` of the pull request of a change; -1 where it has none, or where its deployment is not known. */
  positionOf(row: RowOf<'changes'>, deployment: number): number {
    const repository = this.#repositories[deployment];
    if (repository === undefined || row.isEmpty('pull_request')) return -1;
    const number = row.number('pull_request');
    const known = repository.known.get(number);
    if (known >= 0) return known;
    repository.known.set(number, this.all.length);
    const openedAt = instantOrNull(row, 'opened_at');
    const firstReviewAt = instantOrNull(row, 'first_review_at');
    const mergedAt = instantOrNull(row, 'merged_at');
    return this.all.push({ repository: repository.name, number, openedAt, firstReviewAt, mergedAt }) - 1;
  }
}

/** Where each number is, -1 for none. Those of pull requests lie close together: a list costs a tenth of a map. */
class NumberIndex {
  #small = new Int32Array(1024);
  readonly #large = new Map<number, number>();

  get(number: number): number {
    return number < MOST_LISTED ? (this.#small[number] ?? 0) - 1 : (this.#large.get(number) ?? -1);
  }

  set(number: number, position: number): void {
    if (number >= MOST_LISTED) {
      this.#large.set(number, position);
      return;
    }
    if (number >= this.#small.length) {
      const grown = new Int32Array(2 * number);
      grown.set(this.#small);
      this.#small = grown;
    }
    this.#small[number] = position + 1;
  }
}
