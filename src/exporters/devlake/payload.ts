import { devlakeResult, type DevlakeResult } from '../../domain/devlake.ts';
import type { AssessedDeployment } from '../../domain/deployment.ts';
import type { Incident } from '../../domain/incident.ts';
import { printable } from '../../domain/printable.ts';
import type { PullRequest } from '../../domain/pull-request.ts';
import { MINUTE } from '../../domain/units.ts';

/**
 * What is sent to the webhook of Apache DevLake, valid by what its server takes: its decoder, its required fields, the width of its columns
 * (docs/outputs/devlake.md). Every body is a whole row: what is left out becomes empty over there.
 */

/** Rows of each kind have a route of their own. */
export const DEVLAKE_ROUTES = {
  deployment: 'deployments',
  incident: 'issues',
  'pull-request': 'pull_requests',
} as const;
export type DevlakeKind = keyof typeof DEVLAKE_ROUTES;

/** A row as it is sent, or why it cannot be. */
export type Payload<Body> = { readonly body: Body; readonly leftOut: number } | { readonly refused: string };

/** A commit in a deployment. */
export interface DevlakeCommit {
  readonly repoUrl: string;
  readonly commitSha: string;
  readonly refName?: string;
  readonly name: string;
  readonly displayTitle: string;
  readonly result: DevlakeResult | typeof WITHDRAWN;
  readonly status: 'DONE';
  readonly createdDate: string;
  readonly startedDate: string;
  readonly finishedDate: string;
}

export interface DevlakeDeployment {
  readonly id: string;
  readonly name: string;
  readonly displayTitle: string;
  readonly environment: 'PRODUCTION' | 'STAGING' | 'TESTING' | 'DEVELOPMENT';
  readonly originalEnvironment: string;
  readonly result: DevlakeResult | typeof WITHDRAWN;
  readonly createdDate: string;
  readonly startedDate: string;
  readonly finishedDate: string;
  readonly deploymentCommits: readonly DevlakeCommit[];
}

export interface DevlakeIncident {
  readonly issueKey: string;
  readonly title: string;
  readonly url?: string;
  readonly type: 'INCIDENT';
  readonly status: 'TODO' | 'DONE';
  readonly originalStatus: string;
  readonly createdDate: string;
  readonly resolutionDate?: string;
  readonly leadTimeMinutes?: number;
  readonly severity?: string;
  readonly component?: string;
}

export interface DevlakePullRequest {
  readonly id: string;
  readonly pullRequestKey: number;
  readonly displayTitle: string;
  readonly status: 'MERGED';
  readonly originalStatus: string;
  readonly url?: string;
  readonly authorName?: string;
  readonly createdDate: string;
  readonly mergedDate: string;
  readonly closedDate: string;
  readonly mergeCommitSha?: string;
  readonly headRef?: string;
}

export type DevlakeBody = DevlakeDeployment | DevlakeIncident | DevlakePullRequest;

/** What a row that is taken back ends with: the metrics of DevLake know it not, and it has no way to delete one. */
export const WITHDRAWN = 'WITHDRAWN';

/** A commit as it stands in a deployment that was sent before. */
export interface SentCommit {
  readonly repoUrl: string;
  readonly commitSha: string;
}

/** So many commits of a deployment are sent: DevLake writes them with one statement, whose values a database counts in 16 bits. */
export const MOST_COMMITS = 1000;

const SHA = /^[0-9a-f]{40}$/u;

/** The widths of its columns; where it has none we still end somewhere. */
const WIDTH = { name: 255, url: 255, repoUrl: 500, title: 500, status: 100, author: 100, path: 255 } as const;

/** What is needed besides the deployment. */
export interface DeploymentFrame {
  readonly id: string;
  readonly repoUrl: string;
  /** The commits that it shipped, as they are on the branch; the revision need not be among them. */
  readonly shipped: readonly string[];
  /** What was sent of it before. */
  readonly sent: readonly SentCommit[];
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
}

