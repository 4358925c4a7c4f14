import { epochMs, isoInstant, SECOND } from '../../../src/domain/units.ts';
import type { Look } from './looks.ts';
import {
  HYDRATED,
  sourcesOf,
  type Health,
  type ModelOptions,
  type ModelSource,
  type Wish,
} from './model-types.ts';

interface Operation {
  phase: string;
  message?: string;
  startedAt: string;
  finishedAt?: string;
  retryCount?: number;
  operation: object;
  syncResult?: object;
}

interface Entry {
  readonly id: number;
}

/**
 * A small Argo CD with one application, which shows the document after everything that would write it.
 *
 * What it obeys is what decides: a sync writes its entry before it is called a success, and that before health is looked at again; a
 * failed attempt with retries left goes on running; the next operation wipes the last one; the history keeps the newest entries only.
 */
export class ArgoModel {
  readonly looks: Look[] = [];
  readonly #options: ModelOptions;
  #now: number;
  #sources: readonly ModelSource[];
  #wanted: readonly string[] = [];
  #live: string | null = null;
  #images: readonly string[] = [];
  #operation: object | null = null;
  /** What the operation began with: what is wanted meanwhile is for the next one. */
  #begun: Required<Pick<Wish, 'revisions' | 'sources'>> = { revisions: [], sources: [] };
  #state: Operation | null = null;
  #history: Entry[] = [];
  #sync = 'OutOfSync';
  #health: Health = 'Missing';
  #since: string;
  #reconciledAt: string | null = null;
  #deletedAt: string | null = null;
  #hydrator: object | null = null;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#now = Date.parse(options.at);
    this.#since = this.#iso();
    this.#sources = options.sources;
    this.show();
  }

  get isRunning(): boolean {
    return this.#operation !== null;
  }

  /** Goes on to an instant, or by a number of seconds. */
  at(when: string | number): this {
    const now = typeof when === 'number' ? this.#now + when * SECOND : Date.parse(when);
    if (!(now >= this.#now)) throw new RangeError(`time goes on: ${String(when)}`);
    this.#now = now;
    return this;
  }

  /** Somebody looks although nothing was written. */
  show(): this {
    this.looks.push({ seenAt: epochMs(this.#now), document: structuredClone(this.document()) });
    return this;
  }

  /** Something else is wanted: a commit landed, or the sources were edited. */
  want(revisions: readonly string[], sources = this.#sources): this {
    this.#wanted = revisions;
    this.#sources = sources;
    return this.reconcile();
  }

  /** Argo CD compares with the newest commit again. */
  reconcile(): this {
    this.#reconciledAt = this.#iso();
    this.#sync = this.#live === this.#content(this.#wanted, this.#sources) ? 'Synced' : 'OutOfSync';
    return this.show();
  }

  /** The commit that is wanted now changes nothing of what is live: another application's in the same repository. */
  elsewhere(revision: string): this {
    this.#wanted = [revision];
    if (this.#live !== null) this.#live = this.#content(this.#wanted, this.#sources);
    return this.reconcile();
  }

  /** The health changes, which writes no comparison. */
  becomes(health: Health): this {
    this.#setHealth(health);
    return this.show();
  }

  /** The repository cannot be read: nothing is known, and the wish is the name of a branch. */
  outage(): this {
    this.#sync = 'Unknown';
    this.#wanted = ['main'];
    this.#setHealth('Unknown');
    return this.show();
  }

  wipe(): this {
    this.#live = null;
    this.#setHealth('Missing');
    return this.reconcile();
  }

  hydrated(drySHA: string, hydratedSHA: string): this {
    const done = { drySHA, hydratedSHA };
    this.#hydrator = { currentOperation: { ...done, phase: 'Hydrated' }, lastSuccessfulOperation: done };
    return this.want([hydratedSHA]);
  }

  delete(): this {
    this.#deletedAt = this.#iso();
    return this.show();
  }

  /** An operation from its request to its success. */
  sync(wish: Wish = {}): this {
    this.#begin(wish);
    this.#run(wish);
    return wish.isUnfinished === true ? this : this.#succeed(wish);
  }

  rollback(wish: Required<Pick<Wish, 'revisions' | 'sources'>> & Wish): this {
    return this.sync({ by: 'somebody', ...wish });
  }

  /** The attempt that runs fails: with retries left it goes on running. */
  failAttempt(message: string, phase: 'Failed' | 'Error' = 'Failed'): this {
    const state = this.#current();
    const limit = this.#options.retryLimit ?? 5;
    const count = state.retryCount ?? 0;
    state.finishedAt = this.#iso();
    if (limit < 0 || count < limit) {
      state.retryCount = count + 1;
      state.message = `${message}. Retrying attempt #${count + 1} at 10:16AM.`;
    } else {
      state.phase = phase;
      state.message = message;
      this.#operation = null;
    }
    return this.show();
  }

  /** The next attempt begins: what is known of the one before is gone. */
  retry(): this {
    const state = this.#current();
    delete state.finishedAt;
    delete state.syncResult;
    return this.show();
  }

  /** Succeeds with what it began with. */
  finish(wish: Wish = {}): this {
    this.#run(wish);
    return this.#succeed(wish);
  }

  terminate(): this {
    const state = this.#current();
    state.phase = 'Terminating';
    this.show();
    this.at(1);
    state.phase = 'Failed';
    state.message = 'Operation terminated';
    state.finishedAt = this.#iso();
    this.#operation = null;
    return this.show();
  }

  document(): Record<string, unknown> {
    const { uid, name, cluster, historyLimit, isOld, hydrates, generatePaths } = this.#options;
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: {
        name,
        namespace: 'argocd',
        uid,
        creationTimestamp: this.#options.at,
        ...(this.#deletedAt === null ? {} : { deletionTimestamp: this.#deletedAt }),
        labels: { 'app.kubernetes.io/name': name },
        annotations:
          generatePaths === undefined ? {} : { 'argocd.argoproj.io/manifest-generate-paths': generatePaths },
        ownerReferences: [{ kind: 'ApplicationSet', name: 'shops' }],
      },
      ...(this.#operation === null ? {} : { operation: this.#operation }),
      spec: {
        project: '',
        destination: { server: cluster ?? 'https://eu1.example:6443', namespace: name },
        ...(hydrates === true ? HYDRATED : sourcesOf(this.#sources)),
        ...(historyLimit === undefined ? {} : { revisionHistoryLimit: historyLimit }),
      },
      status: {
        sync: { status: this.#sync, ...this.#revised(this.#wanted) },
        health: { status: this.#health, ...(isOld === true ? {} : { lastTransitionTime: this.#since }) },
        ...(this.#history.length === 0 ? {} : { history: this.#history }),
        ...(this.#state === null ? {} : { operationState: this.#state }),
        ...(this.#reconciledAt === null ? {} : { reconciledAt: this.#reconciledAt }),
        ...(this.#hydrator === null ? {} : { sourceHydrator: this.#hydrator }),
        summary: this.#images.length === 0 ? {} : { images: this.#images },
      },
    };
  }

  #begin({ revisions = this.#wanted, sources = this.#sources, by, isPartial, isDryRun }: Wish): void {
    const sync = {
      ...this.#revised(revisions),
      ...sourcesOf(sources),
      ...(isDryRun === true ? { dryRun: true } : {}),
      ...(isPartial === true ? { resources: [{ kind: 'Service', name: 'web' }] } : {}),
    };
    const initiatedBy = by === undefined ? { automated: true } : { username: by };
    this.#begun = { revisions, sources };
    this.#operation = { sync, initiatedBy, retry: { limit: this.#options.retryLimit ?? 5 } };
    this.#state = null;
    this.show();
    this.#state = { phase: 'Running', startedAt: this.#iso(), operation: this.#operation };
    this.show();
  }

  #run({ images = [], takes = 30 }: Wish): void {
    const { revisions, sources } = this.#begun;
    this.at(takes);
    const applied = this.#options.isOld === true ? {} : { images };
    this.#current().syncResult = {
      ...this.#revised(revisions),
      ...sourcesOf(sources),
      resources: [{ kind: 'Deployment', name: 'web', ...applied }],
    };
  }

  #succeed(wish: Wish): this {
    const { by, then = this.#health } = wish;
    const { revisions, sources } = this.#begun;
    const state = this.#current();
    if (wish.isPartial !== true && wish.isDryRun !== true) {
      const id = this.#history.at(-1)?.id;
      const entry = {
        id: id === undefined ? 0 : id + 1,
        ...this.#revised(revisions),
        ...sourcesOf(sources),
        deployStartedAt: state.startedAt,
        deployedAt: this.#iso(),
        initiatedBy: by === undefined ? { automated: true } : { username: by },
      };
      const limit = this.#options.historyLimit ?? 10;
      this.#history = limit === 0 ? [] : [...this.#history, entry].slice(-limit);
      this.#live = this.#content(revisions, sources);
      this.show();
    }
    state.phase = 'Succeeded';
    state.message = 'successfully synced (all tasks run)';
    state.finishedAt = this.#iso();
    this.#operation = null;
    this.show();
    this.at(1);
    this.#images = wish.images ?? this.#images;
    this.#setHealth(then);
    return this.reconcile();
  }

  #current(): Operation {
    if (this.#state === null) throw new RangeError('no operation runs');
    return this.#state;
  }

  #setHealth(health: Health): void {
    if (health === this.#health) return;
    this.#health = health;
    this.#since = this.#iso();
  }

  #iso(): string {
    return isoInstant(Math.floor(this.#now / SECOND) * SECOND);
  }

  #revised(revisions: readonly string[]): object {
    return this.#sources.length > 1 ? { revisions } : { revision: revisions[0] };
  }

  #content(revisions: readonly string[], sources: readonly ModelSource[]): string {
    return JSON.stringify([revisions, sources]);
  }
}
