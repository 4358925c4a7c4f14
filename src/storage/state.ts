import * as z from 'zod';
import { DoraError } from '../domain/errors.ts';
import { parsedJson } from '../domain/parsed-json.ts';

/** What a workspace holds: replaced last, so that everything it names is there. */

const SCHEMA = 'dora-metrics/state/v1';

const Segment = z.object({
  /** Key of the object, below the stream's prefix. */
  name: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  records: z.number(),
});
export type Segment = z.infer<typeof Segment>;

const StreamState = z.object({
  source: z.string(),
  scope: z.string(),
  stream: z.string(),
  /** When the source was last asked, whether or not it had anything new. */
  checkedAt: z.string(),
  /** Where the source goes on from; its own business. */
  cursor: z.record(z.string(), z.json()),
  segments: z.array(Segment).readonly(),
});
export type StreamState = z.infer<typeof StreamState>;

const AuditEntry = z.object({
  generation: z.number(),
  at: z.string(),
  command: z.string(),
  changes: z.record(z.string(), z.json()),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

const State = z.object({
  schema: z.literal(SCHEMA),
  /** Goes up by one with every publication. */
  generation: z.number(),
  /** Secret of the workspace that turns e-mail addresses into ids; never leaves this file. */
  authorKey: z.string(),
  streams: z.record(z.string(), StreamState),
  /** The newest revision of the annotations of which `audit.jsonl` tells. */
  annotations: z.number().default(0),
  /** The newest lines of `audit.jsonl`, those of one publication; of an older generation when nothing changed since. */
  audit: z.preprocess(linesOf, z.array(AuditEntry).readonly()),
  /** Up to this generation the lines are known to be in `audit.jsonl`. */
  audited: z.number().default(0),
  /** What was found in derived objects the last time, so that they need not be read again; may be lost. */
  memo: z.json().default(null),
});
export type State = z.infer<typeof State>;

/** An earlier form had one line, or none. */
function linesOf(audit: unknown): unknown {
  return audit === null ? [] : Array.isArray(audit) ? audit : [audit];
}

export function emptyState(authorKey: string): State {
  const nothing = { generation: 0, streams: {}, annotations: 0, audit: [], audited: 0, memo: null };
  return { schema: SCHEMA, authorKey, ...nothing };
}

/** Throws when the file is from a newer version or is not what it claims to be; `where` is for the message. */
export function parseState(text: string, where: string): State {
  const value = parsedJson(text);
  const found = State.safeParse(value);
  if (found.success) return found.data;
  const schema = z.object({ schema: z.string() }).safeParse(value);
  const version = /^dora-metrics\/state\/v(\d+)$/u.exec(schema.data?.schema ?? '')?.[1];
  if (version !== undefined && Number(version) > 1) {
    throw new DoraError(
      'data',
      `${where} was written by a newer dora-metrics (state version ${version}, this one reads 1)`,
      {
        hint: 'update dora-metrics, or use another data location with --data.',
      },
    );
  }
  throw new DoraError(
    'data',
    `${where} is damaged: ${found.error.issues[0]?.message ?? 'not a state file'}`,
    {
      hint: 'restore it from a backup, or move the data folder away and run: dora-metrics extract --full',
      cause: found.error,
    },
  );
}

export function formatState(state: State): string {
  return `${JSON.stringify(state, null, 1)}\n`;
}
