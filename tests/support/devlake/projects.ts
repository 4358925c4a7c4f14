import { runBlueprint } from './run.ts';
import type { Database } from './tables.ts';

/** The webhook connections, projects, blueprints and pipelines of a DevLake. */

export interface ConnectionSettings {
  readonly id: number;
  readonly name: string;
}

export interface ProjectSettings {
  readonly name: string;
  /** Whether the metric `dora` is on; default yes. */
  readonly doraEnabled?: boolean;
  /** The ids of the connections that the blueprint has; default none. */
  readonly webhookConnections?: readonly number[];
  /** Whether it has run before the first request; default no. */
  readonly blueprintRan?: boolean;
  /** Whether the project has a blueprint; default yes. */
  readonly blueprint?: boolean;
  /** Whether the blueprint is enabled; default yes. */
  readonly enabled?: boolean;
}

export interface Project {
  readonly name: string;
  readonly doraEnabled: boolean;
  /** `null` where the project has none. */
  readonly blueprint: Blueprint | null;
}

export interface Blueprint {
  readonly id: number;
  readonly project: string;
  readonly enabled: boolean;
  readonly connections: number[];
}

export interface Pipeline {
  readonly id: number;
  readonly blueprint: Blueprint;
  readonly skipCollectors: boolean;
  readonly fullSync: boolean;
  /** The states that are still to be seen, the present one first. */
  readonly states: string[];
}

export interface WorldOptions {
  readonly connections: readonly ConnectionSettings[];
  readonly projects: readonly ProjectSettings[];
  /** The states that one look after the other at a new pipeline shows. */
  readonly pipelineStates: readonly string[];
}

const COMPLETED = 'TASK_COMPLETED';

export class World {
  readonly database: Database;
  readonly projects: readonly Project[];
  readonly connections: ConnectionSettings[];
  readonly pipelines: Pipeline[] = [];
  readonly #states: readonly string[];

  constructor(database: Database, { connections, projects, pipelineStates }: WorldOptions) {
    this.database = database;
    this.#states = pipelineStates;
    this.connections = [...connections];
    for (const id of projects.flatMap(({ webhookConnections = [] }) => webhookConnections))
      if (this.connection(id) === null) this.connections.push({ id, name: `webhook ${id}` });
    this.projects = projects.map((settings, index) => projectOf(settings, index + 1));
    for (const { name, blueprintRan = false } of projects) if (blueprintRan) this.run(name);
  }

  connection(id: number): ConnectionSettings | null {
    return this.connections.find((connection) => connection.id === id) ?? null;
  }

  connectionNamed(name: string): ConnectionSettings | null {
    return this.connections.find((connection) => connection.name === name) ?? null;
  }

  project(name: string): Project | null {
    return this.projects.find((project) => project.name === name) ?? null;
  }

  blueprint(id: number): Blueprint | null {
    return this.projects.find(({ blueprint }) => blueprint?.id === id)?.blueprint ?? null;
  }

  /** A connection more, as the first push to a project makes it. */
  connect(name: string, blueprint: Blueprint): ConnectionSettings {
    const made = { id: Math.max(0, ...this.connections.map(({ id }) => id)) + 1, name };
    this.connections.push(made);
    blueprint.connections.push(made.id);
    return made;
  }

  /** The newest first. */
  pipelinesOf({ id }: Blueprint): readonly Pipeline[] {
    return this.pipelines.filter(({ blueprint }) => blueprint.id === id).toReversed();
  }

  /** Begins a run: what it does is done at once, how far it is said to be goes by the looks at it. */
  trigger(blueprint: Blueprint, policy: Pick<Pipeline, 'skipCollectors' | 'fullSync'>): Pipeline {
    const pipeline = {
      id: this.pipelines.length + 1,
      blueprint,
      ...policy,
      states: ['TASK_CREATED', ...this.#states],
    };
    this.pipelines.push(pipeline);
    if (pipeline.states.at(-1) === COMPLETED) this.#compute(blueprint);
    return pipeline;
  }

  run(name: string): void {
    const blueprint = this.project(name)?.blueprint ?? null;
    if (blueprint === null) throw new Error(`${name} has no blueprint`);
    const policy = { skipCollectors: false, fullSync: false };
    this.pipelines.push({ id: this.pipelines.length + 1, blueprint, ...policy, states: [COMPLETED] });
    this.#compute(blueprint);
  }

  #compute({ project: name, connections }: Blueprint): void {
    const doraEnabled = this.project(name)?.doraEnabled ?? false;
    runBlueprint(this.database, { name, doraEnabled, connections });
  }
}

function projectOf(settings: ProjectSettings, id: number): Project {
  const { name, doraEnabled = true, webhookConnections = [], blueprint = true, enabled = true } = settings;
  return {
    name,
    doraEnabled,
    blueprint: blueprint ? { id, project: name, enabled, connections: [...webhookConnections] } : null,
  };
}
