import type { DeploymentRecord } from '../../domain/deployment-record.ts';
import type { Outcome } from '../../domain/deployment.ts';
import type { IncidentRecord } from '../../domain/incident.ts';
import type { PullRequest, PullRequestCommit } from '../../domain/pull-request.ts';
import type { SetAsideReason } from '../../domain/set-aside.ts';
import { isInstant, type EpochMs } from '../../domain/units.ts';

/**
 * What raw records of GitHub mean. They are as GitHub sent them, so that anything may be `null`: what cannot be understood is passed
 * over, never an error.
 */

type Raw = Readonly<Record<string, unknown>>;

/** The newest of each item, `null` for what is no longer there, in the order in which they were first met. */
export class NewestById<Value> {
  readonly #byId = new Map<string, { value: Value | null; isGone: boolean }>();
  readonly #parse: (raw: Raw) => Value | null;
  readonly #idOf: (raw: Raw) => string | null;

  constructor(
    parse: (raw: Raw) => Value | null,
    idOf: (raw: Raw) => string | null = (raw) => text(raw['id']),
  ) {
    this.#parse = parse;
    this.#idOf = idOf;
  }

  add(record: unknown): void {
    if (!isRaw(record)) return;
    const id = this.#idOf(record);
    if (id === null) return;
    if (record['gone'] === true) {
      const known = this.#byId.get(id);
      if (known !== undefined) known.isGone = true;
    } else this.#byId.set(id, { value: this.#parse(record), isGone: false });
  }

