import type { RowFacts } from '../domain/annotation.ts';
import { DAY } from '../domain/units.ts';
import { patchIds } from '../extractors/git/patch-ids.ts';
import type { AnnotatedRow, RowEdit } from '../processors/annotation-ledger.ts';
import { appendRevision } from '../storage/annotation-store.ts';
import { factsOf } from '../storage/dataset-rows.ts';
import { scanTable } from '../storage/dataset-store.ts';
import { loadAnnotations } from './annotations.ts';
import { folderOf, type NamedRepository } from './repositories.ts';
import type { Ports } from './ports.ts';

/** Annotations that were moved to another row, because it is the same change. */
export interface Reattached {
  readonly repository: string;
  readonly title: string;
  readonly from: string;
  readonly to: string;
}

interface Row {
  readonly id: string;
  readonly facts: RowFacts;
}

/** A rewritten commit is looked for among those that were committed not much before it, at most so many. */
const LOOK_BACK = 30 * DAY;
const MOST_CANDIDATES = 2000;

/**
 * Looks for the rows that annotations belong to by now, whose own row is gone: the same commit in another component, the same deployment under
 * another id, or the commit that changes the same (by git's patch id; where that cannot be told, the only one by the same author with the same
 * title).
 *
 * What is found is written into the journal, so that old sheets still fit; what is not stays annotated, and is listed.
 */
export async function reattach(
  repositories: readonly NamedRepository[],
  ports: Ports,
): Promise<readonly Reattached[]> {
  const { ledger, journal } = await loadAnnotations(ports.storage);
  const missing = new Map([...ledger.rows()].map((row) => [row.row, row]));
  if (missing.size === 0) return [];
  await scanTable(ports.storage, 'review', (row) => missing.delete(row.text('row_id')));
  if (missing.size === 0) return [];
  const orphans = [...missing.values()];
  const candidates = await candidatesFor(orphans, ports);
  const moves: { readonly orphan: AnnotatedRow; readonly row: Row; readonly patch: string | null }[] = [];
  for (const orphan of orphans) {
    const same = candidates.filter(({ facts }) => isSameThing(orphan.facts, facts));
    const [only] = same;
    if (only !== undefined && same.length === 1) moves.push({ orphan, row: only, patch: orphan.patch });
  }
  for (const repository of repositories) {
    const left = orphans.filter(
      ({ row, facts }) =>
        facts.kind === 'commit' &&
        facts.repository === repository.name &&
        !moves.some(({ orphan }) => orphan.row === row),
    );
    if (left.length > 0) moves.push(...(await rewritten(left, candidates, repository, ports)));
  }
  if (moves.length === 0) return [];
  const rows = moves.map(({ orphan, row, patch }): RowEdit => ({
    row: row.id,
    facts: row.facts,
    patch,
    cells: {},
    movedFrom: orphan.row,
  }));
  const at = ports.clock.now().toISOString();
  await appendRevision(ports.storage, journal, {
    at,
    command: 'reattach',
    by: 'dora-metrics',
    files: [],
    undoes: null,
    rows,
    incidents: [],
  });
  return moves.map(({ orphan, row }) => ({
    repository: row.facts.repository,
    title: row.facts.title,
    from: orphan.facts.commit,
    to: row.facts.commit,
  }));
}

/** The rows that could be any of the orphans: without more memory than those need. */
async function candidatesFor(orphans: readonly AnnotatedRow[], { storage }: Ports): Promise<Row[]> {
  const since = Math.min(...orphans.map(({ facts }) => (facts.committedAt ?? Infinity) - LOOK_BACK));
  const commits = new Set(orphans.map(({ facts }) => facts.commit));
  const titles = new Set(orphans.map(({ facts }) => facts.title));
  const found: Row[] = [];
  await scanTable(storage, 'review', (row) => {
    const isNear = Date.parse(row.text('committed_at')) >= since;
    if (isNear || commits.has(row.text('commit')) || titles.has(row.text('title')))
      found.push({ id: row.text('row_id'), facts: factsOf(row) });
  });
  return found;
}

/** The same commit where its repository or component has another name by now, or the same deployment by another source. */
function isSameThing(before: RowFacts, now: RowFacts): boolean {
  if (before.commit !== now.commit) return false;
  if (before.kind === 'commit') return now.kind === 'commit';
  return (
    before.deployment !== null && now.deployment !== null && before.deployment.name === now.deployment.name
  );
}

async function rewritten(
  orphans: readonly AnnotatedRow[],
  candidates: readonly Row[],
  repository: NamedRepository,
  ports: Ports,
): Promise<{ readonly orphan: AnnotatedRow; readonly row: Row; readonly patch: string | null }[]> {
  const own = candidates.filter(
    ({ facts }) => facts.kind === 'commit' && facts.repository === repository.name,
  );
  const isAlike = (orphan: AnnotatedRow, { facts }: Row) =>
    facts.title === orphan.facts.title && facts.author === orphan.facts.author;
  const alike = own.filter((row) => orphans.some((orphan) => isAlike(orphan, row)));
  const asked = [...new Set([...alike, ...own].slice(0, MOST_CANDIDATES).map(({ facts }) => facts.commit))];
  const lost = orphans.flatMap(({ patch, facts }) => (patch === null ? [facts.commit] : []));
  // a clone without file contents would have to download them
  const canAsk = repository.source.from.kind === 'path';
  const patches = canAsk
    ? await patchIds(await folderOf(repository.source, ports), [...lost, ...asked], ports).catch(
        () => new Map<string, string>(),
      )
    : new Map<string, string>();
  return orphans.flatMap((orphan) => {
    const patch = orphan.patch ?? patches.get(orphan.facts.commit) ?? null;
    const inPlace = own.filter(({ facts }) => facts.component === orphan.facts.component);
    const equal =
      patch === null || patches.size === 0
        ? inPlace.filter((row) => isAlike(orphan, row))
        : inPlace.filter(({ facts }) => patches.get(facts.commit) === patch);
    const best = equal.length > 1 ? equal.filter((row) => isAlike(orphan, row)) : equal;
    const [row] = best;
    return row !== undefined && best.length === 1 ? [{ orphan, row, patch }] : [];
  });
}
