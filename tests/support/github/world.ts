import { Ids } from './model/ids.ts';
import { Repository, type RepositoryFacts } from './model/repository.ts';

/** Everything that a GitHub knows: its repositories. Change it as people would; a server answers from what it is now. */
export class GitHubWorld {
  readonly #ids = new Ids();
  readonly #repositories = new Set<Repository>();
  /** Repositories by every name they ever had, in lower case. */
  readonly #names = new Map<string, Repository>();

  /** Makes a repository called `owner/name`. */
  addRepository(nameWithOwner: string, facts: RepositoryFacts = {}): Repository {
    if (!/^[\w-]+\/[\w.-]+$/u.test(nameWithOwner)) throw new RangeError(`not owner/name: ${nameWithOwner}`);
    const repository = new Repository(nameWithOwner, this.#ids, facts);
    this.#repositories.add(repository);
    this.#names.set(nameWithOwner.toLowerCase(), repository);
    return repository;
  }

  /** Renames a repository, or gives it to another owner. It is still found by its old names. */
  rename(repository: Repository, nameWithOwner: string): void {
    repository.nameWithOwner = nameWithOwner;
    this.#names.set(nameWithOwner.toLowerCase(), repository);
  }

  /** Deletes a repository: nobody finds it by any name. */
  deleteRepository(repository: Repository): void {
    this.#repositories.delete(repository);
    for (const [name, named] of this.#names) if (named === repository) this.#names.delete(name);
  }

  /** By a name of now or of before, in whatever case. */
  find(nameWithOwner: string): Repository | undefined {
    return this.#names.get(nameWithOwner.toLowerCase());
  }

  byDatabaseId(id: number): Repository | undefined {
    for (const repository of this.#repositories) if (repository.databaseId === id) return repository;
    return undefined;
  }

  [Symbol.iterator](): IterableIterator<Repository> {
    return this.#repositories.values();
  }
}
