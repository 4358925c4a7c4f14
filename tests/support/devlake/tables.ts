import { Refusal } from './answers.ts';
import { LIMITS } from './limits.ts';

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** Each table with the columns of its key. */
const KEYS = {
  cicd_deployments: ['id'],
  cicd_deployment_commits: ['id', 'commit_sha'],
  issues: ['id'],
  incidents: ['id'],
  boards: ['id'],
  board_issues: ['board_id', 'issue_id'],
  incident_assignees: ['incident_id', 'assignee_id'],
  pull_requests: ['id'],
  project_mapping: ['project_name', 'table', 'row_id'],
  project_incident_deployment_relationships: ['id', 'project_name'],
} as const satisfies Record<string, readonly string[]>;

export type TableName = keyof typeof KEYS;

export type Dialect = 'mysql' | 'postgres';
export type Version = 'v1.0.2' | 'v1.0.3' | 'main';

export interface DatabaseOptions {
  readonly dialect: Dialect;
  readonly version: Version;
}

/** What DevLake has in its database, as far as a webhook gets at it. */
export class Database {
  readonly dialect: Dialect;
  readonly version: Version;
  readonly #tables = new Map<TableName, Map<string, Row>>();
  /** How to take back what was written since the transaction began; `null` outside of one. */
  #undo: (() => void)[] | null = null;

  constructor({ dialect, version }: DatabaseOptions) {
    this.dialect = dialect;
    this.version = version;
  }

  /** The rows in the order of their keys. */
  rows(name: TableName): readonly Row[] {
    const sorted = [...this.#table(name)].sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
    return sorted.map(([, row]) => row);
  }

  find(name: TableName, key: Row): Row | null {
    return this.#table(name).get(keyOf(name, key)) ?? null;
  }

  /** One statement: all of the rows are written whole, or none of them is. */
  save(name: TableName, rows: readonly Row[]): void {
    for (const row of rows) this.#check(name, row);
    const keys = rows.map((row) => keyOf(name, row));
    if (this.dialect === 'postgres' && new Set(keys).size < keys.length)
      throw new Refusal(
        500,
        'ERROR: ON CONFLICT DO UPDATE command cannot affect row a second time (SQLSTATE 21000)',
      );
    for (const row of rows) this.#set(name, keyOf(name, row), row);
  }

  remove(name: TableName, isGone: (row: Row) => boolean): void {
    for (const [key, row] of [...this.#table(name)]) if (isGone(row)) this.#set(name, key, null);
  }

  /**
   * Does something in a transaction. `unseen` is called where its end no longer sees the errors: from there on MySQL keeps what was done up to one,
   * and that too which was done before; PostgreSQL never does.
   */
  transaction(work: (unseen: () => void) => void): void {
    const undo: (() => void)[] = [];
    const end = { isSeen: true };
    this.#undo = undo;
    try {
      work(() => {
        end.isSeen = false;
      });
    } catch (error) {
      if (end.isSeen || this.dialect === 'postgres') for (const step of undo.reverse()) step();
      throw error;
    } finally {
      this.#undo = null;
    }
  }

  #check(name: TableName, row: Row): void {
    for (const [column, cell] of Object.entries(row)) {
      if (typeof cell !== 'string') continue;
      if (this.dialect === 'postgres' && cell.includes('\0'))
        throw new Refusal(500, 'ERROR: invalid byte sequence for encoding "UTF8": 0x00 (SQLSTATE 22021)');
      const limit = LIMITS[name]?.(this)[column] ?? Number.POSITIVE_INFINITY;
      if (Array.from(cell).length > limit)
        throw new Refusal(
          500,
          this.dialect === 'mysql'
            ? `Error 1406 (22001): Data too long for column '${column}' at row 1`
            : `ERROR: value too long for type character varying(${limit}) (SQLSTATE 22001)`,
        );
    }
  }

  #set(name: TableName, key: string, row: Row | null): void {
    const table = this.#table(name);
    const before = table.get(key) ?? null;
    this.#undo?.push(() => put(table, key, before));
    put(table, key, row);
  }

  #table(name: TableName): Map<string, Row> {
    const table = this.#tables.get(name) ?? new Map<string, Row>();
    this.#tables.set(name, table);
    return table;
  }
}

function put(table: Map<string, Row>, key: string, row: Row | null): void {
  if (row === null) table.delete(key);
  else table.set(key, row);
}

function keyOf(name: TableName, row: Row): string {
  return KEYS[name].map((column) => String(row[column])).join('\n');
}

/** A number that may not fit into the column of 64 bits that it is for. */
export function integerCell(value: bigint): number {
  if (value >= 2n ** 63n)
    throw new Refusal(500, "Error 1264 (22003): Out of range value for column 'lead_time_minutes' at row 1");
  return Number(value);
}
