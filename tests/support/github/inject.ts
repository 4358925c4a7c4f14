import { json, type Answer } from '../answer.ts';
import { html, refusal } from './answer.ts';
import { firstPage, idOf, subjectOf, withDamage } from './distort.ts';
import type { Delivery, FaultName, FaultSettings } from './faults.ts';
import { insufficientScopes } from './graphql/fields/repository.ts';
import type { Result } from './graphql/execute.ts';
import type { ErrorJson } from './graphql/refusal.ts';
import { SAML_MESSAGE, ssoHeaders } from './tokens.ts';

/** What the server would have answered. */
export interface Honest {
  readonly answer: Answer;
  /** The body, of an answer to a query. */
  readonly result: Result | null;
}

/** What a fault can make use of. */
export interface Circumstances {
  /** Works the answer out when somebody asks for it, and takes its cost from the budget. */
  readonly honest: () => Honest;
  /** What every answer to this token says. */
  readonly headers: () => Answer['headers'];
  readonly isQuery: boolean;
  readonly authorization: string;
  readonly owner: string;
  /** Epoch seconds. */
  readonly now: number;
}

type Wrong = (at: Circumstances, settings: FaultSettings) => Delivery | null;

const DEFAULT_SECONDS = 60;
const TIMEOUT_MESSAGE =
  "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists.";
const SECONDARY_MESSAGE =
  'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID C0DE:1234:5678.';
const ABUSE_MESSAGE =
  'You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.';
const WENT_WRONG =
  'Something went wrong while executing your query on 2026-01-05T09:00:00Z. Please include `C0DE:1234:5678:9ABC` when reporting this issue.';
const LIMIT_MESSAGE = 'API rate limit exceeded for user ID 4711.';
const NOT_ACCESSIBLE = 'Resource not accessible by personal access token';

/** What goes out instead of the honest answer; `null` where the fault finds nothing to spoil. */
export function injected(settings: FaultSettings, at: Circumstances): Delivery | null {
  return WRONG[settings.name](at, settings);
}

const WRONG: Readonly<Record<FaultName, Wrong>> = {
  'bad-gateway': (at) => tooLate(at, html(502, '502 Bad Gateway')),
  'gateway-timeout': (at) =>
    tooLate(
      at,
      json(504, { message: TIMEOUT_MESSAGE, documentation_url: 'https://docs.github.com/graphql' }),
    ),
  'something-went-wrong': (at) =>
    tooLate(at, at.isQuery ? query(at, { data: null, errors: [{ message: WENT_WRONG }] }) : serverError()),
  'resource-limits': (at) => resourceLimits(at),
  'rate-limited': (at, settings) => limited(at, settings, { type: 'RATE_LIMITED', message: LIMIT_MESSAGE }),
  'rate-limit': (at, settings) =>
    limited(at, settings, {
      type: 'RATE_LIMIT',
      extensions: { code: 'graphql_rate_limit' },
      message: LIMIT_MESSAGE,
    }),
  'rate-limited-403': (at, settings) => whole(refusal(403, LIMIT_MESSAGE, exhausted(at, settings))),
  'secondary-retry-after': (at, settings) => secondary(403, at, settings),
  'secondary-429': (at, settings) => secondary(429, at, settings),
  'secondary-bare': () => whole(refusal(403, SECONDARY_MESSAGE)),
  'secondary-200': (at) =>
    whole(
      at.isQuery ? query(at, { errors: [{ message: SECONDARY_MESSAGE }] }) : refusal(403, SECONDARY_MESSAGE),
    ),
  abuse: (at) => whole(refusal(403, ABUSE_MESSAGE, at.headers())),
  reset: () => ({ kind: 'reset' }),
  cut: (at) => ({ kind: 'cut', answer: at.honest().answer }),
  hang: () => ({ kind: 'hang' }),
  partial: (at) => partial(at),
  'not-json': () => whole({ ...html(200, 'Sign in to your proxy'), status: 200 }),
  'server-error': () => whole(serverError()),
  saml: (at) => saml(at),
  unauthorized: () => whole(refusal(401, 'Bad credentials')),
  'not-found': (at) => notFound(at),
  forbidden: (at) => forbidden(at),
  'insufficient-scopes': (at) => insufficient(at),
  'echo-token': (at) => echoToken(at),
};

function whole(answer: Answer): Delivery {
  return { kind: 'whole', answer };
}

