import { Item, type Place } from './collection.ts';
import type { Commit } from './commit.ts';
import { whoIs, type Actor, type Who } from './people.ts';

export type StatusState =
  'ERROR' | 'FAILURE' | 'INACTIVE' | 'IN_PROGRESS' | 'PENDING' | 'QUEUED' | 'SUCCESS' | 'WAITING';
export type DeploymentState = StatusState | 'ACTIVE';

export interface StatusFacts {
  readonly state: StatusState;
  /** Epoch seconds. */
  readonly at: number;
  readonly description?: string;
  readonly logUrl?: string;
  /** Another environment than the deployment's own. */
  readonly environment?: string;
}

export class DeploymentStatus {
  readonly state: StatusState;
  readonly at: number;
  readonly description: string;
  readonly logUrl: string | null;
  readonly environment: string;

  constructor(facts: StatusFacts, environment: string) {
    this.state = facts.state;
    this.at = facts.at;
    this.description = facts.description ?? '';
    this.logUrl = facts.logUrl ?? null;
    this.environment = facts.environment ?? environment;
  }
}

export interface DeploymentFacts {
  readonly oid: string;
  /** Epoch seconds. */
  readonly at: number;
  /** Default `production`. */
  readonly environment?: string;
  /** `null` when GitHub does not have the commit any more. */
  readonly commit: Commit | null;
  /** The branch or tag; default `main`, `null` when it was deployed by its sha. */
  readonly ref?: string | null;
  /** Default `deploy`. */
  readonly task?: string;
  readonly payload?: string;
  /** Default the app of GitHub Actions. */
  readonly creator?: Who;
}

export class Deployment extends Item {
  readonly oid: string;
  readonly commit: Commit | null;
  readonly ref: string | null;
  readonly task: string;
  readonly payload: string;
  readonly originalEnvironment: string;
  readonly creator: Actor | null;
  readonly #statuses: DeploymentStatus[] = [];

  constructor(place: Place, facts: DeploymentFacts) {
    super(place, facts.at);
    this.oid = facts.oid;
    this.commit = facts.commit;
    this.ref = facts.ref === undefined ? 'main' : facts.ref;
    this.task = facts.task ?? 'deploy';
    this.payload = facts.payload ?? '{}';
    this.originalEnvironment = facts.environment ?? 'production';
    this.creator = whoIs(facts.creator === undefined ? 'github-actions[bot]' : facts.creator);
  }

  /** Where the newest status says it is, or where it was meant to be. */
  get environment(): string {
    return this.#statuses.at(-1)?.environment ?? this.originalEnvironment;
  }

  /** Newest first, as GitHub lists them. */
  get statuses(): readonly DeploymentStatus[] {
    return this.#statuses.toReversed();
  }

  get state(): DeploymentState {
    const state = this.#statuses.at(-1)?.state ?? 'PENDING';
    return state === 'SUCCESS' ? 'ACTIVE' : state;
  }

  /** Adds a status here and nowhere else; `Repository.setStatus` also takes the place of what was there before. */
  addStatus(facts: StatusFacts): void {
    this.#statuses.push(new DeploymentStatus(facts, this.environment));
    this.touch(facts.at);
  }
}
