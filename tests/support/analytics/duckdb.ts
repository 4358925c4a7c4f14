import { createRequire } from 'node:module';
import path from 'node:path';
import { createDuckDB, NODE_RUNTIME, VoidLogger } from '@duckdb/duckdb-wasm/blocking';
import * as z from 'zod';
import { block } from './page.ts';

const DIST = path.dirname(createRequire(import.meta.url).resolve('@duckdb/duckdb-wasm/blocking'));

export type SqlRow = Readonly<Record<string, string | number | boolean | null>>;
const Rows = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])));

/** An engine that was pointed at an export, as docs/analytics.md says. */
export interface Engine {
  readonly query: (sql: string) => readonly SqlRow[];
  readonly close: () => void;
}

/** Makes engines; DuckDB itself, compiled to WebAssembly, is loaded once. */
export async function duckdb(): Promise<(folder: string) => Engine> {
  const bundle = { mainModule: path.join(DIST, 'duckdb-eh.wasm'), mainWorker: '' };
  const database = await createDuckDB({ mvp: bundle, eh: bundle }, new VoidLogger(), NODE_RUNTIME);
  await database.instantiate(() => undefined);
  return (folder) => {
    database.open({ query: { castBigIntToDouble: true, castDecimalToDouble: true } });
    const connection = database.connect();
    for (const statement of block('duckdb').replaceAll("'parquet/", `'${folder}/`).split(';\n'))
      if (statement.trim() !== '') connection.query(statement);
    return {
      query: (sql) => Rows.parse(JSON.parse(JSON.stringify(connection.query(sql).toArray()))),
      close: () => connection.close(),
    };
  };
}
