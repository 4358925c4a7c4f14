import { DoraError } from '../../domain/errors.ts';

/** One entry of `errors` in an answer of GraphQL. */
export interface Problem {
  readonly type: string;
  readonly message: string;
  /** Names of the fields on the way to what failed. */
  readonly path: readonly string[];
  readonly isSaml: boolean;
}

/** What came back, whatever it is. */
export type Reply =
  | {
      readonly kind: 'graphql';
      readonly hasData: boolean;
      readonly problems: readonly Problem[];
      readonly headers: Headers;
    }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly message: string;
      readonly headers: Headers;
      /** The part of the repository that was asked for, a key of `PERMISSIONS`. */
      readonly part: string;
    }
  /** No answer, or one that is not what was asked for. */
  | { readonly kind: 'timeout' | 'connection' | 'garbled'; readonly message: string };

type Headers = Readonly<Record<string, string | undefined>>;

/** What to do about it. */
export type Verdict =
  | { readonly do: 'use' }
  /** Some of it is missing: ask again, and make do with it when that does not help. */
  | { readonly do: 'use-partly'; readonly why: string }
  /** It was too much at once: ask for less. */
  | { readonly do: 'shrink'; readonly why: string }
  /** The budget of the hour is used up. `resetAt` in epoch seconds, `null` where GitHub does not say. */
  | { readonly do: 'wait'; readonly resetAt: number | null }
  /** Too fast: pause for as long as GitHub says, `null` where it does not say. */
  | { readonly do: 'pause'; readonly seconds: number | null; readonly why: string }
  /** It may go well the next time. `isDown`: there is nobody to talk to at all. */
  | { readonly do: 'retry'; readonly why: string; readonly isDown: boolean }
  | { readonly do: 'fail'; readonly error: GitHubFailure };

/** What GitHub refuses, and would refuse again. */
export class GitHubFailure extends DoraError {
  /** Everything else that is asked about the repository will be refused as well. */
  readonly isFinal: boolean;
  /** The token lacks a permission for it. */
  readonly isRefusal: boolean;

  constructor(message: string, hint: string, isFinal: boolean, isRefusal = false) {
    super('source', message, { hint });
    this.isFinal = isFinal;
    this.isRefusal = isRefusal;
  }
}

/** The name belongs to another repository than the one that was read before. */
export class OtherRepository extends GitHubFailure {
  constructor(what: string, scope: string) {
    const hint = `if that is meant, read it anew: dora-metrics extract --full --repo ${scope}`;
    super(`${what} than the one that was read before under this name`, hint, true);
  }
}

/** What the messages name. */
export interface Asker {
  /** `acme/shop on github.com`. */
  readonly repository: string;
  /** The variable that holds the token. */
  readonly variable: string;
}

/** Decides what an answer means. Source: GitHub's documentation of rate limits, and what its servers were seen to say. */
export function judge(reply: Reply, asker: Asker): Verdict {
  switch (reply.kind) {
    case 'graphql':
      return judgeProblems(reply, asker);
    case 'status':
      return judgeStatus(reply, asker);
    case 'timeout':
      return { do: 'shrink', why: reply.message };
    case 'connection':
      return { do: 'retry', why: reply.message, isDown: true };
    case 'garbled':
      return { do: 'retry', why: reply.message, isDown: false };
  }
}

const TOO_FAST = /secondary rate limit|abuse detection/iu;

function judgeStatus(reply: Extract<Reply, { kind: 'status' }>, asker: Asker): Verdict {
  const { status, message, headers } = reply;
  if (status < 400) return { do: 'use' };
  const why = `${String(status)} ${message}`;
  if (status === 401) return { do: 'fail', error: badCredentials(asker) };
  if (status === 403 || status === 429) {
    if (TOO_FAST.test(message) || headers['retry-after'] !== undefined) return tooFast(headers);
    if (headers['x-ratelimit-remaining'] === '0') return { do: 'wait', resetAt: resetOf(headers) };
    if (status === 429) return { do: 'pause', seconds: null, why };
    return {
      do: 'fail',
      error: forbidden({ type: '', message, path: [reply.part], isSaml: false }, headers, asker),
    };
  }
  if (status === 502 || status === 504) return { do: 'shrink', why };
  if (status >= 500) return { do: 'retry', why, isDown: false };
  if (status === 404) return { do: 'fail', error: notFound(asker) };
  return { do: 'fail', error: unexpected(why, asker) };
}

/** For as long as `Retry-After` says; else, with nothing left of the budget, for the next hour; else nobody knows. */
function tooFast(headers: Headers): Verdict {
  const seconds = secondsOf(headers['retry-after']);
  if (seconds === null && headers['x-ratelimit-remaining'] === '0')
    return { do: 'wait', resetAt: resetOf(headers) };
  return { do: 'pause', seconds, why: 'a secondary rate limit' };
}

