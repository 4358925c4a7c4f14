import { createHash } from 'node:crypto';
import type { DevlakeProject, DevlakeSettings } from '../domain/devlake-settings.ts';
import { DoraError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import { tokenIn } from '../domain/token.ts';
import { SECOND } from '../domain/units.ts';
import { DevlakeClient } from '../exporters/devlake/client.ts';
import { mask, secretsOf } from '../io/log.ts';
import type { DeliveryRow } from '../storage/delivery-log.ts';
import { DeliveryStore, readDeliveries, type Deliveries, type StoreDeps } from '../storage/delivery-store.ts';
import { withTables } from './calculate.ts';
import { devlakeFacts, type DevlakeFacts } from './devlake-facts.ts';
import { devlakePlan, type DevlakePlan, type PlanFrame } from './devlake-plan.ts';
import { DevlakeSender, type SendSummary } from './devlake-send.ts';
import type { Ports } from './ports.ts';

export interface PushRequest {
  readonly settings: Settings;
  /** Nothing that happened before this instant is sent; `null`: everything is. */
  readonly since: number | null;
  /** Whether what was refused is tried again. */
  readonly retryParked: boolean;
  /** Rows at the same time, for each project. */
  readonly concurrency: number;
}

/** What became of one project. */
export type PushedProject =
  | {
      readonly name: string;
      readonly problem: null;
      readonly plan: Pick<DevlakePlan, 'unchanged' | 'refused' | 'cut'>;
      readonly sent: SendSummary;
      /** All rows of it by what became of them. */
      readonly rows: RowCounts;
    }
  /** The workspace, not DevLake, stood in the way. */
  | { readonly name: string; readonly problem: DoraError };

export interface RowCounts {
  readonly sent: number;
  readonly waiting: number;
  readonly parked: number;
}

/** A project that may be sent to. */
interface Receiver {
  readonly project: DevlakeProject;
  readonly baseUrl: string;
  readonly token: string;
}

/** A row as it would be sent, or why it would not. */
export interface DryRunLine {
  readonly project: string;
  readonly url: string | null;
  readonly body: unknown;
  readonly refused: string | null;
  readonly id: string;
}

/**
 * Tells every configured project of DevLake what it does not know yet. What is to be sent is stored first.
 *
 * A project that fails does not hold up the others. Throws a `DoraError` when nothing is configured or a token is missing, before anything is sent.
 */
export async function pushDevlake(request: PushRequest, ports: Ports): Promise<PushedProject[]> {
  const { devlake } = request.settings;
  const receivers = devlakeProjects(devlake).map((one) => ({
    ...one,
    token: tokenOf(one.project, ports.env),
  }));
  const facts = await factsOf(request.settings, ports);
  const progress = { sent: 0 };
  const onSent = () => {
    progress.sent += 1;
    ports.progress.update(`devlake: ${String(progress.sent)} sent`);
  };
  const ended = await Promise.allSettled(
    receivers.map(async (receiver) => await pushTo(receiver, facts, request, { ...ports, onSent })),
  );
  return ended.map((one, position): PushedProject => {
    if (one.status === 'fulfilled') return one.value;
    const problem: unknown = one.reason;
    if (!(problem instanceof DoraError)) throw problem;
    return { name: receivers[position]?.project.name ?? '', problem };
  });
}

/** Calls `visit` with each row that a push would send now. Nothing is stored. */
export async function dryRunDevlake(
  request: Pick<PushRequest, 'settings' | 'since' | 'retryParked'>,
  ports: Ports,
  visit: (line: DryRunLine) => void,
): Promise<void> {
  const facts = await factsOf(request.settings, ports);
  for (const { project, baseUrl } of devlakeProjects(request.settings.devlake)) {
    const deliveries = await readDeliveries(ports.storage, receiverOf(project, baseUrl));
    const plan = devlakePlan(facts, deliveries, planFrame(project, request, ports));
    const tell = ({ row, to, body }: DeliveryRow) => {
      const url = `${baseUrl}/plugins/webhook/${to}`;
      visit({ project: project.name, url, body, refused: null, id: row });
    };
    // what waits from an earlier run goes first
    const mayGo = (row: string, status: DeliveryRow['status']) =>
      !plan.ids.has(row) && (status === 'waiting' || (request.retryParked && status === 'parked'));
    for await (const row of deliveries.rows((id, { status }) => mayGo(id, status))) tell(row);
    for await (const row of plan.rows()) tell(row);
    for (const { fact, reason } of plan.refused)
      visit({ project: project.name, url: null, body: null, refused: reason, id: fact.id });
  }
}

/** Everything that can be sent, of one dataset. */
async function factsOf(settings: Settings, ports: Ports): Promise<DevlakeFacts> {
  return await withTables({ settings }, ports, async (stored) => {
    ports.progress.update('devlake: what is known');
    return await devlakeFacts(stored, settings.devlake, ports);
  });
}

/** The projects that are configured. Throws a `DoraError` where there are none, or nothing is to be sent. */
export function devlakeProjects({
  isEnabled,
  baseUrl,
  projects,
}: DevlakeSettings): { readonly project: DevlakeProject; readonly baseUrl: string }[] {
  if (!isEnabled || baseUrl === null || projects.length === 0) {
    throw new DoraError(
      'config',
      isEnabled || baseUrl === null ? 'no DevLake is configured' : 'DevLake is switched off',
      {
        hint:
          isEnabled || baseUrl === null
            ? 'set integration.devlake.baseUrl and projectId (docs/outputs/devlake.md).'
            : 'set integration.devlake.enabled: true.',
      },
    );
  }
  return projects.map((project) => ({ project, baseUrl }));
}

/** The token of a project. Throws a `DoraError` where none is set, and for one that cannot be a token. */
export function tokenOf({ name, tokenVariables }: DevlakeProject, env: Ports['env']): string {
  for (const variable of tokenVariables) {
    const token = tokenIn(variable, env);
    if (token !== null) return token;
  }
  throw new DoraError('config', `there is no token for ${name} in DevLake`, {
    hint: `set ${tokenVariables.join(' or ')} to the API key of its webhook connection.`,
  });
}

/** The name under which the workspace remembers what a project was sent; another server knows nothing of it. */
export function receiverOf({ name }: DevlakeProject, baseUrl: string): string {
  const plain = name.replaceAll(/[^\w-]+/gu, '-').slice(0, 40);
  const digest = createHash('sha256')
    .update(JSON.stringify([name, baseUrl]))
    .digest('hex');
  return `devlake/${plain}-${digest.slice(0, 8)}`;
}

export function countRows({ entries }: Deliveries): RowCounts {
  const counts = { sent: 0, waiting: 0, parked: 0 };
  for (const { status } of entries.values()) counts[status] += 1;
  return counts;
}

function planFrame(
  project: DevlakeProject,
  { settings, since }: Pick<PushRequest, 'settings' | 'since'>,
  { env }: Pick<Ports, 'env'>,
): PlanFrame {
  const secrets = secretsOf(env);
  const { environment } = settings.dataset;
  return { project, environment, since, mask: (text) => mask(text, secrets) };
}

/** Everything for one project: only its own failures are told with it, what is wrong with this program or the workspace is thrown. */
async function pushTo(
  { project, baseUrl, token }: Receiver,
  facts: DevlakeFacts,
  { settings, since, retryParked, concurrency }: PushRequest,
  ports: Ports & { readonly onSent: () => void },
): Promise<PushedProject> {
  const { timeoutSeconds, retryForSeconds } = settings.devlake;
  const { storage, clock, signal, version, log } = ports;
  const store = await DeliveryStore.acquire(storage, receiverOf(project, baseUrl), {
    ...storeDeps(timeoutSeconds, ports),
    onWait: once(() => log.info(`${project.name}: another push is sending, waiting for it`)),
  });
  let isHeld = true;
  try {
    const plan = devlakePlan(facts, store, planFrame(project, { settings, since }, ports));
    await store.add(plan.rows());
    if (retryParked) await store.settle(parkedRows(store));
    const client = new DevlakeClient(
      {
        baseUrl,
        token,
        timeoutMs: timeoutSeconds * SECOND,
        retryForMs: retryForSeconds * SECOND,
        lanes: concurrency,
        version,
      },
      { http: ports.http, clock, signal, beforeRequest: async () => await store.renew() },
    );
    const sender = new DevlakeSender(store, client, { clock, onSent: ports.onSent });
    const sent = await sender.run(concurrency);
    isHeld = false;
    await store.release();
    return { name: project.name, problem: null, plan, sent, rows: countRows(store) };
  } finally {
    // whatever stopped it is told, and not that somebody else sends by now
    if (isHeld) await store.release().catch(() => undefined);
  }
}

/** A request is begun with a quarter of the lease gone at the most, and may take as long as an answer may: it ends before somebody else begins. */
function storeDeps(timeoutSeconds: number, { clock, signal }: Ports): Omit<StoreDeps, 'onWait'> {
  return { clock, signal, leaseMs: (2 * timeoutSeconds + 20) * SECOND };
}

function parkedRows({ entries }: Deliveries) {
  return [...entries].flatMap(([of, { status, hash, reason }]) =>
    status === 'parked' ? [{ of, hash, status: 'waiting' as const, reason }] : [],
  );
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) action();
    isDone = true;
  };
}
