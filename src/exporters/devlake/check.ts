import * as z from 'zod';
import type { DevlakeWebhook } from '../../domain/devlake-settings.ts';
import { messageOf } from '../../domain/errors.ts';
import { parsedJson } from '../../domain/parsed-json.ts';
import { printable } from '../../domain/printable.ts';
import { mask } from '../../io/log.ts';
import type { Clock, Http, HttpResponse } from '../../io/ports.ts';
import { webhookPath } from './client.ts';
import { hasNoAnswer } from './no-answer.ts';
import { hintFor, judge } from './verdict.ts';

/** A link of the chain from here to a number in a dashboard. */
export interface CheckedLink {
  readonly link: 'reachable' | 'key' | 'connection' | 'mapped' | 'metrics' | 'blueprint';
  /** `unknown`: it could not be asked. */
  readonly state: 'yes' | 'no' | 'unknown';
  readonly detail: string;
  /** One thing to do; `null` where nothing is to be done. */
  readonly hint: string | null;
}

export interface CheckOptions {
  /** Ends with `/rest`. */
  readonly baseUrl: string;
  readonly token: string;
  /** A key that may ask more than the one of a connection may; `null` where there is none. */
  readonly generalToken: string | null;
  readonly timeoutMs: number;
  readonly version: string;
}

export interface CheckDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** Longer than any list of projects that is worth a look. */
const MOST_BYTES = 8 << 20;

const NOT_ASKED = 'this key may not ask for it';
const GENERAL_KEY =
  'set DEVLAKE_API_TOKEN to a key of DevLake for all paths (allowedPath .*), or look at it in its web page.';

/** Asks DevLake what can be asked about a webhook; changes nothing there. The answers contain no token. */
export async function checkWebhook(
  webhook: DevlakeWebhook,
  options: CheckOptions,
  deps: CheckDeps,
): Promise<CheckedLink[]> {
  const asker = new Asker(options, deps);
  const reachable = await asker.get('/version', 'open');
  if (typeof reachable === 'string')
    return [link('reachable', 'no', reachable, 'look at baseUrl, and at what lies between here and there.')];
  const version = Version.safeParse(parsedJson(reachable.text)).data?.version;
  const links = [
    link(
      'reachable',
      'yes',
      version === undefined ? 'it answers' : `DevLake ${printable(version.slice(0, 40))}`,
    ),
  ];
  const { key, connection } = await keyAndConnection(webhook, asker, deps);
  links.push(key, connection);
  if (key.state === 'no' || connection.state === 'no') return links;
  const id = webhook.kind === 'connection' ? webhook.id : await connectionId(webhook, asker);
  return [...links, ...(await chainBeyond(id, webhook, asker))];
}

/** A row that cannot be valid is refused after the key was accepted and the connection was found. */
async function keyAndConnection(
  webhook: DevlakeWebhook,
  asker: Asker,
  { clock }: CheckDeps,
): Promise<{ readonly key: CheckedLink; readonly connection: CheckedLink }> {
  // that of a project is made when it is first asked by the name of the project
  const kind = webhook.kind === 'project' ? 'incident' : 'deployment';
  const answer = await asker.post(`/plugins/webhook/${webhookPath(webhook, kind)}`);
  const unknown = (name: 'key' | 'connection', detail: string) => link(name, 'unknown', detail);
  if (typeof answer === 'string')
    return { key: unknown('key', answer), connection: unknown('connection', answer) };
  if (answer.status === 400)
    return { key: link('key', 'yes', 'accepted'), connection: link('connection', 'yes', 'it exists') };
  const verdict = judge(answer, clock.now().getTime());
  const reason = verdict.do === 'stored' ? '200 for a row that is not valid' : verdict.reason;
  const hint = hintFor(reason);
  if (answer.status === 404 && webhook.kind === 'project')
    return {
      key: link('key', 'yes', 'accepted'),
      connection: unknown(
        'connection',
        'DevLake makes it with the first deployment, unless it has no such project',
      ),
    };
  if (answer.status === 404 && parsedJson(answer.text) !== null)
    return { key: link('key', 'yes', 'accepted'), connection: link('connection', 'no', reason, hint) };
  if (answer.status === 401 || answer.status === 403)
    return {
      key: link('key', 'no', reason, hint),
      connection: unknown('connection', 'not known without a key'),
    };
  return { key: link('key', 'no', reason, hint), connection: unknown('connection', reason) };
}

async function connectionId(webhook: DevlakeWebhook, asker: Asker): Promise<string | null> {
  const name =
    webhook.kind === 'project' ? `${webhook.name}_deployments` : webhook.kind === 'name' ? webhook.name : '';
  const answer = await asker.get(`/plugins/webhook/connections/by-name/${encodeURIComponent(name)}`, 'key');
  const id = typeof answer === 'string' ? undefined : Connection.safeParse(parsedJson(answer.text)).data?.id;
  return id === undefined ? null : String(id);
}

/** Whether what is stored will be seen: the mapping, the metrics, the last run. */
async function chainBeyond(id: string | null, webhook: DevlakeWebhook, asker: Asker): Promise<CheckedLink[]> {
  const mapping = await asker.get('/plugins/org/project_mapping.csv', 'key');
  const projects =
    typeof mapping === 'string' || mapping.status !== 200 || id === null
      ? null
      : projectsIn(mapping.text, id);
  if (projects === null && webhook.kind !== 'project')
    return [link('mapped', 'unknown', NOT_ASKED, GENERAL_KEY)];
  const found = projects ?? [];
  const mapped =
    found.length > 0
      ? link('mapped', 'yes', `in ${found.map((name) => printable(name.slice(0, 80))).join(', ')}`)
      : projects === null
        ? link('mapped', 'unknown', NOT_ASKED, GENERAL_KEY)
        : link(
            'mapped',
            'no',
            'no project has this webhook, as of the last run of a blueprint',
            'add the webhook to a project in DevLake, and run its blueprint: the mapping is written then.',
          );
  const names = found.length === 0 && webhook.kind === 'project' ? [webhook.name] : found;
  const links = [mapped];
  for (const name of names) links.push(...(await projectLinks(name, asker)));
  return links;
}

