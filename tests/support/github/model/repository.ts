import { Collection } from './collection.ts';
import { Commit, type CommitFacts } from './commit.ts';
import { Deployment, type DeploymentFacts, type StatusFacts } from './deployment.ts';
import { globalId, repositoryGlobalId, type Ids } from './ids.ts';
import { Issue, type IssueFacts } from './issue.ts';
import { PullRequest, type PullRequestFacts } from './pull-request.ts';
import { Release, type ReleaseFacts } from './release.ts';
import { Workflow, WorkflowRun, type RunFacts } from './workflow.ts';

export interface RepositoryFacts {
  readonly isPrivate?: boolean;
  readonly isFork?: boolean;
  readonly isArchived?: boolean;
  /** Default `main`; `null` for a repository that is empty. */
  readonly defaultBranch?: string | null;
}

/** A repository on GitHub, and what people do in it. Moments are epoch seconds. */
export class Repository {
  readonly id: string;
  readonly databaseId: number;
  readonly isPrivate: boolean;
  readonly isFork: boolean;
  readonly isArchived: boolean;
  readonly defaultBranch: string | null;
  readonly pullRequests: Collection<PullRequest>;
  readonly releases: Collection<Release>;
  readonly deployments: Collection<Deployment>;
  readonly issues: Collection<Issue>;
  readonly runs: Collection<WorkflowRun>;
  readonly workflows = new Map<string, Workflow>();
  /** `owner/name`; `GitHubWorld.rename` changes it. */
  nameWithOwner: string;
  readonly #ids: Ids;
  readonly #commits = new Map<string, Commit>();
  readonly #runNumbers = new Map<Workflow, number>();
  #lastNumber = 0;

  constructor(nameWithOwner: string, ids: Ids, facts: RepositoryFacts = {}) {
    this.nameWithOwner = nameWithOwner;
    this.databaseId = ids.next();
    this.id = repositoryGlobalId(this.databaseId);
    this.isPrivate = facts.isPrivate ?? false;
    this.isFork = facts.isFork ?? false;
    this.isArchived = facts.isArchived ?? false;
    this.defaultBranch = facts.defaultBranch === undefined ? 'main' : facts.defaultBranch;
    this.#ids = ids;
    this.pullRequests = new Collection('PR', this, ids);
    this.releases = new Collection('RE', this, ids);
    this.deployments = new Collection('DE', this, ids);
    this.issues = new Collection('I', this, ids);
    this.runs = new Collection('WFR', this, ids);
  }

  get url(): string {
    return `https://github.com/${this.nameWithOwner}`;
  }

  /** The number that the next issue or pull request gets. */
  get nextNumber(): number {
    return this.#lastNumber + 1;
  }

  /** Makes a commit known, so that deployments and releases may name it by its sha. */
  addCommit(facts: CommitFacts): Commit {
    const commit = new Commit(facts);
    this.#commits.set(commit.oid, commit);
    return commit;
  }

  commit(oid: string): Commit | null {
    return this.#commits.get(oid) ?? null;
  }

  openPullRequest(facts: PullRequestFacts): PullRequest {
    const number = this.#takeNumber();
    return this.pullRequests.add((place) => new PullRequest(place, number, facts));
  }

  openIssue(facts: IssueFacts): Issue {
    const number = this.#takeNumber();
    return this.issues.add((place) => new Issue(place, number, facts));
  }

  /** Makes a release; of a commit that was made known it is enough to give the sha. */
  release(facts: Omit<ReleaseFacts, 'commit'> & { readonly commit: Commit | string | null }): Release {
    const commit = typeof facts.commit === 'string' ? this.commit(facts.commit) : facts.commit;
    return this.releases.add((place) => new Release(place, { ...facts, commit }));
  }

  deleteRelease(release: Release): void {
    this.releases.delete(release);
  }

  /** The release that GitHub shows as the latest: neither a draft nor a prerelease. */
  latestRelease(): Release | undefined {
    const candidates = this.releases.by('CREATED_AT').ascending();
    return candidates.findLast((release) => !release.isDraft && !release.isPrerelease);
  }

  deploy(facts: Omit<DeploymentFacts, 'commit'>): Deployment {
    const commit = this.commit(facts.oid);
    return this.deployments.add((place) => new Deployment(place, { ...facts, commit }));
  }

  /** Adds a status to a deployment. A success makes older ones in the same environment inactive. */
  setStatus(deployment: Deployment, facts: StatusFacts): void {
    deployment.addStatus(facts);
    if (facts.state !== 'SUCCESS') return;
    for (const other of this.deployments) {
      const isReplaced = other !== deployment && other.environment === deployment.environment;
      if (isReplaced && other.state === 'ACTIVE') other.addStatus({ state: 'INACTIVE', at: facts.at });
    }
  }

  addWorkflow(file: string, name = file.replace(/\.ya?ml$/u, ''), at = 0): Workflow {
    const databaseId = this.#ids.next();
    const id = globalId('W', this.databaseId, databaseId);
    const workflow = new Workflow({ id, databaseId }, file, name, at);
    this.workflows.set(file, workflow);
    return workflow;
  }

  /** Starts a run; the workflow is made when nobody has made it. */
  startRun(file: string, facts: RunFacts): WorkflowRun {
    const workflow = this.workflows.get(file) ?? this.addWorkflow(file);
    const number = (this.#runNumbers.get(workflow) ?? 0) + 1;
    this.#runNumbers.set(workflow, number);
    return this.runs.add((place) => new WorkflowRun(place, workflow, number, facts));
  }

  #takeNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }
}
