import { type Answer } from '../answer.ts';
import { Refusal, success } from './answers.ts';
import { bodyOf, type Fields } from './decoder.ts';
import { receiveDeployment } from './deployments.ts';
import { closeIssue, receiveIssue } from './issues.ts';
import { decodedPath } from './paths.ts';
import type { Project, World } from './projects.ts';
import { receivePullRequest } from './pull-requests.ts';
import type { Receiver } from './receiver.ts';
import { connectionNamed, connectionWith, READS, type Side } from './rest.ts';

/** The routes of the server, in the order in which its router prefers them. */

/** What a request is about, as far as it is known yet. */
export interface Subject {
  connection: number | null;
  project: string | null;
  stored: boolean;
}

export interface Call extends Side {
  readonly body: string;
  readonly contentType: string;
  readonly subject: Subject;
  readonly receiver: Omit<Receiver, 'connection' | 'database'>;
}

/** Does what a request asks for. */
export type Handler = (call: Call) => Answer;

type Parts = readonly string[];
type Push = (body: Fields, receiver: Receiver, parts: Parts) => void;
type Finder = (call: Call, parts: Parts) => number;

const WEBHOOK = '/plugins/webhook';

const PUSHES: readonly (readonly [string, Push])[] = [
  ['deployments', receiveDeployment],
  ['issues', receiveIssue],
  ['issue/:/close', (_, receiver, parts) => closeIssue(parts[1] ?? '', receiver)],
  ['pull_requests', receivePullRequest],
];

/** Where a connection is said in the path, and how it is found. */
const PLACES: readonly (readonly [string, Finder])[] = [
  ['connections/by-name/:', ({ world }, [name = '']) => connectionNamed(world, name).id],
  ['connections/:', ({ world }, [id = '']) => connectionWith(world, id).id],
  [':', ({ world }, [id = '']) => connectionWith(world, id).id],
];

interface Route {
  readonly pattern: string;
  readonly handle: (call: Call, parts: Parts) => Answer;
}

const ROUTES: readonly Route[] = [
  ...Object.entries(READS).map(([pattern, read]) => ({
    pattern,
    handle: (call: Call, [id = '']: Parts) => read(call, { id, body: call.body }),
  })),
  ...PLACES.slice(0, 2).flatMap(([place, find]) => pushRoutes(place, find)),
  { pattern: `POST ${WEBHOOK}/projects/:/deployments`, handle: receiveByProject },
  ...PLACES.slice(2).flatMap(([place, find]) => pushRoutes(place, find)),
];

/** Those that v1.0.2 does not have. */
const SINCE_1_0_3 = /\/pull_requests$|\/projects\/:\/deployments$/u;

function pushRoutes(place: string, find: Finder): Route[] {
  return PUSHES.map(([end, push]) => ({
    pattern: `POST ${WEBHOOK}/${place}/${end}`,
    handle: (call, parts) => {
      const body = bodyOf(call.body, call.contentType);
      const connection = find(call, parts);
      return store(call, connection, (receiver) => push(body, receiver, parts));
    },
  }));
}

/** What answers a request; `null` where there is no such route. */
export function handlerFor(world: World, method: string, path: string): Handler | null {
  const isOld = world.database.version === 'v1.0.2';
  for (const { pattern, handle } of ROUTES) {
    const parts = partsOf(pattern, `${method} ${path}`);
    if (parts === null || (isOld && SINCE_1_0_3.test(pattern))) continue;
    return (call) => handle(call, parts);
  }
  return null;
}

/** What stands in the places of a pattern that are free; `null` for a path that it does not fit. */
function partsOf(pattern: string, path: string): Parts | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const fits = wanted.every((part, index) =>
    part === ':' ? given[index] !== undefined && given[index] !== '' : part === given[index],
  );
  if (!fits || wanted.length !== given.length) return null;
  return given.filter((_, index) => wanted[index] === ':').map((part) => decodedPath(part) ?? part);
}

function store(call: Call, connection: number, push: (receiver: Receiver) => void): Answer {
  const { world, subject, receiver } = call;
  subject.connection = connection;
  push({ ...receiver, database: world.database, connection });
  subject.stored = true;
  return success();
}

function receiveByProject(call: Call, [name = '']: Parts): Answer {
  const { world, subject } = call;
  const body = bodyOf(call.body, call.contentType);
  subject.project = name;
  if (Buffer.byteLength(name) > 100) throw new Refusal(400, 'invalid projectName (400)');
  const wanted = `${name}_deployments`;
  const project = world.project(name);
  const found = world.connectionNamed(wanted);
  if (found !== null && project?.blueprint?.connections.includes(found.id) === true)
    return store(call, found.id, (receiver) => receiveDeployment(body, receiver));
  connect(world, name, project);
  // the error of having looked in vain is kept, though the connection now is there
  throw new Refusal(404, 'record not found (404)');
}

function connect(world: World, name: string, project: Project | null): void {
  const wanted = `${name}_deployments`;
  if (project === null)
    throw new Refusal(404, `could not find project [${name}] in DB (404)`, ['record not found (404)']);
  if (project.blueprint === null) throw new Refusal(400, `project has no blueprint: ${name} (400)`);
  if (world.connectionNamed(wanted) !== null)
    throw new Refusal(400, 'the connection name already exists (400)');
  if (Array.from(wanted).length > 100) throw new Refusal(500, "Data too long for column 'name' at row 1");
  world.connect(wanted, project.blueprint);
}