async function projectLinks(name: string, asker: Asker): Promise<CheckedLink[]> {
  const answer = await asker.get(`/projects/${encodeURIComponent(name)}`, 'key');
  const shown = printable(name.slice(0, 80));
  const project = typeof answer === 'string' ? undefined : Project.safeParse(parsedJson(answer.text)).data;
  if (project === undefined || typeof answer === 'string' || answer.status !== 200)
    return [link('blueprint', 'unknown', `${shown}: ${NOT_ASKED}`, GENERAL_KEY)];
  const hasDora = project.metrics.some(({ pluginName, enable }) => pluginName === 'dora' && enable);
  const metrics = hasDora
    ? link('metrics', 'yes', `${shown} computes DORA`)
    : link(
        'metrics',
        'no',
        `${shown} does not compute DORA`,
        'switch DORA metrics on in the project in DevLake.',
      );
  return [metrics, await runLink(shown, project.blueprint, asker)];
}

/** A project by itself does not tell of its runs. */
async function runLink(shown: string, blueprint: Blueprint | null, asker: Asker): Promise<CheckedLink> {
  if (blueprint === null) return link('blueprint', 'no', `${shown} has no blueprint`, 'make one in DevLake.');
  const id = String(blueprint.id);
  const answer = await asker.get(`/blueprints/${id}/pipelines?page=1&pageSize=1`, 'key');
  const runs =
    typeof answer === 'string' ? undefined : Runs.safeParse(parsedJson(answer.text)).data?.pipelines;
  if (runs === undefined) return link('blueprint', 'unknown', `${shown}: ${NOT_ASKED}`, GENERAL_KEY);
  const [last] = runs;
  if (last === undefined)
    return link(
      'blueprint',
      'no',
      `that of ${shown} has never run`,
      `nothing shows before a run: start one in DevLake, or POST /blueprints/${id}/trigger.`,
    );
  const when = last.finishedAt === null ? '' : `, ${printable(last.finishedAt.slice(0, 19))}`;
  const detail = `last run of ${shown}: ${printable(last.status.slice(0, 40))}${when}`;
  return last.status === 'TASK_COMPLETED'
    ? link('blueprint', 'yes', detail)
    : link(
        'blueprint',
        last.status === 'TASK_FAILED' ? 'no' : 'unknown',
        detail,
        'look at the run in DevLake.',
      );
}

/** Names of the projects in whose metrics the deployments of a webhook are. */
function projectsIn(csv: string, id: string): string[] {
  const rows = csv
    .split(/\r?\n/u)
    .map((line) => line.split(',').map((cell) => cell.replaceAll(/^"|"$/gu, '')));
  return rows.flatMap(([name, table, row]) =>
    name !== undefined && table === 'cicd_scopes' && row === `webhook:${id}` ? [name] : [],
  );
}

function link(
  name: CheckedLink['link'],
  state: CheckedLink['state'],
  detail: string,
  hint: string | null = null,
): CheckedLink {
  return { link: name, state, detail, hint };
}

/** Single questions; what keeps one from being answered is a text. */
class Asker {
  readonly #options: CheckOptions;
  readonly #deps: CheckDeps;

  constructor(options: CheckOptions, deps: CheckDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** `open`: a question that needs no key, and so is sent none. */
  async get(path: string, how: 'open' | 'key'): Promise<HttpResponse | string> {
    const { baseUrl, token, generalToken } = this.#options;
    const root = how === 'open' ? baseUrl.replace(/\/rest$/u, '') : baseUrl;
    return await this.#send('GET', `${root}${path}`, how === 'open' ? null : (generalToken ?? token));
  }

  /** An empty row. */
  async post(path: string): Promise<HttpResponse | string> {
    return await this.#send('POST', `${this.#options.baseUrl}${path}`, this.#options.token);
  }

  async #send(method: string, url: string, token: string | null): Promise<HttpResponse | string> {
    const { timeoutMs, version } = this.#options;
    const secrets = [this.#options.token, this.#options.generalToken ?? ''];
    try {
      const answer = await this.#deps.http({
        url,
        method,
        headers: {
          accept: 'application/json, text/csv',
          'user-agent': `dora-metrics/${version}`,
          ...(token !== null && { authorization: `Bearer ${token}` }),
          ...(method === 'POST' && { 'content-type': 'application/json; charset=utf-8' }),
        },
        ...(method === 'POST' && { body: '{}' }),
        timeoutMs,
        maxBytes: MOST_BYTES,
        signal: this.#deps.signal,
      });
      return { ...answer, text: mask(answer.text, secrets) };
    } catch (error) {
      if (!hasNoAnswer(error)) throw error;
      return mask(messageOf(error), secrets);
    }
  }
}

const Version = z.object({ version: z.string() });
const Connection = z.object({ id: z.number() });
const Blueprint = z.object({ id: z.number() });
type Blueprint = z.infer<typeof Blueprint>;
const Project = z.object({
  metrics: z
    .array(z.object({ pluginName: z.string(), enable: z.boolean() }))
    .nullable()
    .transform((all) => all ?? []),
  blueprint: Blueprint.nullable().default(null),
});
const Runs = z.object({
  pipelines: z
    .array(z.object({ status: z.string(), finishedAt: z.string().nullable().default(null) }))
    .nullable()
    .transform((all) => all ?? []),
});
