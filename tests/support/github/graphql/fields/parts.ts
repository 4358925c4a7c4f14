import type { Commit } from '../../model/commit.ts';

/** What GraphQL makes an object of and the model does not. */

export class Ref {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export class Label {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export class PullRequestCommit {
  readonly commit: Commit;

  constructor(commit: Commit) {
    this.commit = commit;
  }
}

/** Who wrote a commit: a name and an address, and an account if GitHub knows one. */
export class GitActor {
  readonly commit: Commit;

  constructor(commit: Commit) {
    this.commit = commit;
  }
}

/** Of the parents only their number is known. */
export class Parents {
  readonly totalCount: number;

  constructor(commit: Commit) {
    this.totalCount = commit.parents;
  }
}
