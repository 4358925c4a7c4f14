import * as z from 'zod';
import type { RowFacts } from '../domain/annotation.ts';
import { LANDINGS, type ChangePullRequest, type ShippedChange } from '../domain/change.ts';
import { DEPLOYMENT_SOURCES, FAILURE_RULES, type AssessedDeployment } from '../domain/deployment.ts';
import { INCIDENT_LINKS, type Incident } from '../domain/incident.ts';
import { PULL_REQUEST_RULES } from '../domain/pull-request.ts';
import {
  isSetAsideReason,
  SET_ASIDE_KINDS,
  type SetAside,
  type SetAsideReason,
} from '../domain/set-aside.ts';
import { epochMs, isInstant, type EpochMs } from '../domain/units.ts';
import type { COLUMNS } from './dataset-columns.ts';
import type { Table } from './paths.ts';

/**
 * Rows of the tables back into what they were written from.
 *
 * All of it throws `RangeError` or `SyntaxError` for what the writer never wrote.
 */

/** A row of a table under the reader; valid until the next one is asked for. */
export interface Row<Name extends string> {
  text(column: Name): string;
  number(column: Name): number;
  isEmpty(column: Name): boolean;
}

export type RowOf<T extends Table> = Row<(typeof COLUMNS)[T][number]>;

const Failures = z.array(
  z.object({
    rule: z.enum(FAILURE_RULES),
    failureAt: z.number().transform(epochMs),
    recoveredAt: z.number().transform(epochMs).nullable(),
    knownAt: z.number().transform(epochMs),
    repairedBy: z.string().nullable(),
    commits: z.array(z.string()),
    incident: z.string().nullable(),
  }),
);
const Repairs = z.array(z.object({ rule: z.enum(['rollback', 'revert', 'hotfix']), deployment: z.string() }));
const Sightings = z.array(
  z.object({
    source: z.enum(DEPLOYMENT_SOURCES),
    name: z.string(),
    at: z.number().transform(epochMs),
    url: z.string().exactOptional(),
    part: z.string().exactOptional(),
    cluster: z.string().exactOptional(),
    untraced: z.string().exactOptional(),
    unverified: z.literal(true).exactOptional(),
    problem: z.string().exactOptional(),
  }),
);
const Annotation = z.object({
  rows: z.array(z.string()),
  failed: z.boolean().nullable(),
  hotfix: z.boolean().nullable(),
  rollback: z.boolean().nullable(),
});
const Labels = z.array(z.string());
const OUTCOMES = ['succeeded', 'failed', 'unknown'] as const;

export function deploymentOf(row: RowOf<'deployments'>): AssessedDeployment {
  return {
    id: row.text('id'),
    repository: row.text('repository'),
    component: row.text('component'),
    environment: row.text('environment'),
    name: row.text('name'),
    url: textOrNull(row, 'url'),
    revision: row.text('revision'),
    finishedAt: instant(row, 'finished_at'),
    estimated: row.text('time_estimated') === 'yes',
    outcome: oneOf(OUTCOMES, row, 'outcome'),
    source: oneOf(DEPLOYMENT_SOURCES, row, 'source'),
    baseline: row.text('baseline') === 'yes',
    shippedChanges: row.number('shipped_changes'),
    failures: list(Failures, row, 'failures'),
    repairs: list(Repairs, row, 'repairs'),
    sightings: list(Sightings, row, 'sightings'),
    annotation: row.isEmpty('annotation') ? null : Annotation.parse(JSON.parse(row.text('annotation'))),
  };
}

export function incidentOf(row: RowOf<'incidents'>): Incident {
  return {
    id: row.text('id'),
    repository: row.text('repository'),
    component: row.text('component'),
    openedAt: instant(row, 'opened_at'),
    resolvedAt: instantOrNull(row, 'resolved_at'),
    title: row.text('title'),
    url: textOrNull(row, 'url'),
    deployment: textOrNull(row, 'deployment'),
    link: row.isEmpty('link') ? null : oneOf(INCIDENT_LINKS, row, 'link'),
    severity: textOrNull(row, 'severity'),
  };
}

