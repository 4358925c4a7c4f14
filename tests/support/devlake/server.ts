import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Answer } from '../answer.ts';
import { answerOf, html, noRoute } from './answers.ts';
import { courseOf, migrationPending, settingsOf, unavailable } from './faults.ts';
import type { Course, Delivery, Fault, SeenRequest } from './faults.ts';
import { refusalOf, unauthorized, type Key } from './keys.ts';
import { placeOf, type Place } from './paths.ts';
import { World, type ConnectionSettings, type ProjectSettings } from './projects.ts';
import type { Trouble } from './receiver.ts';
import { handlerFor, type Subject } from './routes.ts';
import { Database, type Dialect, type Row, type TableName, type Version } from './tables.ts';

/**
 * An Apache DevLake in memory, as far as its webhooks go: the routes, keys, decoder and tables of what is pushed, a run of a blueprint in outline,
 * and faults on demand.
 */

export interface DevLakeOptions {
  /** Default `v1.0.3`. */
  readonly version?: Version;
  /** Default `mysql`. */
  readonly dialect?: Dialect;
  /** Default one without limits, `KEY`. */
  readonly keys?: readonly Key[];
  /** Default one with the id 1, and those of the projects. */
  readonly connections?: readonly ConnectionSettings[];
  readonly projects?: readonly ProjectSettings[];
  /** `AUTH_ENABLED` on a tree without the fix of PR 9008: even who has a key is not known. Default no. */
  readonly authEnabled?: boolean;
  /** Whether paths without `/rest` work without a login. Default no. */
  readonly open?: boolean;
  /** Whether the database waits for a migration. Default no. */
  readonly migrationPending?: boolean;
  /** What the looks at a pipeline see one after the other, the last one for good; default running, completed. */
  readonly pipelineStates?: readonly string[];
  /** The clock of the server, for what is closed; default one that stands still. */
  readonly now?: () => Date;
  readonly fault?: (request: SeenRequest) => Fault | null;
  /** What every request waits for, like the work of a database. */
  readonly work?: () => Promise<void>;
}

/** A request as it came in, and what became of it. */
export interface LoggedRequest extends SeenRequest {
  readonly authorization: string | null;
  /** `null` where no answer went out. */
  readonly status: number | null;
  /** The id of the connection, where one was found. */
  readonly connection: number | null;
  /** The name of the project in the path, if there is one. */
  readonly project: string | null;
  /** Whether all of it was stored. */
  readonly stored: boolean;
}

export type Warning = Trouble & {
  /** Of the request. */
  readonly number: number;
};

type PushedTable = Exclude<TableName, 'project_mapping' | 'project_incident_deployment_relationships'>;
export type Tables = Readonly<Record<PushedTable, readonly Row[]>>;

/** What only a run of a blueprint makes. */
export type Computed = Readonly<Record<Exclude<TableName, PushedTable>, readonly Row[]>>;

export interface DevLake {
  /** `http://127.0.0.1:port`; clients add `/rest` or `/api/rest`. */
  readonly url: string;
  readonly requests: readonly LoggedRequest[];
  readonly warnings: readonly Warning[];
  tables(): Tables;
  computed(): Computed;
  /** What a run of the project's blueprint does. */
  run(project: string): void;
  /** Whether everything for a connection, or a project's connections, is answered 503. */
  setDown(target: number | string, isDown: boolean): void;
  setFault(fault: DevLakeOptions['fault'] | null): void;
  setMigrationPending(isPending: boolean): void;
  /** Fails if the double itself did, or a fault that it was given. */
  close(): Promise<void>;
}

export const KEY = 'k'.repeat(128);

const BODY_LIMIT = 20 * 1024 * 1024;
const DEFAULT_NOW = new Date('2026-07-01T00:00:00.000Z');
const PUBLIC = /^\/(?:ping|ready|health|version)$/u;

