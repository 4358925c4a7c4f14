import { placeOf, type Mistake, type SentRow, type SentSheet } from '../processors/annotation-merger.ts';
import type { RowOf } from '../storage/dataset-rows.ts';
import { scanTable } from '../storage/dataset-store.ts';
import { mayBeConverted } from '../storage/spreadsheet-text.ts';
import type { Ports } from './ports.ts';

/** A row with what the machine had written into it, as it came back; empty where the file lacks the column. */
export interface ReadRow extends SentRow {
  readonly commit: string;
  readonly repository: string;
  readonly component: string;
  readonly title: string;
}

export interface ReadSheet extends SentSheet {
  readonly rows: readonly ReadRow[];
  /** Whether there is text that belongs to no row: it is nobody's opinion, and must not get lost. */
  readonly hasStrays: boolean;
}

/** A mistake only if another row has this title. */
export interface Suspicion {
  readonly title: string;
  readonly mistake: Mistake;
}

/** Whether the machine's columns of a row are those of its id: what is certainly wrong, or what may be. */
export function checkRow(sheet: ReadSheet, at: ReadRow, row: RowOf<'review'>): Mistake | Suspicion | null {
  for (const name of ['commit', 'repository', 'component'] as const) {
    const own = row.text(name);
    // as it was written, as a rule
    if (at[name] === (name === 'commit' ? `sha:${own}` : own)) continue;
    const is = name === 'commit' ? shaIn(at[name]) : at[name];
    if (is === '' || is === own) continue;
    const problem = `does not belong to row_id ${at.id}: the columns of this row were moved apart, or edited`;
    return { ...placeOf(sheet, at, name, at[name]), problem };
  }
  const { title } = at;
  const own = row.text('title');
  if (title === '' || title === own || letters(title) === letters(own) || mayBeConverted(own, title, false))
    return null;
  const place = placeOf(sheet, at, 'title', title);
  if (/[\n\r]/u.test(title)) {
    const problem = 'has a line break, which no title has: quotes are missing, and several rows became one';
    return { ...place, problem };
  }
  // signs alone are too little to tell one title from another
  if (letters(title) === '') return null;
  const problem = `is the title of another row, not of row_id ${at.id}: the columns of this row were moved apart`;
  return { title: letters(title), mistake: { ...place, problem } };
}

/** A title that is not the row's own is a mistake where it is that of another row; else somebody edited it, which does not matter. */
export async function movedTitles(
  strange: readonly Suspicion[],
  storage: Ports['storage'],
): Promise<Mistake[]> {
  const titles = new Set(strange.map(({ title }) => title));
  const others = new Set<string>();
  await scanTable(storage, 'review', (row) => {
    const title = letters(row.text('title'));
    if (titles.has(title)) others.add(title);
  });
  return strange.filter(({ title }) => others.has(title)).map(({ mistake }) => mistake);
}

function shaIn(text: string): string {
  return text
    .replace(/^sha:/iu, '')
    .replace(/^https?:\/\/\S*\//u, '')
    .toLowerCase();
}

/** What no spreadsheet and no character set changes of a text. */
function letters(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '')
    .toLowerCase();
}
