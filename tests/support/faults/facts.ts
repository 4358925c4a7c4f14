import { createHash } from 'node:crypto';
import * as z from 'zod';
import { StoredState } from '../workspace.ts';

/** What is looked at in a workspace, by the keys of its objects. */

type Objects = ReadonlyMap<string, Buffer>;

type Segments = { readonly key: string; readonly sha256: string }[];

function segmentsOf(state: unknown): Segments {
  return Object.values(StoredState.parse(state).streams).flatMap(({ source, scope, stream, segments }) =>
    segments.map(({ name, sha256 }) => ({
      key: `raw/${source}/${encodeURIComponent(scope)}/${stream}/${name}`,
      sha256,
    })),
  );
}

/** The segments that a state names and that are not there, or are other ones. */
export function lostSegments(state: unknown, objects: Objects): string[] {
  return segmentsOf(state)
    .filter(({ key, sha256 }) => sha256 !== digest(objects.get(key)))
    .map(({ key }) => key);
}

function digest(body: Buffer | undefined): string | null {
  return body === undefined ? null : createHash('sha256').update(body).digest('hex');
}

/** What must be the same after a run, whatever befell the one before it. */
export interface Facts {
  readonly dataset: Readonly<Record<string, string>>;
  readonly sheet: string | null;
  readonly journal: readonly unknown[];
  readonly reports: readonly (string | null)[];
}

/** Of a workspace, and of what its user has besides. */
export function factsOf(objects: Objects, files: Objects): Facts {
  const text = (key: string) => objects.get(key)?.toString('utf8') ?? null;
  const tables = [...filesOfTables(objects).values()].flat().sort();
  return {
    dataset: Object.fromEntries(tables.map((key) => [key, text(key) ?? 'it is not there'])),
    sheet: text('pending_review.csv')?.replaceAll(TOKEN, 'r0') ?? null,
    journal: journalLines(text('annotations.jsonl') ?? ''),
    reports: [objects.get('reports/monthly.html'), files.get('/report.html')].map(
      (report) => report?.toString('utf8') ?? null,
    ),
  };
}

/** Depends on when the import was made. */
const TOKEN = /r\d+_[0-9a-f]{8}/gu;

const Line = z.record(z.string(), z.json());
const Files = z.array(z.object({ name: z.string(), sha256: z.string() })).optional();

function journalLines(text: string): unknown[] {
  return linesOf(text).map((line) => {
    // a patch is put down where git can be asked, and only makes a row easier to find again
    const { token: _token, at: _at, patch: _patch, files, ...rest } = Line.parse(JSON.parse(line));
    return { ...rest, files: Files.parse(files) };
  });
}

const Manifest = z.object({
  layout: z.record(z.string(), z.object({ named: z.array(z.object({ name: z.string() })) }).nullable()),
  strays: z.array(z.string()),
});

function manifestOf(text: string | null): z.infer<typeof Manifest> | null {
  return text === null ? null : Manifest.parse(JSON.parse(text));
}

/** The files of each table in the order of their rows, as the manifest tells. */
export function filesOfTables(objects: Objects): ReadonlyMap<string, readonly string[]> {
  const text = objects.get('dataset/manifest.json')?.toString('utf8') ?? null;
  const { layout = {} } = manifestOf(text) ?? {};
  return new Map(
    Object.entries(layout).map(([table, pieces]) => {
      if (pieces === null) return [table, [`dataset/${table}.csv`]];
      const named = pieces.named.map(({ name }) => `dataset/${table}.${name}.csv`);
      const rest = `dataset/${table}.rest.csv`;
      return [table, table === 'review' ? [rest, ...named] : [...named, rest]];
    }),
  );
}

/** Files of tables that are in no table, and that no later build will remove either. */
function leftTables(objects: Objects): string[] {
  const text = (key: string) => objects.get(key)?.toString('utf8') ?? null;
  const { strays = [] } = manifestOf(text('dataset/manifest.json')) ?? {};
  const known = new Set([...[...filesOfTables(objects).values()].flat(), ...strays]);
  return [...objects.keys()].filter((key) => /^dataset\/[^/]+\.csv$/u.test(key) && !known.has(key));
}

const Audit = z.looseObject({
  generation: z.number(),
  changes: z.looseObject({ revision: z.number().optional() }),
});
type Audit = z.infer<typeof Audit>;

/** The lines that a state tells of. */
const Told = z.object({ audit: z.array(Audit) });

/** The same for the same line, in whatever order it was written. */
function asText(line: Audit): string {
  return JSON.stringify(Object.entries(line).sort());
}

/** What is wrong with the workspace of a run that came to its end undisturbed. */
export function faultsOf(objects: Objects): string[] {
  const state: unknown = JSON.parse(objects.get('state.json')?.toString('utf8') ?? 'null');
  const named = segmentsOf(state).map(({ key }) => key);
  const stored = [...objects.keys()].filter((key) => key.startsWith('raw/'));
  const audited = linesOf(objects.get('audit.jsonl')?.toString('utf8') ?? '').map((line) =>
    Audit.parse(JSON.parse(line)),
  );
  const lines = audited.map(asText);
  const generations = audited.map(({ generation }) => generation);
  const revisions = audited.flatMap(({ changes }) => changes.revision ?? []);
  const journal = journalLines(objects.get('annotations.jsonl')?.toString('utf8') ?? '');
  const imported = journal.flatMap(
    (line) => z.object({ revision: z.number().optional() }).parse(line).revision ?? [],
  );
  return [
    ...lostSegments(state, objects).map((key) => `${key} is lost`),
    ...stored.filter((key) => !named.includes(key)).map((key) => `${key} is garbage`),
    ...leftTables(objects).map((key) => `${key} is in no table`),
    ...[...objects.keys()].filter((key) => key.startsWith('.tmp/')).map((key) => `${key} stays`),
    ...(isInOrder(generations) && new Set(lines).size === lines.length
      ? []
      : [`audited: ${generations.join(' ')}`]),
    ...Told.parse(state)
      .audit.filter((line) => !lines.includes(asText(line)))
      .map(({ generation }) => `a line of the audit is missing: ${String(generation)}`),
    ...(revisions.join() === imported.join()
      ? []
      : [`revisions audited: ${revisions.join()} of ${imported.join()}`]),
  ];
}

/** Repositories that are published together have a line each. */
function isInOrder(generations: readonly number[]): boolean {
  return generations.every((one, position) => position === 0 || one >= (generations[position - 1] ?? 0));
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
