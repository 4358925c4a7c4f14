import { webhookName, type DevlakeProject } from '../domain/devlake-settings.ts';
import { DoraError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import { tokenIn } from '../domain/token.ts';
import { SECOND } from '../domain/units.ts';
import { checkWebhook, type CheckedLink } from '../exporters/devlake/check.ts';
import { readDeliveries } from '../storage/delivery-store.ts';
import type { Ports } from './ports.ts';
import { countRows, devlakeProjects, receiverOf, tokenOf, type RowCounts } from './push-devlake.ts';

/** What is known of one webhook of a project. */
export interface CheckedWebhook {
  readonly project: string;
  readonly webhook: string;
  readonly links: readonly CheckedLink[];
}

/** Asks DevLake about every configured webhook; a project without a token has none that could be asked. */
export async function checkDevlake(settings: Settings, ports: Ports): Promise<CheckedWebhook[]> {
  const { http, clock, signal, version, env } = ports;
  const generalToken = tokenIn('DEVLAKE_API_TOKEN', env);
  const timeoutMs = settings.devlake.timeoutSeconds * SECOND;
  const checked: CheckedWebhook[] = [];
  for (const { project, baseUrl } of devlakeProjects(settings.devlake)) {
    const token = tokenOrProblem(project, ports);
    for (const webhook of webhooksOf(project)) {
      const options = { baseUrl, timeoutMs, version, generalToken };
      const links: readonly CheckedLink[] =
        token instanceof DoraError
          ? [{ link: 'key', state: 'no', detail: token.message, hint: token.hint ?? null }]
          : await checkWebhook(webhook, { ...options, token }, { http, clock, signal });
      checked.push({ project: project.name, webhook: webhookName(webhook), links });
    }
  }
  return checked;
}

function tokenOrProblem(project: DevlakeProject, { env }: Pick<Ports, 'env'>): string | DoraError {
  try {
    return tokenOf(project, env);
  } catch (error) {
    if (error instanceof DoraError) return error;
    throw error;
  }
}

function webhooksOf({ webhook, connections }: DevlakeProject) {
  return [...(webhook === null ? [] : [webhook]), ...connections.map((one) => one.webhook)];
}

/** What a project was sent, as far as the workspace knows. */
export interface DeliveryStatusOf {
  readonly project: string;
  readonly rows: RowCounts;
  /** Why rows wait or are parked, each reason with how many. */
  readonly reasons: readonly {
    readonly status: 'waiting' | 'parked';
    readonly reason: string;
    readonly rows: number;
  }[];
}

/** No question to DevLake. */
export async function devlakeStatus(
  settings: Settings,
  { storage }: Pick<Ports, 'storage'>,
): Promise<DeliveryStatusOf[]> {
  const found: DeliveryStatusOf[] = [];
  for (const { project, baseUrl } of devlakeProjects(settings.devlake)) {
    const deliveries = await readDeliveries(storage, receiverOf(project, baseUrl));
    const reasons = new Map<string, DeliveryStatusOf['reasons'][number]>();
    for (const { status, reason } of deliveries.entries.values()) {
      if (status === 'sent' || reason === null) continue;
      const key = `${status} ${reason}`;
      reasons.set(key, { status, reason, rows: (reasons.get(key)?.rows ?? 0) + 1 });
    }
    const most = [...reasons.values()].sort((a, b) => b.rows - a.rows);
    found.push({ project: project.name, rows: countRows(deliveries), reasons: most });
  }
  return found;
}
