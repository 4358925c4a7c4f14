import type { Settings } from '../domain/settings.ts';
import { scanTable } from '../storage/dataset-store.ts';
import { Workspace } from '../storage/workspace.ts';
import { loadAnnotations } from './annotations.ts';
import { ensureDataset, extractedRepositories } from './dataset.ts';
import type { Ports } from './ports.ts';

/** What somebody said of one row or one incident. */
export interface ListedAnnotation {
  readonly id: string;
  readonly repository: string;
  readonly component: string;
  /** The commit, the name of the deployment, or `incident`. */
  readonly what: string;
  readonly title: string;
  readonly cells: Readonly<Record<string, string>>;
  readonly by: string;
  readonly at: string;
  /** The stored file that said it last. */
  readonly file: string;
  /** Whether its commit or deployment is not there any more. */
  readonly orphaned: boolean;
}

export async function listAnnotations(
  settings: Settings,
  ports: Ports,
): Promise<readonly ListedAnnotation[]> {
  const { ledger } = await loadAnnotations(ports.storage);
  const state = await new Workspace(ports.storage, ports.clock).read();
  const missing = new Set([...ledger.rows()].map(({ row }) => row));
  if (missing.size > 0 && state !== null && extractedRepositories(state, settings).length > 0) {
    await ensureDataset(state, settings, ports);
    await scanTable(ports.storage, 'review', (row) => missing.delete(row.text('row_id')));
  }
  const rows = [...ledger.rows()].map(({ row, facts, cells, by, at, file }): ListedAnnotation => ({
    id: row,
    repository: facts.repository,
    component: facts.component,
    what: facts.kind === 'deployment' ? (facts.deployment?.name ?? '') : facts.commit.slice(0, 10),
    title: facts.title,
    cells: { ...cells },
    by,
    at,
    file,
    orphaned: missing.has(row),
  }));
  const incidents = [...ledger.incidents()].map(
    ({ id, repository, fields, by, at, file }): ListedAnnotation => ({
      id,
      repository,
      component: fields.component ?? '',
      what: 'incident',
      title: fields.title ?? '',
      cells: { ...fields },
      by,
      at,
      file,
      orphaned: false,
    }),
  );
  return [...rows, ...incidents];
}
