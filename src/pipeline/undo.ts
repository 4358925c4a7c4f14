import type { Settings } from '../domain/settings.ts';
import { DoraError } from '../domain/errors.ts';
import { inverseOf } from '../processors/annotation-ledger.ts';
import { appendRevision } from '../storage/annotation-store.ts';
import { VersionConflict } from '../storage/storage.ts';
import { Workspace } from '../storage/workspace.ts';
import { loadAnnotations } from './annotations.ts';
import { ensureDataset, extractedRepositories } from './dataset.ts';
import { finishImports, following } from './finish-imports.ts';
import { refreshReview } from './pending-review.ts';
import type { Ports } from './ports.ts';

/** What an undo took back. */
export interface UndoSummary {
  readonly revision: number;
  readonly at: string;
  readonly by: string;
  readonly files: readonly string[];
  readonly cells: number;
}

/**
 * Takes the last import back that was not taken back yet: every cell says what it said before. The file that was imported stays stored.
 *
 * Throws a `DoraError` when there is nothing to take back, and when somebody imports at the same moment.
 */
export async function undoImport(
  { settings, by }: { readonly settings: Settings; readonly by: string },
  ports: Ports,
): Promise<UndoSummary> {
  const workspace = new Workspace(ports.storage, ports.clock);
  const state = await workspace.open();
  const { ledger, journal } = await loadAnnotations(ports.storage);
  const last = ledger.lastImport();
  if (last === null) {
    throw new DoraError('data', `there is no import in ${ports.storage.location} to take back`, {
      hint: 'dora-metrics annotations list shows what is annotated.',
    });
  }
  const { rows, incidents } = inverseOf(ledger, last);
  await appendRevision(ports.storage, journal, {
    at: ports.clock.now().toISOString(),
    command: 'undo',
    by,
    files: [],
    undoes: last.revision,
    rows: [...rows],
    incidents: [...incidents],
  }).catch((error: unknown) => {
    if (!(error instanceof VersionConflict)) throw error;
    throw new DoraError(
      'data',
      'the annotations were changed by somebody else at this moment: nothing was taken back',
      {
        hint: 'look at dora-metrics annotations list, and run it again.',
      },
    );
  });
  await following('the import was taken back', async () => {
    const repositories = extractedRepositories(state, settings);
    if (repositories.length > 0) await ensureDataset(state, settings, ports);
    const done = await finishImports(workspace, state, ports);
    if (repositories.length > 0) await refreshReview(done, settings, ports);
  });
  return {
    revision: last.revision,
    at: last.at,
    by: last.by,
    files: last.files.map(({ stored }) => stored),
    cells: last.rows.reduce((sum, { cells }) => sum + Object.keys(cells).length, 0),
  };
}
