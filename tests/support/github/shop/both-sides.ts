import type { HistoryBuilder } from '../../../../fixtures/history/history-builder.ts';
import type { Commit } from '../model/commit.ts';
import type { Repository } from '../model/repository.ts';
import { person, WEB_FLOW } from './people.ts';
import type { Files } from './options.ts';

/** A commit that is made. Moments are epoch seconds, people are logins. */
interface CommitDraft {
  readonly branch: string;
  readonly at: number;
  readonly author: string;
  readonly message: string;
  readonly files?: Files;
  /** Default: the author; `web` for what is done on GitHub's pages. */
  readonly committer?: string;
  /** Default: `at`. */
  readonly committedAt?: number;
}

/** A git repository and what GitHub knows of it: a commit is made in the one and told to the other. */
export class BothSides {
  readonly history: HistoryBuilder;
  readonly repository: Repository;
  #commits = 0;

  constructor(history: HistoryBuilder, repository: Repository) {
    this.history = history;
    this.repository = repository;
  }

  async commit(draft: CommitDraft): Promise<Commit> {
    const sha = await this.history.commit(signed(draft));
    this.#commits += 1;
    return this.#know(sha, draft, this.#commits === 1 ? 0 : 1);
  }

  async merge(draft: CommitDraft & { readonly from: string }): Promise<Commit> {
    const sha = await this.history.merge({ ...signed(draft), from: draft.from });
    return this.#know(sha, draft, 2);
  }

  /** What a branch, a tag or a sha stands for. Throws `RangeError` when GitHub was not told of it. */
  find(name: string): Commit {
    const commit = this.repository.commit(this.history.sha(name));
    if (commit === null) throw new RangeError(`GitHub does not know ${name}: the shop did not make it`);
    return commit;
  }

  #know(sha: string, { at, author, message, committedAt = at }: CommitDraft, parents: number): Commit {
    const { name: authorName, email: authorEmail } = person(author);
    return this.repository.addCommit({
      oid: sha,
      authoredAt: at,
      committedAt,
      message,
      parents,
      author,
      authorName,
      authorEmail,
    });
  }
}

/** The draft as a builder of histories takes it. */
function signed({ author, committer = author, committedAt, files, branch, at, message }: CommitDraft) {
  return {
    branch,
    at,
    message,
    author: person(author),
    committer: committer === 'web' ? WEB_FLOW : person(committer),
    committedAt: committedAt ?? at,
    ...(files === undefined ? {} : { files }),
  };
}
