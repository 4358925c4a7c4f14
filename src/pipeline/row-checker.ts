import { placeOf, type Mistake, type SentSheet } from '../processors/annotation-merger.ts';
import type { RowOf } from '../storage/dataset-rows.ts';
import { scanTable } from '../storage/dataset-store.ts';
import type { Sheet } from '../storage/sheet-reader.ts';
import { unguarded } from '../storage/spreadsheet-text.ts';
import type { Ports } from './ports.ts';

/** A sheet with the columns that tell which row is which. */
export interface ReadFile {
  readonly sent: SentSheet;
  readonly sheet: Sheet;
}

/** Whether the machine's columns of a row are those of its id. */
export class RowChecker {
  readonly #file: ReadFile;
  readonly #columns: readonly (readonly [name: 'commit' | 'repository' | 'component', position: number])[];
  readonly #title: number;
  readonly #cells: readonly (readonly string[])[];

  constructor(file: ReadFile) {
    const { header, rows } = file.sheet;
    this.#file = file;
    this.#title = header.indexOf('title');
    this.#columns = (['commit', 'repository', 'component'] as const).flatMap((name) =>
      header.includes(name) ? [[name, header.indexOf(name)] as const] : [],
    );
    const idAt = header.indexOf('row_id');
    this.#cells = rows
      .filter(({ cells }) => unguarded(cells[idAt] ?? '').trim() !== '')
      .map(({ cells }) => cells);
  }

  check(
    position: number,
    row: RowOf<'review'>,
    mistakes: Mistake[],
    strange: { title: string; mistake: Mistake }[],
  ): void {
    const { sent } = this.#file;
    const cells = this.#cells[position];
    const at = sent.rows[position];
    if (cells === undefined || at === undefined) return;
    for (const [name, column] of this.#columns) {
      const text = unguarded(cells[column] ?? '').trim();
      const is = name === 'commit' ? shaIn(text) : text;
      if (is === '' || is === row.text(name)) continue;
      const problem = `does not belong to row_id ${at.id}: the columns of this row were moved apart, or edited`;
      mistakes.push({ ...placeOf(sent, at, name, text), problem });
      return;
    }
    const title = unguarded(cells[this.#title] ?? '');
    const own = row.text('title');
    if (this.#title < 0 || title === '' || title === own || letters(title) === letters(own)) return;
    const place = placeOf(sent, at, 'title', title);
    if (/[\n\r]/u.test(title)) {
      const problem = 'has a line break, which no title has: quotes are missing, and several rows became one';
      mistakes.push({ ...place, problem });
      return;
    }
    const problem = `is the title of another row, not of row_id ${at.id}: the columns of this row were moved apart`;
    // signs alone are too little to tell one title from another
    if (letters(title) === '') return;
    strange.push({ title: letters(title), mistake: { ...place, problem } });
  }
}

/** A title that is not the row's own is a mistake where it is that of another row; else somebody edited it, which does not matter. */
export async function movedTitles(
  strange: readonly { readonly title: string; readonly mistake: Mistake }[],
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
