import { createHash } from 'node:crypto';
import * as z from 'zod';
import { HUMAN_COLUMNS } from '../domain/annotation.ts';
import { DoraError } from '../domain/errors.ts';
import { epochMs } from '../domain/units.ts';
import { parsedJson } from '../domain/parsed-json.ts';
import { ANNOTATIONS } from './paths.ts';
import type { Storage } from './storage.ts';

/**
 * `annotations.jsonl`: a line for each import (or undo, or re-attachment), then one for each row and incident that it changed.
 *
 * It only grows, and is replaced as a whole under the condition that nobody else has replaced it: an import is in it, or it is not
 * (docs/adr/0017-annotations-are-a-journal.md).
 */

const change = z.tuple([z.string().nullable(), z.string().nullable()]).readonly();
const instant = z.number().transform(epochMs);

const Header = z.object({
  revision: z.number(),
  token: z.string(),
  at: z.string(),
  command: z.enum(['import', 'undo', 'reattach']),
  by: z.string(),
  files: z.array(z.object({ name: z.string(), stored: z.string(), sha256: z.string() })),
  undoes: z.number().nullable(),
});

const Row = z.object({
  row: z.string(),
  facts: z.object({
    kind: z.enum(['commit', 'deployment']),
    repository: z.string(),
    component: z.string(),
    commit: z.string(),
    committedAt: instant.nullable(),
    author: z.string(),
    title: z.string(),
    deployment: z.object({ id: z.string(), name: z.string(), finishedAt: instant }).nullable(),
  }),
  patch: z.string().nullable(),
  cells: z.partialRecord(z.enum(HUMAN_COLUMNS), change),
  movedFrom: z.string().nullable(),
});

const Incident = z.object({
  incident: z.string(),
  repository: z.string(),
  fields: z.partialRecord(
    z.enum(['opened_at', 'resolved_at', 'severity', 'component', 'deployment', 'title', 'url']),
    change,
  ),
  deployment: z.object({ id: z.string(), name: z.string(), revision: z.string() }).nullable(),
});

/** A revision as it is stored. */
export interface StoredRevision extends z.infer<typeof Header> {
  readonly rows: readonly z.infer<typeof Row>[];
  readonly incidents: readonly z.infer<typeof Incident>[];
}

/** The journal as it was read; `version` is what `appendRevision` must be given. */
export interface Journal {
  readonly revisions: readonly StoredRevision[];
  readonly version: string | null;
  readonly body: Uint8Array;
}

/** All revisions in order. Throws a `DoraError` that names the line for a journal that is damaged. */
export async function readJournal(storage: Storage): Promise<Journal> {
  return (await openJournal(storage)).read();
}

/** A journal of which nobody has asked yet what it says. */
export interface OpenedJournal {
  /** Of all that it says; empty where there is none. */
  readonly digest: string;
  /** Throws a `DoraError` that names the line for a journal that is damaged. */
  readonly read: () => Journal;
}

export const NO_JOURNAL: OpenedJournal = {
  digest: '',
  read: () => ({ revisions: [], version: null, body: new Uint8Array(0) }),
};

export async function openJournal(storage: Storage): Promise<OpenedJournal> {
  // versioned: a run that was killed between winning and publishing has left a newer one than the file says
  const found = await storage.readVersioned(ANNOTATIONS);
  if (found === null) return NO_JOURNAL;
  const { body, version } = found;
  let journal: Journal | null = null;
  return {
    digest: createHash('sha256').update(body).digest('hex'),
    read: () => (journal ??= { revisions: revisionsIn(body, storage), version, body }),
  };
}

/** Adds a revision and gives its number. Throws `VersionConflict` when the journal is not what it was when it was read. */
export async function appendRevision(
  storage: Storage,
  { version, body, revisions }: Journal,
  revision: Omit<StoredRevision, 'revision' | 'token'>,
): Promise<StoredRevision> {
  const number = (revisions.at(-1)?.revision ?? 0) + 1;
  const { rows, incidents, ...rest } = revision;
  const digest = createHash('sha256').update(JSON.stringify([revisions.at(-1)?.token, number, rest]));
  const token = `r${String(number)}_${digest.digest('hex').slice(0, 8)}`;
  const header = { revision: number, token, ...rest };
  const lines = [header, ...rows, ...incidents].map((line) => `${JSON.stringify(line)}\n`).join('');
  await storage.replace(ANNOTATIONS, Buffer.concat([body, Buffer.from(lines)]), version);
  return { ...header, rows, incidents };
}

function revisionsIn(body: Uint8Array, storage: Storage): StoredRevision[] {
  const revisions: (z.infer<typeof Header> & {
    rows: z.infer<typeof Row>[];
    incidents: z.infer<typeof Incident>[];
  })[] = [];
  for (const [position, line] of new TextDecoder().decode(body).split('\n').entries()) {
    if (line === '') continue;
    const value = parsedJson(line);
    const last = revisions.at(-1);
    const header = isOf(value, 'revision') ? Header.safeParse(value).data : undefined;
    const row = last !== undefined && isOf(value, 'row') ? Row.safeParse(value).data : undefined;
    const incident =
      last !== undefined && isOf(value, 'incident') ? Incident.safeParse(value).data : undefined;
    if (header !== undefined) revisions.push({ ...header, rows: [], incidents: [] });
    else if (row !== undefined) last?.rows.push(row);
    else if (incident !== undefined) last?.incidents.push(incident);
    else throw damaged(storage, position + 1);
  }
  return revisions;
}

/** Which kind of line it is: asked first, because there may be very many. */
function isOf(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && key in value;
}

function damaged(storage: Storage, line: number): DoraError {
  return new DoraError('data', `${storage.location}/${ANNOTATIONS} is damaged in line ${String(line)}`, {
    hint: `restore it from a backup; the files that were imported are in ${storage.location}/annotations.`,
  });
}