export async function startDevLake(options: DevLakeOptions = {}): Promise<DevLake> {
  const lake = new Lake(options);
  const mistakes: unknown[] = [];
  const server = createServer((request, response) => {
    void lake.take(request, response).catch((error: unknown) => {
      // a client that went away while it was sending is none of ours
      if (!request.errored) mistakes.push(error);
      request.socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { database } = lake.world;
  const rows = (name: TableName) => database.rows(name);
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests: lake.requests,
    warnings: lake.warnings,
    tables: () => ({
      cicd_deployments: rows('cicd_deployments'),
      cicd_deployment_commits: rows('cicd_deployment_commits'),
      issues: rows('issues'),
      incidents: rows('incidents'),
      boards: rows('boards'),
      board_issues: rows('board_issues'),
      incident_assignees: rows('incident_assignees'),
      pull_requests: rows('pull_requests'),
    }),
    computed: () => ({
      project_mapping: rows('project_mapping'),
      project_incident_deployment_relationships: rows('project_incident_deployment_relationships'),
    }),
    run: (project) => lake.world.run(project),
    setDown: (target, isDown) => {
      if (isDown) lake.down.add(target);
      else lake.down.delete(target);
    },
    setFault: (fault) => {
      lake.fault = fault ?? undefined;
    },
    setMigrationPending: (isPending) => {
      lake.migrationPending = isPending;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (mistakes.length > 0) throw mistakes[0];
    },
  };
}

/** What a request came with. */
interface Incoming extends SeenRequest {
  readonly authorization: string | null;
  readonly contentType: string;
  readonly size: number;
}

class Lake {
  readonly world: World;
  readonly requests: LoggedRequest[] = [];
  readonly warnings: Warning[] = [];
  readonly down = new Set<number | string>();
  fault: DevLakeOptions['fault'];
  migrationPending: boolean;
  readonly #options: DevLakeOptions;
  readonly #keys: readonly Key[];
  #count = 0;

  constructor(options: DevLakeOptions) {
    const { version = 'v1.0.3', dialect = 'mysql', projects = [] } = options;
    this.#options = options;
    this.#keys = options.keys ?? [{ key: KEY, allowedPath: '.*' }];
    this.fault = options.fault;
    this.migrationPending = options.migrationPending ?? false;
    this.world = new World(new Database({ dialect, version }), {
      connections: options.connections ?? [{ id: 1, name: 'webhook 1' }],
      projects,
      pipelineStates: options.pipelineStates ?? ['TASK_RUNNING', 'TASK_COMPLETED'],
    });
  }

  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const number = this.#count++;
    const bytes = await buffer(request);
    await this.#options.work?.();
    const incoming = {
      number,
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      body: bytes.toString('utf8'),
      authorization: request.headers.authorization ?? null,
      contentType: request.headers['content-type'] ?? '',
      size: bytes.length,
    };
    const settings = settingsOf(this.fault?.(incoming) ?? null);
    const course = courseOf(settings);
    const subject: Subject = { connection: null, project: null, stored: false };
    const answer = this.#answer(incoming, course, subject);
    const { method, path, body, authorization } = incoming;
    const status = course.delivery === 'reset' || course.delivery === 'hang' ? null : answer.status;
    this.requests.push({ number, method, path, body, authorization, status, ...subject });
    deliver(response, course.delivery, answer);
    if (course.delivery === 'hang') settings?.begun?.();
  }

  #answer(incoming: Incoming, course: Course, subject: Subject): Answer {
    const place = placeOf(incoming.path.split('?')[0] ?? '/');
    if (place !== null) this.#describe(place, subject);
    if (course.work === 'none') return course.answer ?? unavailable();
    const isDown = [subject.connection, subject.project].some((one) => one !== null && this.down.has(one));
    if (isDown || this.#isProjectDown(subject.connection)) return unavailable();
    const answer = this.#usual(incoming, place, { course, subject });
    return course.answer ?? answer;
  }

  /** What the path of a request says it is about, whether or not it gets there. */
  #describe({ path }: Place, subject: Subject): void {
    const { id, name, project } =
      /^\/plugins\/webhook\/(?:projects\/(?<project>[^/]+)|connections\/by-name\/(?<name>[^/]+)|(?:connections\/)?(?<id>\d+)(?:\/|$))/u.exec(
        path,
      )?.groups ?? {};
    subject.project = project ?? null;
    const named = name === undefined ? null : this.world.connectionNamed(name);
    const found = id === undefined ? named : this.world.connection(Number(id));
    subject.connection = found?.id ?? null;
  }

  #isProjectDown(connection: number | null): boolean {
    return this.world.projects.some(
      ({ name, blueprint }) =>
        this.down.has(name) && connection !== null && blueprint?.connections.includes(connection) === true,
    );
  }

  #usual(incoming: Incoming, place: Place | null, about: { course: Course; subject: Subject }): Answer {
    if (place === null) return { ...noRoute(), status: 400, body: '400 Bad Request' };
    if (place.proxied && incoming.size > BODY_LIMIT) return html(413, '413 Request Entity Too Large');
    const refused = this.#refusal(incoming, place);
    if (refused !== null) return refused;
    const { method } = incoming;
    const handler = place.routed === null ? null : handlerFor(this.world, method, place.routed);
    const isPublic = place.routed !== null && PUBLIC.test(place.routed);
    if (this.migrationPending && !isPublic) return migrationPending();
    if (handler === null) return this.#withoutSlash(method, place) ?? noRoute();
    const receiver = {
      half: about.course.work === 'half',
      now: () => BigInt((this.#options.now?.() ?? DEFAULT_NOW).getTime()) * 1_000_000n,
      warn: (trouble: Trouble) => this.warnings.push({ ...trouble, number: incoming.number }),
    };
    const { body, contentType } = incoming;
    try {
      return handler({
        world: this.world,
        keys: this.#keys,
        isPending: this.migrationPending,
        body,
        contentType,
        subject: about.subject,
        receiver,
      });
    } catch (error) {
      return answerOf(error);
    }
  }

  #refusal({ authorization }: Incoming, { rest, proxied, path }: Place): Answer | null {
    const { authEnabled = false, open = false } = this.#options;
    const refused = rest ? refusalOf(this.#keys, authorization, path) : null;
    if (refused !== null || PUBLIC.test(path)) return refused;
    if (authEnabled) return unauthorized();
    if (rest || open) return null;
    return proxied ? html(401, '401 Authorization Required') : unauthorized();
  }

  /** With a slash too many one is sent to the path without it, and without `/rest`. */
  #withoutSlash(method: string, { routed }: Place): Answer | null {
    if (routed?.endsWith('/') !== true) return null;
    const location = routed.slice(0, -1);
    if (handlerFor(this.world, method, location) === null) return null;
    return { status: method === 'GET' ? 301 : 307, headers: { location }, body: '' };
  }
}

/** Sends an answer, half of it, or nothing. */
function deliver(response: ServerResponse, delivery: Delivery, { status, headers, body }: Answer): void {
  if (delivery === 'hang') return;
  if (delivery === 'reset') return void response.socket?.resetAndDestroy();
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  if (delivery === 'whole') return void response.end(bytes);
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.socket?.destroy());
}
