import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import * as z from 'zod';

/** What a test may want to know about the files of a workspace. */

/** A state as far as tests look into it. */
export const StoredState = z.object({
  schema: z.string(),
  generation: z.number(),
  audit: z.array(z.object({ generation: z.number() })),
  streams: z.record(
    z.string(),
    z.object({
      source: z.string(),
      scope: z.string(),
      stream: z.string(),
      checkedAt: z.string(),
      segments: z.array(z.object({ name: z.string(), sha256: z.string(), records: z.number() })),
    }),
  ),
});

export async function readState(data: string): Promise<z.infer<typeof StoredState>> {
  return StoredState.parse(JSON.parse(await readFile(path.join(data, 'state.json'), 'utf8')));
}

/** Every file below a folder, by its path there, in order. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

const TABLES = ['changes', 'deployments', 'incidents', 'review', 'set-aside'];

/** The files of the tables with their content. Throws where there is one that is in no table and that the next build does not remove. */
export async function datasetOf(data: string): Promise<Record<string, string>> {
  const folder = path.join(data, 'dataset');
  const names = (await Promise.all(TABLES.map((table) => tableFiles(data, table)))).flat().sort();
  const { strays } = await manifestOf(data);
  for (const name of (await readdir(folder)).filter((one) => one.endsWith('.csv')))
    if (!names.includes(name) && !strays.includes(`dataset/${name}`))
      throw new Error(`${name} is in no table`);
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
  return Object.fromEntries(names.map((name, position) => [name, texts[position] ?? '']));
}

const Pieces = z.object({ named: z.array(z.object({ name: z.string() })) });
const Manifest = z.object({
  layout: z.record(z.string(), Pieces.nullable()),
  strays: z.array(z.string()),
});

async function manifestOf(data: string): Promise<z.infer<typeof Manifest>> {
  return Manifest.parse(JSON.parse(await readFile(path.join(data, 'dataset/manifest.json'), 'utf8')));
}

/** The files that a table is in, in the order of its rows. */
export async function tableFiles(data: string, table: string): Promise<string[]> {
  const pieces = (await manifestOf(data)).layout[table] ?? null;
  if (pieces === null) return [`${table}.csv`];
  const named = pieces.named.map(({ name }) => `${table}.${name}.csv`);
  const rest = `${table}.rest.csv`;
  return table === 'review' ? [rest, ...named] : [...named, rest];
}

/** A table as one file, with one header, whether or not it is stored as one. */
export async function tableText(data: string, table: string): Promise<string> {
  const files = await tableFiles(data, table);
  const texts = await Promise.all(
    files.map(async (name) => await readFile(path.join(data, 'dataset', name), 'utf8')),
  );
  const header = texts[0]?.slice(0, texts[0].indexOf('\n') + 1) ?? '';
  for (const [position, text] of texts.entries())
    if (!text.startsWith(header)) throw new Error(`${files[position] ?? ''} has another header`);
  return header + texts.map((text) => text.slice(header.length)).join('');
}

/** One digest for all tables: what must be the same is compared by it where a difference would be too long to print. */
export async function datasetDigest(data: string): Promise<string> {
  return createHash('sha256')
    .update(JSON.stringify(await datasetOf(data)))
    .digest('hex');
}

/** The segments that lie in the workspace, by their keys. */
export async function storedSegments(data: string): Promise<string[]> {
  return (await filesIn(path.join(data, 'raw')).catch(() => [])).map((file) => `raw/${file}`);
}

/** The segments that the state names, by their keys. */
export async function namedSegments(data: string): Promise<string[]> {
  const { streams } = await readState(data);
  return Object.values(streams)
    .flatMap(({ source, scope, stream, segments }) =>
      segments.map(({ name }) => `raw/${source}/${encodeURIComponent(scope)}/${stream}/${name}`),
    )
    .sort();
}

export async function temporaryFiles(data: string): Promise<string[]> {
  return await readdir(path.join(data, '.tmp')).catch(() => []);
}

const AuditLine = z.object({ generation: z.number(), at: z.string(), command: z.string() });

/**
 * The generations that the audit trail tells of, in the order of its lines. Half a line, which a kill in the middle of it
 * leaves, is passed over: every reader of the file has to.
 */
export async function auditedGenerations(data: string): Promise<number[]> {
  const text = await readFile(path.join(data, 'audit.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => AuditLine.parse(JSON.parse(line)).generation);
}

/** The rows of a table of the dataset by the names of their columns, read by a CSV parser that is not ours. */
export async function readTable(
  data: string,
  table: 'changes' | 'deployments' | 'set-aside',
): Promise<Record<string, string>[]> {
  const text = await tableText(data, table);
  return z.array(z.record(z.string(), z.string())).parse(parse(text, { columns: true }));
}