function query(at: Circumstances, result: Result, headers: Answer['headers'] = {}): Answer {
  return json(200, result, { ...at.headers(), ...headers });
}

function serverError(): Answer {
  return json(500, { message: 'Server Error' });
}

/** The work was done, and is paid for, but nobody gets to see it. */
function tooLate(at: Circumstances, answer: Answer): Delivery {
  at.honest();
  return whole(answer);
}

function exhausted({ now, headers }: Circumstances, { seconds = DEFAULT_SECONDS }: FaultSettings) {
  const reset = String(Math.floor(now) + seconds);
  return { ...headers(), 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
}

function limited(at: Circumstances, settings: FaultSettings, error: ErrorJson): Delivery {
  const headers = exhausted(at, settings);
  return whole(at.isQuery ? json(200, { errors: [error] }, headers) : refusal(403, LIMIT_MESSAGE, headers));
}

function secondary(
  status: number,
  at: Circumstances,
  { seconds = DEFAULT_SECONDS }: FaultSettings,
): Delivery {
  return whole(refusal(status, SECONDARY_MESSAGE, { ...at.headers(), 'retry-after': String(seconds) }));
}

/** Every entry of the page is null, as GitHub leaves a page that was too much for it. */
function resourceLimits(at: Circumstances): Delivery | null {
  const { result } = at.honest();
  const page = firstPage(result?.data);
  if (result === null || page === null || page.nodes.length === 0) return null;
  const path = [...page.path, 'nodes'];
  const message = 'Resource limits for this query exceeded.';
  const damaged = page.nodes.reduce<Result>(
    (so, _node, index) =>
      withDamage(so, [...path, index], null, {
        type: 'RESOURCE_LIMITS_EXCEEDED',
        path: [...path, index],
        message,
      }),
    result,
  );
  return whole(query(at, damaged));
}

function partial(at: Circumstances): Delivery | null {
  const { result } = at.honest();
  const page = firstPage(result?.data);
  if (result === null || page === null || page.nodes.length === 0) return null;
  const index = page.nodes.length >> 1;
  const path = [...page.path, 'nodes', index];
  const message = `Could not resolve to a node with the global id of '${idOf(page.nodes[index])}'.`;
  return whole(query(at, withDamage(result, path, null, { type: 'NOT_FOUND', path, message })));
}

/** A query whose subject is null, with the reason. */
function withoutSubject(at: Circumstances, error: ErrorJson, headers: Answer['headers'] = {}): Delivery {
  const { result } = at.honest();
  const subject = subjectOf(result ?? {});
  const path = [subject];
  return whole(query(at, withDamage({ data: result?.data ?? {} }, path, null, { ...error, path }), headers));
}

function saml(at: Circumstances): Delivery {
  const headers = ssoHeaders(at.owner);
  if (!at.isQuery) return whole(refusal(403, SAML_MESSAGE, { ...at.headers(), ...headers }));
  const error = { type: 'FORBIDDEN', extensions: { saml_failure: true }, message: SAML_MESSAGE };
  return withoutSubject(at, error, headers);
}

function notFound(at: Circumstances): Delivery {
  if (!at.isQuery) return whole(refusal(404, 'Not Found', at.headers()));
  const message = `Could not resolve to a Repository with the name '${at.owner}/gone'.`;
  return withoutSubject(at, { type: 'NOT_FOUND', message });
}

function forbidden(at: Circumstances): Delivery {
  if (!at.isQuery) return whole(refusal(403, NOT_ACCESSIBLE, at.headers()));
  const { result } = at.honest();
  const page = firstPage(result?.data);
  const error = { type: 'FORBIDDEN', extensions: { saml_failure: false }, message: NOT_ACCESSIBLE };
  if (result === null || page === null) return withoutSubject(at, error);
  return whole(query(at, withDamage(result, page.path, null, { ...error, path: page.path })));
}

function insufficient(at: Circumstances): Delivery {
  const message = insufficientScopes('pullRequests', ['read:user']);
  if (!at.isQuery) return whole(refusal(403, message, at.headers()));
  return whole(query(at, { errors: [{ type: 'INSUFFICIENT_SCOPES', message }] }));
}

/** Something on the way repeats what it was sent. */
function echoToken(at: Circumstances): Delivery {
  const message = `Problem with the header "authorization: ${at.authorization}"`;
  return whole(at.isQuery ? query(at, { errors: [{ message }] }) : refusal(400, message, at.headers()));
}
