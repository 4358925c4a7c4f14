import { json, type Answer } from '../answer.ts';
import { Refusal } from './answers.ts';
import { bodyOf } from './decoder.ts';
import type { Key } from './keys.ts';
import type { Blueprint, Pipeline, World } from './projects.ts';
import {
  blueprintShape,
  connectionShape,
  pipelineShape,
  pluginShapes,
  projectShape,
  taskShape,
} from './shapes.ts';

/** What a client may ask to check where its pushes go. */

export interface Side {
  readonly world: World;
  readonly keys: readonly Key[];
  /** Whether the database waits for a migration. */
  readonly isPending: boolean;
}

/** A request for it, with the parts of its path. */
export interface Ask {
  readonly id: string;
  readonly body: string;
}

export const READS: Readonly<Record<string, (side: Side, ask: Ask) => Answer>> = {
  'GET /ping': () => ({ status: 200, headers: {}, body: '' }),
  'GET /ready': ({ isPending }) => {
    if (isPending) throw new Refusal(503, 'service is not ready: waiting for migration confirmation (503)');
    return json(200, { code: 0, success: true, message: 'ready', causes: null, data: null });
  },
  'GET /health': ({ isPending }) =>
    json(200, { code: 0, success: true, message: isPending ? 'maybe' : 'good', causes: null, data: null }),
  'GET /version': ({ world }) => json(200, { version: `${world.database.version}@0000000` }),
  'GET /plugins': () => json(200, pluginShapes()),
  'GET /plugins/webhook/connections': ({ world, keys }) =>
    json(
      200,
      world.connections.map((connection) => connectionShape(connection, keys)),
    ),
  'GET /plugins/webhook/connections/:': ({ world, keys }, { id }) =>
    json(200, connectionShape(connectionWith(world, id), keys)),
  'GET /plugins/webhook/connections/by-name/:': ({ world, keys }, { id }) =>
    json(200, connectionShape(connectionNamed(world, id), keys)),
  'GET /plugins/org/project_mapping.csv': ({ world }) => mappingFile(world),
  'GET /projects': ({ world }) =>
    json(200, {
      projects: world.projects.map((project) => projectShape(project, world, true)),
      count: world.projects.length,
    }),
  'GET /projects/:': ({ world }, { id: name }) => {
    const project = world.project(name);
    if (project === null)
      throw new Refusal(404, 'error getting project (404)', [`could not find project [${name}] in DB (404)`]);
    return json(200, projectShape(project, world, false));
  },
  'GET /blueprints/:': ({ world }, { id }) => json(200, blueprintShape(blueprintWith(world, id))),
  'POST /blueprints/:/trigger': ({ world }, { id, body }) => {
    const { skipCollectors = false, fullSync = false } = bodyOf(body, '');
    const blueprint = blueprintWith(world, id);
    if (!blueprint.enabled) throw new Refusal(400, 'blueprint is not enabled (400)');
    const policy = { skipCollectors: skipCollectors === true, fullSync: fullSync === true };
    return json(200, pipelineShape(world.trigger(blueprint, policy)));
  },
  'GET /blueprints/:/pipelines': ({ world }, { id }) => {
    const pipelines = world.pipelinesOf(blueprintWith(world, id));
    return json(200, { count: pipelines.length, pipelines: pipelines.map(pipelineShape) });
  },
  'GET /pipelines/:': ({ world }, { id }) => {
    const pipeline = pipelineWith(world, id);
    if (pipeline.states.length > 1) pipeline.states.shift();
    return json(200, pipelineShape(pipeline));
  },
  'GET /pipelines/:/tasks': ({ world }, { id }) => {
    const pipeline = pipelineWith(world, id);
    const tasks = ['org', 'dora', 'refdiff', 'dora'].map((plugin, index) =>
      taskShape(pipeline, plugin, index),
    );
    return json(200, { tasks, count: tasks.length });
  },
};

export function connectionWith(world: World, text: string) {
  const id = /^\d+$/u.test(text) ? Number(text) : 0;
  if (id === 0) throw new Refusal(400, 'invalid connectionId (400)');
  const found = world.connection(id);
  if (found === null) throw new Refusal(404, 'record not found (404)');
  return found;
}

export function connectionNamed(world: World, name: string) {
  if (Buffer.byteLength(name) > 100) throw new Refusal(400, 'invalid connectionName (400)');
  const found = world.connectionNamed(name);
  if (found === null) throw new Refusal(404, 'record not found (404)');
  return found;
}

function blueprintWith(world: World, text: string): Blueprint {
  if (!/^\d+$/u.test(text)) throw new Refusal(400, 'bad blueprintID format supplied (400)');
  const found = world.blueprint(Number(text));
  if (found === null) throw new Refusal(404, 'error getting blueprint (404)', ['blueprint not found (404)']);
  return found;
}

function pipelineWith(world: World, text: string): Pipeline {
  if (!/^\d+$/u.test(text)) throw new Refusal(400, 'bad pipelineID format supplied (400)');
  const found = world.pipelines.find(({ id }) => id === Number(text));
  if (found === undefined)
    throw new Refusal(404, 'error getting pipeline (404)', ['pipeline not found (404)']);
  return found;
}

function mappingFile({ database }: World): Answer {
  const lines = database
    .rows('project_mapping')
    .map((row) => ['project_name', 'table', 'row_id'].map((column) => quoted(String(row[column]))).join(','));
  const body = ['ProjectName,Table,RowId', ...lines].map((line) => `${line}\n`).join('');
  return { status: 200, headers: { 'content-type': 'text/csv' }, body };
}

function quoted(text: string): string {
  return /[",\r\n]|^\s/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
