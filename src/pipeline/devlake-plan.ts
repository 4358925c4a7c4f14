import { createHash } from 'node:crypto';
import { webhookName, type DevlakeProject, type DevlakeWebhook } from '../domain/devlake-settings.ts';
import { nameMatcher } from '../domain/wildcard.ts';
import { webhookPath } from '../exporters/devlake/client.ts';
import {
  deploymentPayload,
  incidentPayload,
  pullRequestPayload,
  withdrawnDeployment,
  withdrawnIncident,
  WITHDRAWN,
  type DevlakeBody,
  type DevlakeDeployment,
  type Payload,
  type SentCommit,
} from '../exporters/devlake/payload.ts';
import type { DeliveryRow } from '../storage/delivery-log.ts';
import type { Deliveries, DeliveryEntry } from '../storage/delivery-store.ts';
import type { DevlakeFact, DevlakeFacts } from './devlake-facts.ts';

/** A fact that cannot be sent, and why. */
export interface RefusedFact {
  readonly fact: DevlakeFact;
  readonly reason: string;
}

/** What a project has to be told. */
export interface DevlakePlan {
  /** Rows that say something else than what it was sent, or will be; each made when it is asked for. */
  readonly rows: () => AsyncGenerator<DeliveryRow>;
  /** What these rows are known by. */
  readonly ids: ReadonlySet<string>;
  readonly unchanged: number;
  readonly refused: readonly RefusedFact[];
  /** Deployments among the changed that had more commits than are sent. */
  readonly cut: number;
}

export interface PlanFrame {
  readonly project: DevlakeProject;
  /** The one that is measured: of deployments to others nothing is known. */
  readonly environment: string;
  /** Nothing that happened before is sent; `null`: everything is. */
  readonly since: number | null;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
}

/** The hash of a row that was taken back. */
const TAKEN_BACK = 'withdrawn';

interface Addressed {
  readonly fact: DevlakeFact;
  readonly webhook: DevlakeWebhook;
  readonly key: string;
  readonly row: string;
}

/** Compares what is known with what a project was sent. */
export function devlakePlan(
  { facts, addresses }: DevlakeFacts,
  deliveries: Deliveries,
  frame: PlanFrame,
): DevlakePlan {
  const { since, project, environment } = frame;
  const route = routeOf(project);
  const bodyOf = (one: Addressed, sent: readonly SentCommit[]) => payloadOf(one, addresses, sent, frame.mask);
  const changed: Addressed[] = [];
  const refused: RefusedFact[] = [];
  const seen = new Set<string>();
  const tally = { unchanged: 0, cut: 0 };
  for (const fact of facts) {
    const webhook = route(fact);
    if (webhook === null) continue;
    const one = addressed(fact, webhook);
    seen.add(one.row);
    if (since !== null && fact.at < since) continue;
    const payload = bodyOf(one, []);
    if ('refused' in payload) {
      refused.push({ fact, reason: payload.refused });
      continue;
    }
    if (deliveries.entries.get(one.row)?.hash === hashOf(payload.body)) tally.unchanged += 1;
    else {
      changed.push(one);
      if (payload.leftOut > 0) tally.cut += 1;
    }
  }
  // of a repository that is not part of the workspace any more nobody knows anything
  const gone = new Map(
    [...deliveries.entries].filter(
      ([row, entry]) =>
        !seen.has(row) && since === null && addresses.has(entry.repository) && isGone(entry, environment),
    ),
  );
  return {
    rows: () => rowsOf({ changed, gone, deliveries, bodyOf }),
    ids: new Set([...changed.map(({ row }) => row), ...gone.keys()]),
    refused,
    ...tally,
  };
}

/** Whether what is not there any more is none: pull requests stay merged, and what was deployed elsewhere was not looked at. */
function isGone({ kind, hash, ...row }: DeliveryEntry, environment: string): boolean {
  if (hash === TAKEN_BACK) return false;
  return kind === 'incident' || (kind === 'deployment' && row.environment === environment);
}

interface Planned {
  readonly changed: readonly Addressed[];
  readonly gone: ReadonlyMap<string, DeliveryEntry>;
  readonly deliveries: Deliveries;
  readonly bodyOf: (one: Addressed, sent: readonly SentCommit[]) => Payload<DevlakeBody>;
}

async function* rowsOf({ changed, gone, deliveries, bodyOf }: Planned): AsyncGenerator<DeliveryRow> {
  const known = new Set(changed.flatMap(({ row }) => (deliveries.entries.has(row) ? [row] : [])));
  const sent = new Map<string, readonly SentCommit[]>();
  for await (const row of deliveries.rows((id) => known.has(id) || gone.has(id)))
    sent.set(row.row, sentCommits(row, deliveries.entries.get(row.row)?.status ?? 'waiting'));
  for (const one of changed) {
    const plain = bodyOf(one, []);
    const whole = bodyOf(one, sent.get(one.row) ?? []);
    if ('refused' in whole || 'refused' in plain) continue;
    const { fact, webhook, row } = one;
    yield {
      row,
      kind: fact.kind,
      repository: fact.repository,
      environment: fact.kind === 'deployment' ? fact.deployment.environment : '',
      to: webhookPath(webhook, fact.kind),
      hash: hashOf(plain.body),
      status: 'waiting',
      reason: null,
      body: { ...whole.body },
      commits: liveCommits(whole.body),
    };
  }
  for (const [row, { kind, repository, environment, to }] of gone) {
    const body = takenBack(row, kind, sent.get(row) ?? []);
    const state = { hash: TAKEN_BACK, status: 'waiting', reason: null } as const;
    yield { row, kind, repository, environment, to, ...state, body: { ...body }, commits: {} };
  }
}