/** A deployment, its revision first; `leftOut` is how many of its commits did not fit. Commits that it had and has no more are taken back. */
export function deploymentPayload(
  deployment: AssessedDeployment,
  { id, repoUrl: written, shipped, sent, mask }: DeploymentFrame,
): Payload<DevlakeDeployment> {
  const { revision, finishedAt, environment, component, name } = deployment;
  const date = dateOf(finishedAt);
  if (date === null) return { refused: 'it finished in a year that DevLake cannot store' };
  if (!SHA.test(revision))
    return {
      refused: `its revision is no full SHA-1 (${shown(revision)}), and DevLake knows no other commits`,
    };
  const repoUrl = mask(plain(written));
  if (repoUrl === '' || repoUrl.length > WIDTH.repoUrl)
    return { refused: 'the address of its repository is not known, or longer than DevLake can store' };
  const text = textIn(mask);
  const result = devlakeResult(deployment);
  const dates = { createdDate: date, startedDate: date, finishedDate: date };
  const [commits, leftOut] = commitsOf(revision, shipped);
  const called = text(`${component} ${name}`, WIDTH.name);
  const refName =
    deployment.source.endsWith('tag') || deployment.source === 'release' ? text(name, WIDTH.name) : '';
  const live = commits.map((commitSha): DevlakeCommit => ({
    repoUrl,
    commitSha,
    ...(refName !== '' && { refName }),
    name: text(`${component} ${commitSha.slice(0, 7)}`, WIDTH.name),
    displayTitle: called,
    result,
    status: 'DONE',
    ...dates,
  }));
  return {
    body: {
      id,
      name: called,
      displayTitle: text([component, name, deployment.url ?? ''].join(' ').trim(), WIDTH.title),
      environment: environmentOf(environment),
      originalEnvironment: text(environment, WIDTH.name),
      result,
      ...dates,
      deploymentCommits: [...live, ...takenBack(sent, { repoUrl, commits, name: called, date })],
    },
    leftOut,
  };
}

/** A deployment that is none any more. */
export function withdrawnDeployment(
  id: string,
  sent: readonly SentCommit[],
  finishedDate: string,
): DevlakeDeployment {
  const gone = { repoUrl: '', commits: [], name: 'withdrawn', date: finishedDate };
  return {
    id,
    name: 'withdrawn',
    displayTitle: 'withdrawn: it is no deployment after all',
    environment: 'PRODUCTION',
    originalEnvironment: '',
    result: WITHDRAWN,
    createdDate: finishedDate,
    startedDate: finishedDate,
    finishedDate,
    deploymentCommits: takenBack(sent, gone),
  };
}

function takenBack(
  sent: readonly SentCommit[],
  now: {
    readonly repoUrl: string;
    readonly commits: readonly string[];
    readonly name: string;
    readonly date: string;
  },
): DevlakeCommit[] {
  const live = new Set(now.commits.map((sha) => `${now.repoUrl} ${sha}`));
  const dates = { createdDate: now.date, startedDate: now.date, finishedDate: now.date };
  return sent
    .filter(({ repoUrl, commitSha }) => !live.has(`${repoUrl} ${commitSha}`))
    .slice(0, MOST_COMMITS)
    .map(({ repoUrl, commitSha }) => {
      const told = { name: now.name, displayTitle: 'withdrawn', result: WITHDRAWN, status: 'DONE' } as const;
      return { repoUrl, commitSha, ...told, ...dates };
    });
}

/** The revision and what it shipped, each once, and how many of them are too many. */
function commitsOf(revision: string, shipped: readonly string[]): [string[], number] {
  const all = [...new Set([revision, ...shipped])].filter((sha) => SHA.test(sha));
  return [all.slice(0, MOST_COMMITS), Math.max(0, all.length - MOST_COMMITS)];
}

/** The only names that DevLake has; what somebody measures under a name of his own is what counts to him. */
function environmentOf(name: string): DevlakeDeployment['environment'] {
  if (/stag|uat|pre-?prod/iu.test(name)) return 'STAGING';
  if (/test|\bqa\b/iu.test(name)) return 'TESTING';
  return /dev/iu.test(name) ? 'DEVELOPMENT' : 'PRODUCTION';
}

