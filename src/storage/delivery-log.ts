import { createHash } from 'node:crypto';
import * as z from 'zod';
import { DoraError } from '../domain/errors.ts';
import { parsedJson } from '../domain/parsed-json.ts';
import { DELIVERIES } from './paths.ts';
import { MissingKey, type Storage } from './storage.ts';
import { writeObject } from './write-object.ts';

/**
 * The records of what was sent to one receiver, in segments that are written once. `deliveries.json` names those that count, and who may add to them.
 */

const SCHEMA = 'dora-metrics/deliveries/v1';

const Segment = z.object({ name: z.string(), sha256: z.string(), bytes: z.number(), records: z.number() });
export type DeliverySegment = z.infer<typeof Segment>;

const Head = z.object({
  schema: z.literal(SCHEMA),
  /** Goes up with every replacement. */
  generation: z.number(),
  /** Who is sending, and after how long without a sign of life somebody else may; `null` when nobody is. */
  holder: z.object({ writer: z.string(), seconds: z.number() }).nullable(),
  segments: z.array(Segment).readonly(),
});
export type DeliveryHead = z.infer<typeof Head>;

export interface VersionedHead {
  readonly head: DeliveryHead;
  readonly version: string | null;
}

/** A row that is to be sent, or was: the last one of an id counts. */
const Row = z.object({
  row: z.string(),
  kind: z.enum(['deployment', 'incident', 'pull-request']),
  repository: z.string(),
  /** Of a deployment; empty for others. */
  environment: z.string(),
  /** The webhook that it goes to: `connections/7`. */
  to: z.string(),
  /** Digest of what it says; a row that is taken back has none. */
  hash: z.string(),
  status: z.enum(['waiting', 'sent', 'parked']),
  reason: z.string().nullable(),
  /** What is sent; `null` once it was. */
  body: z.looseObject({}).nullable(),
  /** Address of a repository → the commits of it that the receiver has with this row, whole shas one behind the other. */
  commits: z.record(z.string(), z.string()),
});
export type DeliveryRow = z.infer<typeof Row>;

/** What became of a row, as long as it is the one with that hash. */
const Verdict = z.object({
  of: z.string(),
  hash: z.string(),
  status: z.enum(['waiting', 'sent', 'parked']),
  reason: z.string().nullable(),
});
export type DeliveryVerdict = z.infer<typeof Verdict>;

export type DeliveryRecord = DeliveryRow | DeliveryVerdict;

export function isRow(record: DeliveryRecord): record is DeliveryRow {
  return 'row' in record;
}

/** The objects of one receiver; `prefix` ends with a slash. */
export class DeliveryLog {
  readonly storage: Storage;
  readonly #prefix: string;

  constructor(storage: Storage, prefix: string) {
    this.storage = storage;
    this.#prefix = prefix;
  }

  /** Throws a `DoraError` for what a newer version wrote, and for what is damaged. */
  async head(): Promise<VersionedHead> {
    const found = await this.storage.readVersioned(`${this.#prefix}${DELIVERIES}`);
    if (found === null)
      return { head: { schema: SCHEMA, generation: 0, holder: null, segments: [] }, version: null };
    const head = Head.safeParse(parsedJson(new TextDecoder().decode(found.body)));
    if (!head.success)
      throw this.#damaged(DELIVERIES, 'is damaged, or was written by a newer version', head.error);
    return { head: head.data, version: found.version };
  }

  /** Throws `VersionConflict` when it was replaced since. */
  async replace(head: DeliveryHead, version: string | null): Promise<string> {
    const body = new TextEncoder().encode(`${JSON.stringify(head, null, 1)}\n`);
    return await this.storage.replace(`${this.#prefix}${DELIVERIES}`, body, version);
  }

  /** A segment that nobody names yet. */
  async write(number: number, records: readonly DeliveryRecord[]): Promise<DeliverySegment> {
    const body = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const name = `${String(number).padStart(6, '0')}-${this.storage.writerName}.jsonl`;
    await writeObject(this.storage, `${this.#prefix}${name}`, [body]);
    const sha256 = createHash('sha256').update(body).digest('hex');
    return { name, sha256, bytes: body.length, records: records.length };
  }

  async remove(name: string): Promise<void> {
    await this.storage.remove(`${this.#prefix}${name}`);
  }

  /** The names of all segments that are there, whoever left them. */
  async segments(): Promise<readonly string[]> {
    const found = await this.storage.list(this.#prefix);
    return found.map(({ key }) => key.slice(this.#prefix.length)).filter((name) => name.endsWith('.jsonl'));
  }

  /** The records of a segment, read whole. Throws a `DoraError` for one that is missing or damaged. */
  async read({ name, sha256 }: DeliverySegment): Promise<DeliveryRecord[]> {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of this.storage.stream(`${this.#prefix}${name}`)) chunks.push(chunk);
    } catch (error) {
      throw error instanceof MissingKey ? this.#damaged(name, 'is missing', error) : error;
    }
    const body = Buffer.concat(chunks);
    if (createHash('sha256').update(body).digest('hex') !== sha256) throw this.#damaged(name, 'is damaged');
    const lines = body
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
    return lines.map((line) => {
      const value = parsedJson(line);
      const row = Row.safeParse(value);
      if (row.success) return row.data;
      const verdict = Verdict.safeParse(value);
      if (verdict.success) return verdict.data;
      throw this.#damaged(name, 'was written by another version', verdict.error);
    });
  }

  #damaged(name: string, what: string, cause?: Error): DoraError {
    return new DoraError('data', `${this.storage.location}/${this.#prefix}${name} ${what}`, {
      hint: `delete ${this.storage.location}/${this.#prefix} and run again: everything is sent once more, under the same ids, which changes nothing at the receiver.`,
      ...(cause && { cause }),
    });
  }
}
