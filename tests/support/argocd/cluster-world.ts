import { randomUUID } from 'node:crypto';

/** An Application as far as a cluster looks into it; anything else may be in it as well. */
export interface ApplicationDocument {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [more: string]: unknown;
  };
  readonly [more: string]: unknown;
}

/** One as it is stored. */
export interface Stored {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly version: number;
  /** As JSON; made when it is asked for, so that a cluster of a gigabyte takes none. */
  text(): string;
}

export interface ClusterEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly stored: Stored;
  readonly version: number;
}

/** The Applications of a cluster, with a version that counts every change. */
export class ClusterWorld {
  readonly #stored = new Map<string, Stored>();
  readonly #uids = new Map<string, string>();
  readonly #listeners = new Set<(event: ClusterEvent) => void>();
  #events: ClusterEvent[] = [];
  #snapshots = new Map<number, readonly Stored[]>();
  #version = 1000;
  /** Nothing older than this is known any more. */
  #oldest = 1000;

  get version(): number {
    return this.#version;
  }

  get oldest(): number {
    return this.#oldest;
  }

  /** Adds one or replaces it; gives it as it is listed from then on. */
  put(document: ApplicationDocument): unknown {
    const { name, namespace, labels = {} } = document.metadata;
    const key = `${namespace}/${name}`;
    const uid = this.#uids.get(key) ?? randomUUID();
    this.#uids.set(key, uid);
    const whole = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      ...document,
      metadata: { ...document.metadata, uid, resourceVersion: String(this.#version + 1) },
    };
    this.putText({ namespace, name, labels, text: () => JSON.stringify(whole) });
    return whole;
  }

  /** The same for one whose JSON is made elsewhere. */
  putText(given: Omit<Stored, 'version'>): void {
    this.#version += 1;
    const key = `${given.namespace}/${given.name}`;
    const type = this.#stored.has(key) ? 'MODIFIED' : 'ADDED';
    const stored = { ...given, version: this.#version };
    this.#stored.set(key, stored);
    this.#tell({ type, stored, version: this.#version });
  }

  remove(namespace: string, name: string): void {
    const stored = this.#stored.get(`${namespace}/${name}`);
    if (stored === undefined) throw new Error(`there is no ${namespace}/${name}`);
    this.#version += 1;
    this.#stored.delete(`${namespace}/${name}`);
    this.#uids.delete(`${namespace}/${name}`);
    this.#tell({ type: 'DELETED', stored, version: this.#version });
  }

  get(namespace: string, name: string): Stored | undefined {
    return this.#stored.get(`${namespace}/${name}`);
  }

  /** All of them as they were at `version`, in the order of their keys; `null` where that is no longer known. */
  at(version: number): readonly Stored[] | null {
    if (version !== this.#version) return this.#snapshots.get(version) ?? null;
    const known = this.#snapshots.get(version);
    if (known !== undefined) return known;
    const all = [...this.#stored].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, stored]) => stored);
    this.#snapshots.set(version, all);
    return all;
  }

  /** What happened after `version`; `null` where that is no longer known. */
  after(version: number): readonly ClusterEvent[] | null {
    return version < this.#oldest ? null : this.#events.filter((event) => event.version > version);
  }

  /** Forgets what was, as etcd does every few minutes. */
  compact(): void {
    this.#version += 1;
    this.#oldest = this.#version;
    this.#events = [];
    this.#snapshots = new Map();
  }

  /** Calls `listener` for what happens from now on, until the function that it gives is called. */
  listen(listener: (event: ClusterEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(event: ClusterEvent): void {
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }
}