/** An incident as it is now: the whole record, since DevLake keeps nothing of what it had. */
export function incidentPayload(
  incident: Incident,
  issueKey: string,
  mask: (text: string) => string,
): Payload<DevlakeIncident> {
  const { openedAt, resolvedAt, component, severity } = incident;
  const createdDate = dateOf(openedAt);
  const resolutionDate = resolvedAt === null ? null : dateOf(resolvedAt);
  if (createdDate === null || (resolvedAt !== null && resolutionDate === null))
    return { refused: 'it was opened or resolved in a year that DevLake cannot store' };
  if (resolvedAt !== null && resolvedAt < openedAt)
    return { refused: 'it was resolved before it was opened, which DevLake takes for millions of years' };
  const text = textIn(mask);
  const title = text(incident.title, WIDTH.title);
  return {
    body: {
      issueKey,
      title: title === '' ? `incident ${issueKey}` : title,
      ...webPage(incident.url, mask),
      type: 'INCIDENT',
      status: resolvedAt === null ? 'TODO' : 'DONE',
      originalStatus: resolvedAt === null ? 'open' : 'resolved',
      createdDate,
      ...(resolvedAt !== null &&
        resolutionDate !== null && {
          resolutionDate,
          leadTimeMinutes: Math.floor((resolvedAt - openedAt) / MINUTE),
        }),
      ...(severity !== null && severity !== '' && { severity: text(severity, WIDTH.name) }),
      ...(component !== '' && { component: text(component, WIDTH.name) }),
    },
    leftOut: 0,
  };
}

/** An incident that is none any more: opened before any deployment and never resolved, it is in no metric of DevLake. */
export function withdrawnIncident(issueKey: string): DevlakeIncident {
  return {
    issueKey,
    title: 'withdrawn: it is no incident after all',
    type: 'INCIDENT',
    status: 'DONE',
    originalStatus: 'withdrawn',
    createdDate: new Date(DAWN).toISOString(),
  };
}

/** Before anything that anybody deployed, and in the range of every database. */
const DAWN = Date.UTC(1971, 0, 1);

/** A merged pull request with its title; `key` is its number in DevLake, unique among all that the webhook gets. */
export function pullRequestPayload(
  { number, url, author, openedAt, mergedAt, headBranch, mergeCommit }: PullRequest,
  named: { readonly id: string; readonly key: number; readonly title: string },
  mask: (text: string) => string,
): Payload<DevlakePullRequest> {
  const [createdDate, mergedDate] = [dateOf(openedAt), dateOf(mergedAt)];
  if (createdDate === null || mergedDate === null)
    return { refused: 'it was opened or merged in a year that DevLake cannot store' };
  if (mergedAt < openedAt) return { refused: 'it was merged before it was opened' };
  const text = textIn(mask);
  const title = text(named.title, WIDTH.title);
  return {
    body: {
      id: named.id,
      pullRequestKey: named.key,
      displayTitle: title === '' ? `#${String(number)}` : title,
      status: 'MERGED',
      originalStatus: 'merged',
      ...webPage(url, mask),
      ...(author !== null && { authorName: text(author, WIDTH.author) }),
      createdDate,
      mergedDate,
      closedDate: mergedDate,
      ...(mergeCommit !== null && SHA.test(mergeCommit) && { mergeCommitSha: mergeCommit }),
      ...(headBranch !== '' && { headRef: text(headBranch, WIDTH.path) }),
    },
    leftOut: 0,
  };
}

/** Cut short, an address leads nowhere. */
function webPage(url: string | null, mask: (text: string) => string): { readonly url?: string } {
  if (url === null || url === '') return {};
  const clean = mask(plain(url));
  return clean.length > WIDTH.url ? {} : { url: clean };
}

/** The years that each of its databases can hold. */
function dateOf(instant: number): string | null {
  if (!Number.isFinite(instant) || Math.abs(instant) > 8.64e15) return null;
  const date = new Date(instant);
  const year = date.getUTCFullYear();
  return year >= 1000 && year <= 9999 ? date.toISOString() : null;
}

/** What is no text to a database is written out. */
function plain(text: string): string {
  return printable(text.replaceAll(/\p{Surrogate}/gu, '\u{fffd}'));
}

/** Texts are cut at so many characters, as databases count them. */
function textIn(mask: (text: string) => string): (text: string, width: number) => string {
  return (text, width) => {
    const clean = mask(plain(text)).trim();
    if (clean.length <= width) return clean;
    const characters = Array.from(clean);
    return characters.length <= width ? clean : `${characters.slice(0, width - 1).join('')}…`;
  };
}

function shown(revision: string): string {
  return revision === '' ? 'it has none' : printable(revision.slice(0, 70));
}
