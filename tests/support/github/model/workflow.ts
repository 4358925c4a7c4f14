import { Item, type Place } from './collection.ts';
import { whoIs, type Actor, type Who } from './people.ts';

export type RunStatus = 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending';
export type RunConclusion =
  | 'success'
  | 'failure'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'neutral'
  | 'stale'
  | 'action_required'
  | 'startup_failure';

/** A workflow: a file below `.github/workflows`. */
export class Workflow {
  readonly id: number;
  readonly nodeId: string;
  /** The file's name, for instance `deploy.yml`. */
  readonly file: string;
  readonly name: string;
  readonly createdAt: number;

  constructor(place: Pick<Place, 'id' | 'databaseId'>, file: string, name: string, createdAt: number) {
    this.id = place.databaseId;
    this.nodeId = place.id;
    this.file = file;
    this.name = name;
    this.createdAt = createdAt;
  }
}

export interface RunFacts {
  /** Epoch seconds. */
  readonly at: number;
  readonly sha: string;
  /** Default `main`. */
  readonly branch?: string | null;
  /** Default `push`. */
  readonly event?: string;
  /** What started it; default `alice`. */
  readonly actor?: Who;
  readonly title?: string;
  /** The date of the commit; default: `at`. */
  readonly committedAt?: number;
}

/** One try of a run. */
export class Attempt {
  readonly number: number;
  readonly startedAt: number;
  readonly actor: Actor | null;
  status: RunStatus = 'in_progress';
  conclusion: RunConclusion | null = null;
  updatedAt: number;

  constructor(number: number, startedAt: number, actor: Actor | null) {
    this.number = number;
    this.startedAt = startedAt;
    this.actor = actor;
    this.updatedAt = startedAt;
  }
}

/** A run of a workflow. Running it again keeps its id, its sha and its `createdAt`. */
export class WorkflowRun extends Item {
  readonly workflow: Workflow;
  readonly runNumber: number;
  readonly sha: string;
  readonly branch: string | null;
  readonly event: string;
  readonly actor: Actor | null;
  readonly title: string;
  readonly committedAt: number;
  readonly attempts: Attempt[] = [];

  constructor(place: Place, workflow: Workflow, runNumber: number, facts: RunFacts) {
    super(place, facts.at);
    this.workflow = workflow;
    this.runNumber = runNumber;
    this.sha = facts.sha;
    this.branch = facts.branch === undefined ? 'main' : facts.branch;
    this.event = facts.event ?? 'push';
    this.actor = whoIs(facts.actor === undefined ? 'alice' : facts.actor);
    this.title = facts.title ?? `run ${runNumber}`;
    this.committedAt = facts.committedAt ?? facts.at;
    this.attempts.push(new Attempt(1, facts.at, this.actor));
  }

  /** The newest one. */
  get attempt(): Attempt {
    const attempt = this.attempts.at(-1);
    if (attempt === undefined) throw new RangeError('a run without an attempt');
    return attempt;
  }

  /** Ends the newest attempt. */
  finish(at: number, conclusion: RunConclusion): void {
    const { attempt } = this;
    attempt.status = 'completed';
    attempt.conclusion = conclusion;
    this.#moved(at);
  }

  /** It waits, for instance for somebody's approval. */
  hold(at: number, status: Exclude<RunStatus, 'completed'>): void {
    this.attempt.status = status;
    this.#moved(at);
  }

  /** Runs it again. */
  rerun(at: number, actor: Who = this.actor): void {
    if (this.attempt.status !== 'completed') throw new RangeError(`run ${this.databaseId} is not over`);
    this.attempts.push(new Attempt(this.attempts.length + 1, at, whoIs(actor)));
    this.touch(at);
  }

  #moved(at: number): void {
    this.attempt.updatedAt = Math.max(this.attempt.updatedAt, at);
    this.touch(at);
  }
}
