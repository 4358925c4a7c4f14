import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { PARQUET_TABLES, type Cell, type Column, type ColumnType, type ParquetTable } from './columns.ts';

/** In the words that Parquet's own readers understand; without our version, so that an upgrade changes no file. */
const CREATED_BY = 'dora-metrics version 1 (build hyparquet-writer)';

/** Values of one column as they are written. */
type Values = (string | number | bigint | boolean | null)[];

/**
 * One Parquet file that is made row group by row group, so that no more than one of them is in memory.
 *
 * The same rows in the same groups give the same bytes.
 */
export class ParquetFile {
  readonly #columns: readonly Pick<Column<never>, 'name' | 'type' | 'nullable'>[];
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;

  constructor(table: ParquetTable) {
    this.#columns = PARQUET_TABLES[table];
    const schema = [{ name: 'root', num_children: this.#columns.length }, ...this.#columns.map(elementOf)];
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema, createdBy: CREATED_BY });
  }

  /** Adds rows, whose cells are in the order of the columns; gives the bytes that follow on those given before. */
  rowGroup(rows: readonly (readonly Cell[])[]): Uint8Array {
    const columnData = this.#columns.map(({ name, type }, position) => ({
      name,
      data: rows.map((row): Values[number] => valueOf(type, row[position] ?? null)),
    }));
    void this.#writer.write({ columnData, rowGroupSize: rows.length });
    return this.#taken();
  }

  /** The last bytes. */
  end(): Uint8Array {
    void this.#writer.finish();
    return this.#taken();
  }

  #taken(): Uint8Array {
    const taken = this.#bytes.getBytes().slice();
    // what was given away is not kept; the offset, which counts all of them, goes on
    this.#bytes.index = 0;
    return taken;
  }
}

function valueOf(type: ColumnType, cell: Cell): Values[number] {
  return typeof cell === 'number' && (type === 'whole' || type === 'instant') ? BigInt(cell) : cell;
}

function elementOf({
  name,
  type,
  nullable,
}: Pick<Column<never>, 'name' | 'type' | 'nullable'>): SchemaElement {
  return { name, repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED', ...physical(type) };
}

function physical(type: ColumnType): Omit<SchemaElement, 'name'> {
  switch (type) {
    case 'text':
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
    case 'instant':
      return {
        type: 'INT64',
        converted_type: 'TIMESTAMP_MILLIS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
      };
    case 'whole':
      return { type: 'INT64' };
    case 'small':
      return { type: 'INT32' };
    case 'real':
      return { type: 'DOUBLE' };
    case 'flag':
      return { type: 'BOOLEAN' };
  }
}