  *entries(): Generator<{ readonly id: string; readonly value: Value; readonly isGone: boolean }> {
    for (const [id, { value, isGone }] of this.#byId) if (value !== null) yield { id, value, isGone };
  }
}

/** A merged pull request; `null` for a record that lacks what makes it one. */
export function parsePullRequest(raw: Raw): PullRequest | null {
  const number = raw['number'];
  const openedAt = instant(raw['createdAt']);
  const mergedAt = instant(raw['mergedAt']);
  if (typeof number !== 'number' || openedAt === null || mergedAt === null) return null;
  const author = isRaw(raw['author']) ? raw['author'] : null;
  const login = author === null ? null : text(author['login']);
  return {
    number,
    url: text(raw['url']) ?? '',
    author: login,
    byBot: isBot(author),
    openedAt,
    mergedAt,
    headBranch: text(raw['headRefName']) ?? '',
    labels: labelsOf(raw),
    mergeCommit: isRaw(raw['mergeCommit']) ? text(raw['mergeCommit']['oid']) : null,
    firstReviewAt: firstReviewOf(raw),
    commits: nodesOf(raw['commits']).flatMap((node) => commitOf(node['commit'])),
  };
}

function commitOf(commit: unknown): PullRequestCommit[] {
  if (!isRaw(commit)) return [];
  const sha = text(commit['oid']);
  if (sha === null || !/^[0-9a-f]{40,64}$/u.test(sha)) return [];
  const author = isRaw(commit['author']) ? text(commit['author']['name']) : null;
  const subject = text(commit['messageHeadline']) ?? '';
  return [{ sha, authoredAt: instant(commit['authoredDate']), author: author ?? '', subject }];
}

/** The earliest review by a person other than the author; `null` where there is none. */
export function firstReviewOf(raw: Raw): EpochMs | null {
  const author = isRaw(raw['author']) ? text(raw['author']['login']) : null;
  let first: EpochMs | null = null;
  for (const review of nodesOf(raw['reviews'])) {
    const reviewer = isRaw(review['author']) ? review['author'] : null;
    const login = reviewer === null ? null : text(reviewer['login']);
    const at = instant(review['submittedAt']);
    if (at === null || login === null || login === author || isBot(reviewer)) continue;
    if (review['state'] !== 'PENDING' && (first === null || at < first)) first = at;
  }
  return first;
}

function isBot(actor: Raw | null): boolean {
  return (
    actor !== null && (actor['__typename'] === 'Bot' || text(actor['login'])?.endsWith('[bot]') === true)
  );
}

/** A release as a deployment at the moment when it was published. */
export function parseRelease(raw: Raw): DeploymentRecord | null {
  const id = text(raw['id']);
  const tag = text(raw['tagName']);
  if (id === null || tag === null) return null;
  const name = text(raw['name']) ?? '';
  return {
    source: 'release',
    id,
    name: tag === '' ? name : tag,
    url: text(raw['url']),
    revision: isRaw(raw['tagCommit']) ? text(raw['tagCommit']['oid']) : null,
    tag,
    environment: raw['isPrerelease'] === true ? 'staging' : 'production',
    workflow: null,
    finishedAt: instant(raw['publishedAt']),
    outcome: 'succeeded',
    notBecause: raw['isDraft'] === true ? 'draft' : null,
  };
}

/**
 * A deployment with its outcome: failed when a failure has no later success, succeeded when it ever succeeded (what a newer one has
 * replaced reads `INACTIVE`), under way while neither was heard.
 */
export function parseDeployment(raw: Raw): DeploymentRecord | null {
  const id = text(raw['id']);
  const createdAt = instant(raw['createdAt']);
  if (id === null || createdAt === null) return null;
  const { outcome, finishedAt, logUrl } = deploymentOutcome(raw, createdAt);
  const ref = isRaw(raw['ref']) ? text(raw['ref']['name']) : null;
  const environment = text(raw['originalEnvironment']) ?? text(raw['environment']) ?? '';
  const number = raw['databaseId'];
  return {
    source: 'github-deployment',
    id: typeof number === 'number' ? String(number) : id,
    name: ref ?? '',
    url: logUrl,
    revision: text(raw['commitOid']),
    tag: ref,
    environment,
    workflow: null,
    finishedAt: finishedAt === null ? null : toInstant(finishedAt),
    outcome,
    notBecause: finishedAt === null ? 'in-progress' : null,
  };
}

interface Ending {
  readonly outcome: Outcome;
  /** `null` while it is under way. */
  readonly finishedAt: number | null;
  readonly logUrl: string | null;
}

function deploymentOutcome(raw: Raw, createdAt: EpochMs): Ending {
  const statuses = nodesOf(raw['statuses']).flatMap((status) => {
    const at = instant(status['createdAt']);
    return at === null ? [] : [{ state: text(status['state']) ?? '', at, logUrl: text(status['logUrl']) }];
  });
  const timesOf = (...states: readonly string[]) =>
    statuses.filter(({ state }) => states.includes(state)).map(({ at }) => at);
  const logUrl =
    statuses
      .filter((status) => (status.logUrl ?? '') !== '')
      .reduce<(typeof statuses)[number] | null>((a, b) => (a === null || b.at > a.at ? b : a), null)
      ?.logUrl ?? null;
  const failures = timesOf('FAILURE', 'ERROR');
  const successes = timesOf('SUCCESS');
  if (failures.length > 0 && Math.max(...failures) > Math.max(...successes))
    return { outcome: 'failed', finishedAt: Math.max(...failures), logUrl };
  // the first success is when it was there
  if (successes.length > 0) return { outcome: 'succeeded', finishedAt: Math.min(...successes), logUrl };
  return { ...unheard(raw, createdAt), logUrl };
}

/** A deployment without a status that tells how it ended: its state may still say it. Many tools never report any. */
function unheard(
  raw: Raw,
  createdAt: EpochMs,
): { readonly outcome: Outcome; readonly finishedAt: number | null } {
  switch (raw['state']) {
    case 'PENDING':
    case 'QUEUED':
    case 'IN_PROGRESS':
    case 'WAITING':
      return { outcome: 'unknown', finishedAt: null };
    case 'ACTIVE':
    case 'SUCCESS':
      return { outcome: 'succeeded', finishedAt: createdAt };
    case 'FAILURE':
    case 'ERROR':
      return { outcome: 'failed', finishedAt: createdAt };
    default:
      return { outcome: 'unknown', finishedAt: createdAt };
  }
}

/** An attempt of a workflow's run. */
export function parseRun(raw: Raw): DeploymentRecord | null {
  const id = runId(raw);
  const file = text(raw['path'])?.replace(/@.*$/u, '').split('/').at(-1) ?? null;
  if (id === null) return null;
  const { outcome, notBecause } = runOutcome(raw);
  return {
    source: 'workflow-run',
    id,
    name: runName(raw),
    url: text(raw['html_url']),
    revision: text(raw['head_sha']),
    tag: null,
    environment: null,
    workflow: file,
    finishedAt: notBecause === 'in-progress' ? null : instant(raw['updated_at']),
    outcome,
    notBecause,
  };
}

function runName({ run_number: number, run_attempt: attempt }: Raw): string {
  const again = typeof attempt === 'number' && attempt > 1 ? `, attempt ${String(attempt)}` : '';
  return typeof number === 'number' ? `#${String(number)}${again}` : '';
}

/** `id/attempt`: each attempt of a run is a record of its own. */
export function runId(raw: Raw): string | null {
  const { id, run_attempt: attempt } = raw;
  return typeof id === 'number' && typeof attempt === 'number' ? `${String(id)}/${String(attempt)}` : null;
}

function runOutcome(raw: Raw): { readonly outcome: Outcome; readonly notBecause: SetAsideReason | null } {
  const event = text(raw['event']) ?? '';
  if (event.startsWith('pull_request')) return { outcome: 'unknown', notBecause: 'not-deployed' };
  if (raw['status'] !== 'completed') return { outcome: 'unknown', notBecause: 'in-progress' };
  switch (raw['conclusion']) {
    case 'success':
      return { outcome: 'succeeded', notBecause: null };
    case 'failure':
    case 'timed_out':
    case 'startup_failure':
      return { outcome: 'failed', notBecause: null };
    default:
      return { outcome: 'unknown', notBecause: 'not-deployed' };
  }
}

/** An issue that carries one of `labels`; `null` for any other. */
export function parseIncident(
  raw: Raw,
  repository: string,
  labels: readonly string[],
): IncidentRecord | null {
  const number = raw['number'];
  const openedAt = instant(raw['createdAt']);
  if (typeof number !== 'number' || openedAt === null) return null;
  const own = labelsOf(raw);
  const wanted = new Set(labels.map((label) => label.toLowerCase()));
  const title = text(raw['title']) ?? '';
  return {
    id: `github:${repository}#${String(number)}`,
    title,
    text: `${title}\n${text(raw['body']) ?? ''}`,
    url: text(raw['url']),
    labels: own,
    severity: null,
    component: null,
    deployment: null,
    openedAt,
    resolvedAt: raw['state'] === 'CLOSED' ? instant(raw['closedAt']) : null,
    notBecause:
      raw['stateReason'] === 'NOT_PLANNED'
        ? 'not-planned'
        : own.some((label) => wanted.has(label.toLowerCase()))
          ? null
          : 'deleted',
  };
}

function labelsOf(raw: Raw): string[] {
  return nodesOf(raw['labels']).flatMap((label) => text(label['name']) ?? []);
}

function nodesOf(connection: unknown): Raw[] {
  const nodes = isRaw(connection) ? connection['nodes'] : null;
  return Array.isArray(nodes) ? nodes.filter(isRaw) : [];
}

function instant(value: unknown): EpochMs | null {
  return typeof value === 'string' ? toInstant(Date.parse(value)) : null;
}

function toInstant(value: number): EpochMs | null {
  return isInstant(value) ? value : null;
}

const isRaw = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
