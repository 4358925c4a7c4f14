import { json, type Answer } from '../answer.ts';
import { failure, html } from './answers.ts';

/** Everything that the server can be told to get wrong, by name. */
export const FAULTS = [
  /** The connection is gone before anything was stored. */
  'reset-before',
  /** It was stored, and the connection is gone before any answer. */
  'reset-after',
  /** It was stored, and half of the answer comes. */
  'cut-answer',
  /** No answer ever comes, and nothing was stored. */
  'hang',
  /** No answer ever comes, and it was stored. */
  'hang-after',
  'status-400',
  'status-401',
  'status-403',
  'status-404',
  'status-428',
  /** With `Retry-After` in seconds. */
  'status-429',
  /** With `Retry-After` as a date. */
  'status-429-date',
  /** A proxy that does not say when. */
  'status-429-bare',
  'status-500-before',
  /** The database fails half-way: MySQL keeps what it has, the rows of the commits without the deployment. */
  'status-500-after',
  'status-502',
  'status-503',
  'status-504',
  /** It was stored, and the proxy gave up waiting for the answer. */
  'status-504-after',
  /** A page of the proxy, status 502. */
  'html',
  /** A page of somebody else, status 200: a login, say. */
  'html-200',
] as const;

export type FaultName = (typeof FAULTS)[number];

export interface FaultSettings {
  readonly name: FaultName;
  /** For `Retry-After`; default 30. */
  readonly seconds?: number;
  /** For `Retry-After` as a date; default so many seconds from now. */
  readonly until?: Date;
  /** Told when a request begins to hang. */
  readonly begun?: () => void;
}

/** A fault by its name, or with particulars. */
export type Fault = FaultName | FaultSettings;

/** What the one who decides about faults sees of a request. */
export interface SeenRequest {
  /** From 0 on, over all requests. */
  readonly number: number;
  readonly method: string;
  /** As it was sent, with its query. */
  readonly path: string;
  readonly body: string;
}

/** How an answer goes out: whole, half of it, not at all, or never. */
export type Delivery = 'whole' | 'cut' | 'reset' | 'hang';

export interface Course {
  /** Whether the request is done: not at all, half, or whole. */
  readonly work: 'none' | 'half' | 'whole';
  readonly delivery: Delivery;
  /** In place of the answer that there would be. */
  readonly answer: Answer | null;
}

export function settingsOf(fault: Fault | null): FaultSettings | null {
  return typeof fault === 'string' ? { name: fault } : fault;
}

/** The faults that do not keep the request from being done, or the answer from being the usual one. */
const COURSES: Partial<Record<FaultName, Course>> = {
  'reset-before': { work: 'none', delivery: 'reset', answer: null },
  'reset-after': { work: 'whole', delivery: 'reset', answer: null },
  'cut-answer': { work: 'whole', delivery: 'cut', answer: null },
  hang: { work: 'none', delivery: 'hang', answer: null },
  'hang-after': { work: 'whole', delivery: 'hang', answer: null },
  'status-500-after': { work: 'half', delivery: 'whole', answer: null },
  'status-504-after': { work: 'whole', delivery: 'whole', answer: html(504, '504 Gateway Time-out') },
};

/** What becomes of a request. */
export function courseOf(fault: FaultSettings | null): Course {
  if (fault === null) return { work: 'whole', delivery: 'whole', answer: null };
  return COURSES[fault.name] ?? { work: 'none', delivery: 'whole', answer: answerFor(fault) };
}

const ANSWERS: Partial<Record<FaultName, () => Answer>> = {
  'status-400': () => failure(400, 'input json error (400)\nWraps: (2) of the test'),
  'status-401': () => json(401, { success: false, message: 'token is missing' }),
  'status-403': () => json(403, { success: false, message: 'api key is invalid' }),
  'status-404': () => failure(404, 'record not found (404)'),
  'status-428': migrationPending,
  'status-429-bare': () => html(429, '429 Too Many Requests'),
  'status-500-before': () => failure(500, 'dial tcp 10.0.0.7:3306: connect: connection refused'),
  'status-502': () => ({ status: 502, headers: {}, body: '' }),
  'status-503': unavailable,
  'status-504': () => html(504, '504 Gateway Time-out'),
  html: () => html(502, '502 Bad Gateway'),
  'html-200': () => html(200, 'Sign in'),
};

function answerFor({ name, seconds = 30, until }: FaultSettings): Answer {
  const answer = ANSWERS[name]?.() ?? html(429, '429 Too Many Requests');
  if (name === 'status-429') return withRetry(answer, String(seconds));
  if (name !== 'status-429-date') return answer;
  return withRetry(answer, (until ?? new Date(Date.now() + seconds * 1000)).toUTCString());
}

function withRetry(answer: Answer, after: string): Answer {
  return { ...answer, headers: { ...answer.headers, 'retry-after': after } };
}

export function unavailable(): Answer {
  return html(503, '503 Service Temporarily Unavailable');
}

export function migrationPending(): Answer {
  return failure(
    428,
    '\nNew migration scripts detected. Database migration is required to launch DevLake.\nWARNING: Performing migration may wipe collected data for consistency and re-collecting data may be required.\n (428)',
  );
}
