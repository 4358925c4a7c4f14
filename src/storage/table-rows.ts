import { createHash } from 'node:crypto';
import { readLayout, type Layout, type Pieces } from './dataset-manifest.ts';
import { pieceKey, restKey, tableKey, type Table } from './paths.ts';
import { MissingKey, type Storage } from './storage.ts';
import { isNewestFirst } from './table-cut.ts';

/** The dataset was replaced or cut while it was read. */
export class DatasetReplaced extends Error {
  override readonly name = 'DatasetReplaced';
}

/**
 * The rows of a table in order, without its header, from however many files.
 *
 * `layout` is that of the dataset where it is known, and is looked up otherwise if the table is not in one file. Throws `MissingKey` when the table is not
 * there, `DatasetReplaced` when it is another one by now.
 */
export async function* tableRows(
  storage: Storage,
  table: Table,
  layout: Layout | null,
): AsyncGenerator<Uint8Array> {
  const known = layout?.[table] ?? null;
  if (known === null) {
    try {
      yield* withoutHeader(storage.stream(tableKey(table)));
      return;
    } catch (error) {
      if (!(error instanceof MissingKey)) throw error;
    }
  }
  const { pieces, rest } = await opened(storage, table, known);
  if (isNewestFirst(table)) yield rest;
  for (const { name } of pieces.named) yield* withoutHeader(storage.stream(pieceKey(table, name)));
  if (!isNewestFirst(table)) yield rest;
}

interface OpenedTable {
  readonly pieces: Pieces;
  readonly rest: Uint8Array;
}

/**
 * The rest has to be the one that goes with the pieces: it is read, and held, before any row is given. Whoever finds another one looks once more at what
 * there is now.
 */
async function opened(storage: Storage, table: Table, known: Pieces | null): Promise<OpenedTable> {
  const found = known === null ? null : await withRest(storage, table, known);
  if (found !== null) return found;
  const pieces = (await readLayout(storage))?.[table] ?? null;
  if (pieces === null) throw new MissingKey(tableKey(table));
  const again = await withRest(storage, table, pieces);
  if (again === null) throw new DatasetReplaced(`${table} was replaced while it was read`);
  return again;
}

async function withRest(storage: Storage, table: Table, pieces: Pieces): Promise<OpenedTable | null> {
  const body = await storage.read(restKey(table));
  if (body === null || PieceDigest.of(body) !== pieces.rest) return null;
  return { pieces, rest: body.subarray(body.indexOf(LINE_FEED) + 1) };
}

/** What a piece is named after. */
export class PieceDigest {
  readonly #hash = createHash('sha256');

  static of(body: Uint8Array): string {
    const digest = new PieceDigest();
    digest.update(body);
    return digest.text();
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  text(): string {
    return this.#hash.digest('hex').slice(0, NAME_LENGTH);
  }
}

const NAME_LENGTH = 32;
const LINE_FEED = 10;

async function* withoutHeader(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isHeader = true;
  for await (const chunk of chunks) {
    const end = isHeader ? chunk.indexOf(LINE_FEED) : -1;
    if (isHeader && end === -1) continue;
    const rows = chunk.subarray(end + 1);
    isHeader = false;
    if (rows.length > 0) yield rows;
  }
}
