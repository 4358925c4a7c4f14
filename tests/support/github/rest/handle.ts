import { createHash } from 'node:crypto';
import { json, type Answer } from '../../answer.ts';
import { refusal } from '../answer.ts';
import type { Incoming } from '../incoming.ts';
import type { Repository } from '../model/repository.ts';
import type { Workflow } from '../model/workflow.ts';
import { tokenHeaders, type Site } from '../site.ts';
import { notAccessible, SAML_MESSAGE, sees, ssoHeaders, userId, type Token } from '../tokens.ts';
import { listRuns } from './list-runs.ts';
import { paged } from './paging.ts';
import { runJson, workflowJson, type Naming } from './run-json.ts';

const API = '/api/v3';

export interface RestOutcome {
  readonly answer: Answer;
  /** Requests taken from the hourly budget: one, or none where nothing had changed. */
  readonly points: number;
}

/** Answers a request below `/api/v3`. */
export function handleRest(site: Site, token: Token, request: Incoming): RestOutcome {
  const { headers, method } = request;
  if (site.budgets?.state(token.secret, 'core').remaining === 0) {
    const message = `API rate limit exceeded for user ID ${userId(token)}.`;
    return { answer: withHeaders(refusal(403, message), tokenHeaders(site, token, 'core')), points: 0 };
  }
  const answer = method === 'GET' ? tagged(found(site, token, request)) : refusal(404, 'Not Found');
  const { etag } = answer.headers;
  const isKnown = etag !== undefined && headers['if-none-match']?.split(/, */u).includes(etag) === true;
  if (!isKnown) site.budgets?.spend(token.secret, 'core', 1);
  const sent = isKnown ? { status: 304, headers: { etag }, body: '' } : answer;
  return { answer: withHeaders(sent, tokenHeaders(site, token, 'core')), points: isKnown ? 0 : 1 };
}

function withHeaders(answer: Answer, headers: Answer['headers']): Answer {
  return { ...answer, headers: { ...headers, ...answer.headers } };
}

/** A weak tag for what is in it; of answers that tell of success only. */
function tagged(answer: Answer): Answer {
  if (answer.status !== 200) return answer;
  const digest = createHash('sha256').update(answer.body).digest('hex');
  return withHeaders(answer, { etag: `W/"${digest}"` });
}

function found(site: Site, token: Token, { url, headers }: Incoming): Answer {
  const { pathname } = url;
  const organization = /^\/api\/v3\/orgs\/([^/]+)\/repos$/u.exec(pathname)?.[1];
  if (organization !== undefined) return ofOrganization(organization, { site, token, url, headers });
  const match =
    /^\/api\/v3\/(?:repos\/(?<name>[^/]+\/[^/]+)|repositories\/(?<id>\d+))\/actions\/(?<rest>.+)$/u.exec(
      pathname,
    );
  if (match?.groups === undefined)
    return refusal(pathname.startsWith(API) ? 501 : 404, `not served by the test server: ${pathname}`);
  const { name, id, rest = '' } = match.groups;
  const repository = name === undefined ? site.world.byDatabaseId(Number(id)) : site.world.find(name);
  if (repository === undefined || !sees(token, repository)) return refusal(404, 'Not Found');
  const origin = `http://${headers.host ?? '127.0.0.1'}`;
  if (name !== undefined && name.toLowerCase() !== repository.nameWithOwner.toLowerCase())
    return moved(`${origin}${API}/repositories/${repository.databaseId}/actions/${rest}${url.search}`);
  const [owner = ''] = repository.nameWithOwner.split('/');
  if (token.samlFailure === true) return refusal(403, SAML_MESSAGE, ssoHeaders(owner));
  if (token.lacks?.includes('actions') === true) return refusal(403, notAccessible(token));
  const naming = { api: `${origin}${API}`, repository };
  return ofActions(rest, new URL(`${pathname}${url.search}`, origin), naming);
}

/** The repositories of an owner that the token sees; a name that owns none is no organisation here. */
function ofOrganization(
  organization: string,
  {
    site,
    token,
    url,
    headers,
  }: Pick<Incoming, 'url' | 'headers'> & { readonly site: Site; readonly token: Token },
): Answer {
  const prefix = `${organization.toLowerCase()}/`;
  const all = [...site.world].filter(({ nameWithOwner }) => nameWithOwner.toLowerCase().startsWith(prefix));
  if (all.length === 0) return refusal(404, 'Not Found');
  const seen = all.filter((repository) => sees(token, repository));
  const page = paged(seen, new URL(url.href, `http://${headers.host ?? '127.0.0.1'}`), Infinity);
  const entries = page.entries.map(({ nameWithOwner, databaseId, isFork, isArchived }) => ({
    id: databaseId,
    full_name: nameWithOwner,
    fork: isFork,
    archived: isArchived,
  }));
  return json(200, entries, page.headers);
}

function moved(location: string): Answer {
  return json(301, { message: 'Moved Permanently', url: location }, { location });
}

function ofActions(rest: string, url: URL, naming: Naming): Answer {
  const [kind, id, further, number, ...more] = rest.split('/').map(decodeURIComponent);
  if (more.length === 0 && kind === 'workflows') return ofWorkflows(id, further, url, naming);
  if (more.length === 0 && kind === 'runs' && id !== undefined) return ofRun(id, further, number, naming);
  return refusal(501, `not served by the test server: ${url.pathname}`);
}

function ofWorkflows(id: string | undefined, further: string | undefined, url: URL, naming: Naming): Answer {
  const { repository } = naming;
  if (id === undefined) {
    const all = [...repository.workflows.values()];
    const { entries, headers } = paged(all, url, Infinity);
    const workflows = entries.map((workflow) => workflowJson(workflow, naming));
    return json(200, { total_count: all.length, workflows }, headers);
  }
  const workflow = workflowOf(repository, id);
  if (workflow === undefined) return refusal(404, 'Not Found');
  if (further === undefined) return json(200, workflowJson(workflow, naming));
  if (further !== 'runs') return refusal(501, `not served by the test server: ${url.pathname}`);
  const newestFirst = repository.runs.by('CREATED_AT').ascending().toReversed();
  const runs = newestFirst.filter((run) => run.workflow === workflow);
  return listRuns(runs, url, naming);
}

/** By the name of its file, or by its number. */
function workflowOf(repository: Repository, id: string): Workflow | undefined {
  return (
    repository.workflows.get(id) ?? [...repository.workflows.values()].find((one) => String(one.id) === id)
  );
}

function ofRun(id: string, further: string | undefined, number: string | undefined, naming: Naming): Answer {
  const run = [...naming.repository.runs].find(({ databaseId }) => String(databaseId) === id);
  if (run === undefined) return refusal(404, 'Not Found');
  if (further === undefined) return json(200, runJson(run, run.attempt, naming));
  if (further !== 'attempts') return refusal(501, `not served by the test server: runs/${id}/${further}`);
  const attempt = run.attempts[Number(number) - 1];
  return attempt === undefined ? refusal(404, 'Not Found') : json(200, runJson(run, attempt, naming));
}