/** The date of what is taken back does not matter, as long as it is one. */
const ANY_DATE = '1971-01-01T00:00:00.000Z';

function takenBack(row: string, kind: DeliveryRow['kind'], sent: readonly SentCommit[]): DevlakeBody {
  const key = row.slice(row.lastIndexOf('/') + 1);
  return kind === 'incident' ? withdrawnIncident(key) : withdrawnDeployment(key, sent, ANY_DATE);
}

/** The commits with which a row may stand at the receiver: nobody knows whether one that waits has arrived there. */
function sentCommits({ body, commits }: DeliveryRow, status: DeliveryRow['status']): SentCommit[] {
  const all = new Map<string, SentCommit>();
  const add = (one: SentCommit) => all.set(`${one.repoUrl} ${one.commitSha}`, one);
  for (const [repoUrl, shas] of Object.entries(commits))
    for (const commitSha of shas.match(/.{40}/gu) ?? []) add({ repoUrl, commitSha });
  const mayStand = status === 'sent' ? null : body?.['deploymentCommits'];
  for (const one of Array.isArray(mayStand) ? mayStand : []) if (isSentCommit(one)) add(one);
  return [...all.values()];
}

function isSentCommit(value: unknown): value is SentCommit {
  return (
    typeof value === 'object' &&
    value !== null &&
    'repoUrl' in value &&
    typeof value.repoUrl === 'string' &&
    'commitSha' in value &&
    typeof value.commitSha === 'string'
  );
}

function liveCommits(body: DevlakeBody): Record<string, string> {
  const live = new Map<string, string>();
  for (const { repoUrl, commitSha, result } of isDeployment(body) ? body.deploymentCommits : [])
    if (result !== WITHDRAWN) live.set(repoUrl, `${live.get(repoUrl) ?? ''}${commitSha}`);
  return Object.fromEntries(live);
}

function isDeployment(body: DevlakeBody): body is DevlakeDeployment {
  return 'deploymentCommits' in body;
}

function payloadOf(
  { fact, key }: Addressed,
  addresses: ReadonlyMap<string, string>,
  sent: readonly SentCommit[],
  mask: (text: string) => string,
): Payload<DevlakeBody> {
  switch (fact.kind) {
    case 'deployment': {
      const repoUrl = addresses.get(fact.repository) ?? '';
      return deploymentPayload(fact.deployment, { id: key, repoUrl, shipped: fact.shipped(), sent, mask });
    }
    case 'incident':
      return incidentPayload(fact.incident, key, mask);
    case 'pull-request': {
      const { pullRequest, repository, title } = fact;
      const number = pullRequestNumber(repository, pullRequest.number);
      return pullRequestPayload(pullRequest, { id: key, key: number, title }, mask);
    }
  }
}

/**
 * A number for a pull request that no other repository has on the same webhook: DevLake knows it by that alone. Exact in JavaScript and in Go, and
 * the same for ever.
 */
function pullRequestNumber(repository: string, number: number): number {
  return Number.parseInt(digest(repository).slice(0, 7), 16) * 2 ** 24 + number;
}

/** Which webhook of a project a fact goes to; `null` for what is none of its business. */
function routeOf({
  webhook,
  connections,
  owns,
}: DevlakeProject): (fact: DevlakeFact) => DevlakeWebhook | null {
  const isOwn = owns === null ? () => true : matcher(owns);
  const special = connections.map((one) => ({ fits: matcher(one), webhook: one.webhook }));
  return (fact) => {
    if (!isOwn(fact)) return null;
    return special.find(({ fits }) => fits(fact))?.webhook ?? webhook;
  };
}

function matcher(wanted: {
  readonly components: readonly string[];
  readonly repositories: readonly string[];
}): (fact: DevlakeFact) => boolean {
  const isComponent = nameMatcher(wanted.components);
  const isRepository = nameMatcher(wanted.repositories);
  return ({ repository, components }) => isRepository(repository) || components.some(isComponent);
}

/** The key of a row over there, which is also its name here. */
function addressed(fact: DevlakeFact, webhook: DevlakeWebhook): Addressed {
  const name = slug(webhookName(webhook), 40);
  const id = slug(fact.id, 110);
  // deployments have no namespace in DevLake: the same id from two webhooks would be one row
  const key = fact.kind === 'deployment' ? `dora-metrics-${name}-${id}` : id;
  return { fact, webhook, key, row: `${name}/${fact.kind}/${key}` };
}

/** Letters that need no encoding anywhere; what had others, or none, or was long, ends with a digest that tells it from its likes. */
function slug(text: string, longest: number): string {
  const plain = text.replaceAll(/[^\w.-]+/gu, '-');
  if (plain === text && text !== '' && text.length <= longest) return text;
  return `${plain.slice(0, longest - 11)}-${digest(text).slice(0, 10)}`;
}

function hashOf(body: DevlakeBody): string {
  return digest(JSON.stringify(body)).slice(0, 32);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
