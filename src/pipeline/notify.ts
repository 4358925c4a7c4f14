import { DoraError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import { sendWebhook } from '../exporters/notification/index.ts';
import { notificationText, stepSummary, webhookBody } from '../exporters/notification/payload.ts';
import { appendTextFile } from '../io/files.ts';
import { PENDING_REVIEW } from '../storage/paths.ts';
import type { State } from '../storage/state.ts';
import type { StreamUpdate, Workspace } from '../storage/workspace.ts';
import { waitingRows, type ReviewSummary } from './pending-review.ts';
import type { Ports } from './ports.ts';
import { readRowSet, writeRowSet } from './reviewed.ts';

/**
 * Tells the webhook, and the summary of a GitHub Actions job, of rows that wait, where at least `notify.minimumRows` do and some of them were
 * never told of.
 *
 * That they were told of is published first: of two runs at once one tells, and a run that is killed in between tells nothing, which `status` still
 * does. Where the webhook refuses, it is taken back and told again next time. A failure is a warning.
 *
 * Out: whether there is nothing to tell as long as the same rows wait.
 */
export async function notify(
  workspace: Workspace,
  { state, summary }: { readonly state: State; readonly summary: ReviewSummary },
  settings: Settings,
  ports: Ports,
): Promise<boolean> {
  const { webhook, minimumRows } = settings.notify;
  const stepFile = ports.env['GITHUB_STEP_SUMMARY'] ?? '';
  const repositories = summary.repositories.filter(({ waiting }) => waiting > 0);
  const total = repositories.reduce((sum, { waiting }) => sum + waiting, 0);
  if ((webhook === null && stepFile === '') || total < minimumRows || total === 0) return false;
  const claim = await claimed(
    state,
    repositories.map(({ name }) => name),
    ports,
  );
  if (claim === null) return true;
  try {
    await workspace.publish(claim, null);
  } catch (error) {
    // another run tells of the same rows at this moment
    if (error instanceof DoraError) return false;
    throw error;
  }
  const file = ports.storage.locate(PENDING_REVIEW);
  const reason =
    webhook === null
      ? null
      : await sendWebhook(webhook, webhookBody(webhook, notificationText(repositories, file)), ports);
  if (stepFile !== '')
    await appendTextFile(stepFile, stepSummary(repositories, file)).catch((error: unknown) =>
      warn(error, ports),
    );
  if (reason === null) return true;
  ports.log.warn(`the webhook was not told of the rows that wait: ${reason}`);
  await workspace.publish(claim.map(takenBack), null).catch((error: unknown) => warn(error, ports));
  return false;
}

/** The sets of told rows with all that wait now; `null` when each was told of before. */
async function claimed(
  state: State,
  repositories: readonly string[],
  ports: Ports,
): Promise<StreamUpdate[] | null> {
  const at = ports.clock.now().toISOString();
  const sets = new Map<string, ReadonlyMap<string, string>>();
  let isNew = false;
  for (const repository of repositories) {
    const told = await readRowSet(state, repository, 'told', ports.storage);
    const waiting = await waitingRows(state, repository, ports.storage);
    isNew ||= waiting.some((id) => !told.has(id));
    // what waits no more need not be remembered
    sets.set(repository, new Map(waiting.map((id) => [id, told.get(id) ?? at])));
  }
  if (!isNew) return null;
  const updates: StreamUpdate[] = [];
  for (const [repository, rows] of sets)
    updates.push(await writeRowSet(state, { repository, set: 'told', rows }, ports));
  return updates;
}

function takenBack({ name, before, after }: StreamUpdate): StreamUpdate {
  return { name, before: after, after: before ?? { ...after, segments: [] } };
}

function warn(error: unknown, { log }: Ports): void {
  if (!(error instanceof DoraError)) throw error;
  log.warn(error.message);
}
