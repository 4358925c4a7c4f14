import { json, type Answer } from '../../answer.ts';
import { refusal } from '../answer.ts';
import type { WorkflowRun } from '../model/workflow.ts';
import { spanOf, type Span } from './created.ts';
import { paged } from './paging.ts';
import { runJson, type Naming } from './run-json.ts';

/** With any of these GitHub searches, and a search ends after a thousand results. */
const FILTERS = ['actor', 'branch', 'created', 'event', 'head_sha', 'status'] as const;
const OTHERS = ['page', 'per_page', 'exclude_pull_requests'];
const MOST_FOUND = 1000;
/** Nobody may page further than this. */
const MOST_LISTED = 40_000;

/** A page of runs, newest first. */
export function listRuns(runs: readonly WorkflowRun[], url: URL, naming: Naming): Answer {
  const asked = url.searchParams;
  const unknown = [...asked.keys()].find((name) => ![...FILTERS, ...OTHERS].includes(name));
  if (unknown !== undefined) return refusal(501, `not served by the test server: parameter ${unknown}`);
  const created = asked.get('created');
  const span = created === null ? null : spanOf(created);
  if (created !== null && span === null) return refusal(422, `Validation Failed: created ${created}`);
  const found = runs.filter((run) => matches(run, asked, span));
  const isFiltered = FILTERS.some((name) => asked.has(name));
  const page = paged(found, url, isFiltered ? MOST_FOUND : Infinity);
  if (!isFiltered && page.end > MOST_LISTED) {
    const message =
      'In order to keep the API fast for everyone, pagination is limited for this resource. Check the rel=last link relation in the Link response header to see how far back you can traverse.';
    return refusal(422, message);
  }
  const workflow_runs = page.entries.map((run) => runJson(run, run.attempt, naming));
  return json(200, { total_count: found.length, workflow_runs }, page.headers);
}

function matches(run: WorkflowRun, asked: URLSearchParams, span: Span | null): boolean {
  const { status, conclusion } = run.attempt;
  const is = (name: (typeof FILTERS)[number], ...values: (string | null | undefined)[]) =>
    !asked.has(name) || values.includes(asked.get(name));
  return (
    (span === null || (run.createdAt >= span.from && run.createdAt <= span.to)) &&
    is('status', status, conclusion) &&
    is('event', run.event) &&
    is('branch', run.branch) &&
    is('head_sha', run.sha) &&
    is('actor', run.actor?.login)
  );
}
