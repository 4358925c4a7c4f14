import type { RowFacts } from '../domain/annotation.ts';
import { DAY } from '../domain/units.ts';
import { isAncestor, patchIds } from '../extractors/git/patch-ids.ts';
import type { AnnotatedRow, AnnotationLedger, RowEdit } from '../processors/annotation-ledger.ts';
import { appendRevision } from '../storage/annotation-store.ts';
import { factsOf } from '../storage/dataset-rows.ts';
import { scanTable } from '../storage/dataset-store.ts';
import { loadAnnotations } from './annotations.ts';
import type { State } from '../storage/state.ts';
import { folderOf, type NamedRepository } from './repositories.ts';
import type { Ports } from './ports.ts';
import { readRowSet } from './reviewed.ts';

/** Annotations that were moved to another row, because it is the same change. */
export interface Reattached {
  readonly repository: string;
  readonly title: string;
  readonly from: string;
  readonly to: string;
}

interface Row {
  readonly id: string;
  /** The orphan whose row this was before it moved there. */
  readonly was: string | null;
  readonly facts: RowFacts;
}

/** A rewritten commit is looked for among those that were committed not much before it, at most so many. */
const LOOK_BACK = 30 * DAY;
const MOST_CANDIDATES = 2000;

/**
 * Looks for the rows that annotations belong to by now, whose own row is gone: the row that they had before, the same commit in another component,
 * the same deployment under another id, or the commit that changes the same (by git's patch id; where that cannot be told, the only one by the same
 * author with the same title).
 *
 * Never a row that was there before the annotated one was gone, or of which somebody has said something, and never two for one row: what is not certain
 * stays annotated where it was, and is listed. What is found is written into the journal, so that old sheets still fit.
 */
export async function reattach(
  repositories: readonly NamedRepository[],
  state: State,
  ports: Ports,
): Promise<readonly Reattached[]> {
  const { ledger, journal } = await loadAnnotations(ports.storage);
  const missing = new Map([...ledger.rows()].map((row) => [row.row, row]));
  if (missing.size === 0) return [];
  await scanTable(ports.storage, 'review', (row) => missing.delete(row.text('row_id')));
  if (missing.size === 0) return [];
  const orphans = [...missing.values()];
  const known = new Set<string>();
  for (const { name } of repositories)
    for (const row of (await readRowSet(state, name, 'reviewed', ports.storage)).keys()) known.add(row);
  const candidates = await candidatesFor(orphans, { ledger, known }, ports);
  const moves: Move[] = [];
  for (const orphan of orphans) {
    const same = candidates.filter((row) => row.was === orphan.row || isSameThing(orphan.facts, row.facts));
    const before = same.filter(({ was }) => was === orphan.row);
    const [only] = before.length > 0 ? before : same;
    if (only !== undefined && (before.length === 1 || same.length === 1))
      moves.push({ orphan, row: only, patch: orphan.patch });
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
  const certain = moves.filter(({ row }) => moves.filter((other) => other.row.id === row.id).length === 1);
  if (certain.length === 0) return [];
  const rows = certain.map(({ orphan, row, patch }): RowEdit => ({
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
  return certain.map(({ orphan, row }) => ({
    repository: row.facts.repository,
    title: row.facts.title,
    from: orphan.facts.commit,
    to: row.facts.commit,
  }));
}

interface Move {
  readonly orphan: AnnotatedRow;
  readonly row: Row;
  readonly patch: string | null;
}

/** The rows that could be any of the orphans: without more memory than those need. */
async function candidatesFor(
  orphans: readonly AnnotatedRow[],
  { ledger, known }: { readonly ledger: AnnotationLedger; readonly known: ReadonlySet<string> },
  { storage }: Ports,
): Promise<Row[]> {
  const gone = new Set(orphans.map(({ row }) => row));
  const since = Math.min(...orphans.map(({ facts }) => (facts.committedAt ?? Infinity) - LOOK_BACK));
  const commits = new Set(orphans.map(({ facts }) => facts.commit));
  const titles = new Set(orphans.map(({ facts }) => facts.title));
  const found: Row[] = [];
  await scanTable(storage, 'review', (row) => {
    const id = row.text('row_id');
    const was = ledger.current(id);
    const isBack = was !== id && gone.has(was);
    // who has seen a row before, or spoken of it, has not spoken of another one under its name
    if (!isBack && (known.has(id) || Object.keys(ledger.row(id)?.cells ?? {}).length > 0)) return;
    const isNear = Date.parse(row.text('committed_at')) >= since;
    if (isBack || isNear || commits.has(row.text('commit')) || titles.has(row.text('title')))
      found.push({ id, was: isBack ? was : null, facts: factsOf(row) });
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
): Promise<Move[]> {
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
        (error: unknown) => {
          if (ports.signal?.aborted === true) throw error;
          return new Map<string, string>();
        },
      )
    : new Map<string, string>();
  const moves: Move[] = [];
  for (const orphan of orphans) {
    const patch = orphan.patch ?? patches.get(orphan.facts.commit) ?? null;
    const inPlace = own.filter(({ facts }) => facts.component === orphan.facts.component);
    const equal =
      patch === null || patches.size === 0
        ? inPlace.filter((row) => isAlike(orphan, row))
        : inPlace.filter(({ facts }) => patches.get(facts.commit) === patch);
    const best = equal.length > 1 ? equal.filter((row) => isAlike(orphan, row)) : equal;
    const [row] = best;
    if (row === undefined || best.length !== 1) continue;
    // what the old commit was built on was there already, and is no rewrite of it
    const isOlder =
      canAsk &&
      (await isAncestor(
        await folderOf(repository.source, ports),
        row.facts.commit,
        orphan.facts.commit,
        ports,
      ));
    if (!isOlder) moves.push({ orphan, row, patch });
  }
  return moves;
}
