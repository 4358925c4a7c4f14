import { nextNumber, SegmentWriter, withTailTogether, type Envelope } from '../storage/raw-store.ts';
import { streamPrefix, type StreamName } from '../storage/paths.ts';
import type { Segment, StreamState } from '../storage/state.ts';
import type { Workspace } from '../storage/workspace.ts';
import type { Ports } from './ports.ts';

export interface AppendRequest {
  readonly command: string;
  /** What was asked, for the envelope. */
  readonly asked: string;
  /** The stream as it is published; `null` where it is not there yet. */
  readonly before: StreamState | null;
}

/** Adds records to a stream, all of them or none. */
export class StreamAppender {
  records = 0;
  readonly #workspace: Workspace;
  readonly #stream: StreamName;
  readonly #request: AppendRequest;
  readonly #ports: Ports;
  readonly #at: string;
  readonly #kept: readonly Segment[];
  readonly #writer: SegmentWriter;
  readonly #envelope: Envelope;

  constructor(workspace: Workspace, stream: StreamName, request: AppendRequest, ports: Ports) {
    const { clock, version, storage } = ports;
    this.#workspace = workspace;
    this.#stream = stream;
    this.#request = request;
    this.#ports = ports;
    this.#at = clock.now().toISOString();
    this.#kept = request.before?.segments ?? [];
    this.#envelope = {
      ...stream,
      request: request.asked,
      fetchedAt: this.#at,
      tool: `dora-metrics ${version}`,
    };
    this.#writer = new SegmentWriter(storage, this.#envelope, nextNumber(this.#kept));
  }

  async add(line: string): Promise<void> {
    this.records += 1;
    await this.#writer.add(line);
  }

  async abort(): Promise<void> {
    await this.#writer.abort();
  }

  /** Publishes what was added, and that the source was asked. Many small segments become one. */
  async publish(): Promise<void> {
    const { before, command } = this.#request;
    const written = await this.#writer.finish();
    const appended = {
      ...this.#stream,
      checkedAt: this.#at,
      cursor: {},
      segments: [...this.#kept, ...written],
    };
    const segments = await withTailTogether(this.#ports.storage, appended, this.#envelope);
    const { source, scope, stream } = this.#stream;
    const changes = { repository: scope, stream: `${source} ${stream}`, records: this.records };
    const audit = this.records === 0 ? null : { at: this.#at, command, changes };
    await this.#workspace.publish([{ name: this.#stream, before, after: { ...appended, segments } }], audit);
    const left = new Set(segments.map(({ name }) => name));
    for (const { name } of [...(before?.segments ?? []), ...written])
      if (!left.has(name)) await this.#ports.storage.remove(`${streamPrefix(this.#stream)}${name}`);
  }
}