function judgeProblems(reply: Extract<Reply, { kind: 'graphql' }>, asker: Asker): Verdict {
  const { problems, headers, hasData } = reply;
  const [first] = problems;
  if (first === undefined) return { do: 'use' };
  const has = (test: (problem: Problem) => boolean) => problems.some(test);
  if (has(({ type }) => type === 'RATE_LIMITED' || type === 'RATE_LIMIT'))
    return { do: 'wait', resetAt: resetOf(headers) };
  if (has(({ message }) => TOO_FAST.test(message))) return tooFast(headers);
  if (has(({ type }) => type === 'RESOURCE_LIMITS_EXCEEDED'))
    return { do: 'shrink', why: 'resource limits exceeded' };
  if (has(({ message }) => /^Something went wrong while executing/u.test(message)))
    return { do: 'shrink', why: 'something went wrong on its side' };
  const refused = problems.find(({ type }) => type === 'FORBIDDEN' || type === 'INSUFFICIENT_SCOPES');
  if (refused !== undefined) return { do: 'fail', error: refusal(refused, headers, asker) };
  if (has(({ type, path }) => type === 'NOT_FOUND' && path.length <= 1 && path[0] !== 'node'))
    return { do: 'fail', error: notFound(asker) };
  // an item that went away between two questions
  if (problems.every(({ type, path }) => type === 'NOT_FOUND' && path[0] === 'node')) return { do: 'use' };
  const unknown = /^Field '(\w+)' doesn't exist on type '(\w+)'/u.exec(first.message);
  if (unknown !== null)
    return { do: 'fail', error: tooOld(`${unknown[2] ?? ''}.${unknown[1] ?? ''}`, asker) };
  if (hasData && first.path.length > 1) return { do: 'use-partly', why: first.message };
  return { do: 'fail', error: unexpected(first.message, asker) };
}

function refusal(problem: Problem, headers: Headers, asker: Asker): GitHubFailure {
  if (problem.type === 'INSUFFICIENT_SCOPES')
    return new GitHubFailure(
      `the token in ${asker.variable} lacks a scope for ${asker.repository}: ${problem.message}`,
      'give it the scope repo (public_repo for public repositories), or use a fine-grained token.',
      false,
      true,
    );
  return forbidden(problem, headers, asker);
}

function forbidden(
  { message, path, isSaml }: Problem,
  headers: Headers,
  { repository, variable }: Asker,
): GitHubFailure {
  const sso = headers['x-github-sso'];
  if (isSaml || sso !== undefined) {
    const url = /url=(\S+)/u.exec(sso ?? '')?.[1];
    return new GitHubFailure(
      `the token in ${variable} is not authorised for the single sign-on of the organisation of ${repository}`,
      `authorise it ${url === undefined ? "in the token's settings on GitHub (Configure SSO)" : `at ${url}`}, then run this again.`,
      true,
    );
  }
  const permission = path.map((field) => PERMISSIONS[field]).find((name) => name !== undefined);
  const what = permission === undefined ? '' : ` (${permission})`;
  return new GitHubFailure(
    `the token in ${variable} may not read that of ${repository}${what}: ${message}`,
    permission === undefined
      ? "dora-metrics status lists the token's permissions."
      : `give it the permission ${permission}: read; dora-metrics status lists what it has.`,
    false,
    true,
  );
}

/** The permission that each part of a repository asks for, as GitHub calls them. */
export const PERMISSIONS: Readonly<Record<string, string>> = {
  pullRequests: 'Pull requests',
  releases: 'Contents',
  deployments: 'Deployments',
  issues: 'Issues',
  actions: 'Actions',
};

function badCredentials({ variable, repository }: Asker): GitHubFailure {
  return new GitHubFailure(
    `GitHub does not accept the token in ${variable} (asked about ${repository})`,
    'it may have expired or been revoked: set it to a valid one, or unset it to go on with git alone.',
    true,
  );
}

function notFound({ repository, variable }: Asker): GitHubFailure {
  return new GitHubFailure(
    `there is no ${repository}, or the token in ${variable} cannot see it`,
    'check the address of origin (git remote get-url origin); a private repository must be among those the token was made for.',
    true,
  );
}

function tooOld(field: string, { repository }: Asker): GitHubFailure {
  return new GitHubFailure(
    `the server of ${repository} is too old: it does not know ${field}`,
    'update it; every version that GitHub still supports knows the field.',
    false,
  );
}

function unexpected(message: string, { repository }: Asker): GitHubFailure {
  return new GitHubFailure(
    `GitHub answered a question about ${repository} with: ${message}`,
    'run it again; if it stays, please report it with this message.',
    false,
  );
}

function secondsOf(text: string | undefined): number | null {
  const seconds = Number(text);
  return text === undefined || !Number.isFinite(seconds) || seconds < 0 ? null : seconds;
}

function resetOf(headers: Headers): number | null {
  return secondsOf(headers['x-ratelimit-reset']);
}
