import { git } from '../../../fixtures/history/git.ts';
import { buildHistory, type HistoryBuilder } from '../../../fixtures/history/history-builder.ts';
import type { Deployment } from './model/deployment.ts';
import type { Issue } from './model/issue.ts';
import type { Release } from './model/release.ts';
import type { Repository } from './model/repository.ts';
import type { WorkflowRun } from './model/workflow.ts';
import { BothSides } from './shop/both-sides.ts';
import type {
  CommitOptions,
  DeployOptions,
  IncidentOptions,
  Landed,
  PullRequestOptions,
  ReleaseOptions,
  RunOptions,
} from './shop/options.ts';
import { pullRequest } from './shop/pull-request.ts';
import { GitHubWorld } from './world.ts';

const STARTED_AFTER = 2;
const TEN_MINUTES = 600;
const OUTCOMES = { success: 'SUCCESS', failure: 'FAILURE', error: 'ERROR' } as const;

export interface ShopOptions {
  /** Where the git repository is made: a folder that is empty or does not exist. */
  readonly directory: string;
  /** Default `acme/shop`. */
  readonly name?: string;
  /** Default: a world of its own. */
  readonly world?: GitHubWorld;
  readonly isPrivate?: boolean;
}

export interface Shop<Made> {
  readonly world: GitHubWorld;
  readonly repository: Repository;
  /** What `describe` gave. */
  readonly made: Made;
}

/** Makes a git repository and what GitHub knows of it, as `describe` says. Both agree about every sha. */
export async function buildShop<Made>(
  options: ShopOptions,
  describe: (shop: ShopBuilder) => Promise<Made>,
): Promise<Shop<Made>> {
  const { directory, name = 'acme/shop', world = new GitHubWorld(), isPrivate = false } = options;
  const repository = world.addRepository(name, { isPrivate });
  const results: { readonly made: Made }[] = [];
  await buildHistory({ directory }, async (history) => {
    results.push({ made: await describe(new ShopBuilder(history, repository)) });
  });
  // What no branch and no tag holds any more is gone, as it is after a while where people work.
  await git(directory, ['repack', '-a', '-d', '-q']);
  const [result] = results;
  if (result === undefined) throw new Error('the shop was not described');
  return { world, repository, ...result };
}

/** A git repository together with its GitHub, step by step. Get one from `buildShop`. */
export class ShopBuilder {
  /** For what git has and this has not. GitHub does not know the commits that are made there. */
  readonly history: HistoryBuilder;
  readonly repository: Repository;
  readonly #sides: BothSides;
  readonly #tags = new Set<string>();

  constructor(history: HistoryBuilder, repository: Repository) {
    this.history = history;
    this.repository = repository;
    this.#sides = new BothSides(history, repository);
  }

  /** Pushes a commit without a pull request, and gives its sha. */
  async commit(options: CommitOptions & { readonly branch?: string }): Promise<string> {
    const { branch = 'main', at, author = 'alice', message = 'a change' } = options;
    const files = options.files ?? { [`direct-${at}.txt`]: `${at}\n` };
    return (await this.#sides.commit({ branch, at, author, message, files })).oid;
  }

  async pullRequest(options: PullRequestOptions): Promise<Landed> {
    return await pullRequest(this.#sides, options);
  }

  /** A tag that nobody makes a release of, or not yet. */
  async tag(options: Parameters<HistoryBuilder['tag']>[0]): Promise<void> {
    this.#tags.add(options.name);
    await this.history.tag(options);
  }

  /** Publishes a release. If there is no such tag GitHub makes one, lightweight; a draft does without. */
  async release({ target = 'main', ...facts }: ReleaseOptions): Promise<Release> {
    const { tag, draft = false } = facts;
    if (!this.#tags.has(tag) && !draft) await this.tag({ name: tag, target, annotated: false });
    return this.repository.release({ ...facts, commit: this.#tags.has(tag) ? this.#sides.find(tag) : null });
  }

  deploy(options: DeployOptions): Deployment {
    const { at, target = 'main', environment = 'production', outcome = 'success' } = options;
    const { oid } = this.#sides.find(target);
    const deployment = this.repository.deploy({ oid, at, environment, ref: oid === target ? null : target });
    if (outcome === 'pending') return deployment;
    this.repository.setStatus(deployment, { state: 'IN_PROGRESS', at: at + STARTED_AFTER });
    if (outcome === 'in_progress') return deployment;
    const finishedAt = options.finishedAt ?? at + TEN_MINUTES;
    this.repository.setStatus(deployment, { state: OUTCOMES[outcome], at: finishedAt });
    return deployment;
  }

  incident({ title, at, closedAt, reason, labels = ['incident'], body = '' }: IncidentOptions): Issue {
    const issue = this.repository.openIssue({ title, at, labels, body });
    if (closedAt !== undefined) issue.close(closedAt, reason);
    return issue;
  }

  workflowRun(options: RunOptions): WorkflowRun {
    const { at, file = 'deploy.yml', target = 'main', event = 'push', seconds = TEN_MINUTES } = options;
    const { oid, committedAt, headline } = this.#sides.find(target);
    const run = this.repository.startRun(file, { at, sha: oid, event, committedAt, title: headline });
    for (const [index, conclusion] of (options.conclusions ?? ['success']).entries()) {
      const begin = at + 2 * index * seconds;
      if (index > 0) run.rerun(begin);
      if (conclusion !== null) run.finish(begin + seconds, conclusion);
    }
    return run;
  }
}