/** A row of the spreadsheet, as far as it tells what it is about. */
export function factsOf(row: RowOf<'review'>): RowFacts {
  return {
    kind: oneOf(['commit', 'deployment'] as const, row, 'kind'),
    repository: row.text('repository'),
    component: row.text('component'),
    commit: row.text('commit'),
    committedAt: instantOrNull(row, 'committed_at'),
    author: row.text('author'),
    title: row.text('title'),
    deployment: row.isEmpty('deployment')
      ? null
      : {
          id: row.text('deployment'),
          name: row.text('deployment_name'),
          finishedAt: instant(row, 'deployed_at'),
        },
  };
}

export function changeOf(row: RowOf<'changes'>): ShippedChange {
  return {
    repository: row.text('repository'),
    component: row.text('component'),
    commit: row.text('commit'),
    landedAs: textOrNull(row, 'landed_as'),
    landing: oneOf(LANDINGS, row, 'landing'),
    deployment: row.text('deployment'),
    authoredAt: instant(row, 'authored_at'),
    deployedAt: instant(row, 'deployed_at'),
    pullRequest: row.isEmpty('pull_request') ? null : pullRequestOf(row),
    byBot: !row.isEmpty('by_bot'),
    author: row.text('author'),
    subject: row.text('subject'),
  };
}

function pullRequestOf(row: RowOf<'changes'>): ChangePullRequest {
  return {
    number: row.number('pull_request'),
    rule: oneOf(PULL_REQUEST_RULES, row, 'pull_request_rule'),
    url: textOrNull(row, 'pull_request_url'),
    openedAt: instantOrNull(row, 'opened_at'),
    firstReviewAt: instantOrNull(row, 'first_review_at'),
    mergedAt: instantOrNull(row, 'merged_at'),
    labels: list(Labels, row, 'labels'),
  };
}

export function setAsideOf(row: RowOf<'set-aside'>): SetAside {
  const at = Date.parse(row.text('at'));
  return {
    ...placeOf(row),
    id: row.text('id'),
    at: isInstant(at) ? at : null,
    deployment: textOrNull(row, 'deployment'),
    author: row.text('author'),
    subject: row.text('subject'),
    detail: row.text('detail'),
  };
}

/** What a row was set aside for, and of what it is one. */
export function placeOf(
  row: RowOf<'set-aside'>,
): Pick<SetAside, 'reason' | 'kind' | 'repository' | 'component'> {
  return {
    kind: oneOf(SET_ASIDE_KINDS, row, 'kind'),
    reason: reasonOf(row),
    repository: row.text('repository'),
    component: row.text('component'),
  };
}

function reasonOf(row: RowOf<'set-aside'>): SetAsideReason {
  const text = row.text('reason');
  if (isSetAsideReason(text)) return text;
  throw new RangeError(`unknown reason ${text}`);
}

export function instantOrNull<Name extends string>(row: Row<Name>, column: Name): EpochMs | null {
  return row.isEmpty(column) ? null : instant(row, column);
}

function instant<Name extends string>(row: Row<Name>, column: Name): EpochMs {
  return epochMs(Date.parse(row.text(column)));
}

function textOrNull<Name extends string>(row: Row<Name>, column: Name): string | null {
  return row.isEmpty(column) ? null : row.text(column);
}

function oneOf<Word extends string, Name extends string>(
  words: readonly Word[],
  row: Row<Name>,
  column: Name,
): Word {
  const text = row.text(column);
  const found = words.find((word) => word === text);
  if (found === undefined) throw new RangeError(`unknown ${column} ${text}`);
  return found;
}

/** A list as JSON in a cell; nothing where it is empty. */
function list<Item, Name extends string>(
  schema: z.ZodType<Item[]>,
  row: Row<Name>,
  column: Name,
): readonly Item[] {
  if (row.isEmpty(column)) return [];
  const found = schema.safeParse(JSON.parse(row.text(column)));
  if (!found.success) throw new RangeError(`no list of ${column}: ${row.text(column)}`);
  return found.data;
}
