import * as z from 'zod';
import { DoraError } from '../domain/errors.ts';
import type { OwnProcess } from '../io/own-process.ts';
import type { SpoolFile } from '../storage/part-spool.ts';
import type { State } from '../storage/state.ts';
import type { StartReader } from './ports.ts';
import { asError, type FromReader, type ToReader } from './reader-messages.ts';
import {
  readingHere,
  type Read,
  type ReadHooks,
  type Reading,
  type ReadingParts,
  type ReadRequest,
} from './reading.ts';

/**
 * Reads repositories in processes of this program's own, as many as are asked for at the same time: the rows of many repositories are made on all
 * cores, and git is started from small processes, which takes a fraction of the time.
 */
export class ReaderPool {
  readonly #start: StartReader;
  readonly #parts: ReadingParts;
  readonly #here: Read;
  readonly #all: ReaderClient[] = [];
  readonly #idle: ReaderClient[] = [];
  #canStart = true;

  constructor(start: StartReader, parts: ReadingParts) {
    this.#start = start;
    this.#parts = parts;
    this.#here = readingHere(parts);
    const { signal } = parts.ports;
    signal?.addEventListener('abort', () => this.#disconnect(), { once: true });
  }

  readonly read: Read = async (request, hooks) => {
    const client = this.#idle.pop() ?? (await this.#started());
    if (client === null) return await this.#here(request, hooks);
    const release = () => {
      if (client.isThere) this.#idle.push(client);
    };
    try {
      const extracted = await client.read(request, hooks);
      return {
        extracted,
        loaded: null,
        keep: async ({ streams }) => await client.keep(streams),
        release: () => {
          client.release();
          release();
        },
      };
    } catch (error) {
      release();
      throw error;
    }
  };

  /** Ends the processes. What was read and not published yet stays whole: it is known by the process of whoever asked for it. */
  async close(): Promise<void> {
    this.#disconnect();
    const { clock } = this.#parts.ports;
    await Promise.all(
      this.#all.map(async (client) => {
        const over = new AbortController();
        const late = clock.sleep(PATIENCE_MS, over.signal).then(
          () => client.kill(),
          () => undefined,
        );
        await client.ended;
        over.abort();
        await late;
      }),
    );
  }

  #disconnect(): void {
    for (const client of this.#all) client.disconnect();
  }

  /** `null` where processes cannot be started: it goes on without. */
  async #started(): Promise<ReaderClient | null> {
    const { spool, ports } = this.#parts;
    if (!this.#canStart) return null;
    try {
      const file = await spool.newFile();
      const client = new ReaderClient(this.#start(file.fd), file, this.#parts);
      this.#all.push(client);
      await client.start();
      return client;
    } catch (error) {
      ports.signal?.throwIfAborted();
      this.#canStart = false;
      ports.log.debug('no process to read with', { error: String(error) });
      return null;
    }
  }
}

/** How long a process may take to end that was told to. */
const PATIENCE_MS = 5000;

/** The other side is this very program. */
const Message = z.custom<FromReader>();

/** A process that reads one repository at a time. */
class ReaderClient {
  isThere = true;
  readonly ended: Promise<unknown>;
  readonly #process: OwnProcess;
  readonly #file: SpoolFile;
  readonly #parts: ReadingParts;
  #waiting: { readonly resolve: (answer: Answer) => void; readonly reject: (error: unknown) => void } | null =
    null;
  #hooks: ReadHooks | null = null;
  /** Why the repository may not have its name. */
  #refusal: { readonly error: unknown } | null = null;

  constructor(process: OwnProcess, file: SpoolFile, parts: ReadingParts) {
    this.#process = process;
    this.#file = file;
    this.#parts = parts;
    process.onMessage((message) => void this.#hear(Message.parse(message)));
    this.ended = process.ended.then((reason) => {
      this.isThere = false;
      this.#waiting?.reject(hasEnded(reason));
    });
  }

  async start(): Promise<void> {
    const { state, settings, ports } = this.#parts;
    await this.#ask({ kind: 'start', state, settings, isShown: ports.progress.isShown });
  }

  async read(request: ReadRequest, hooks: ReadHooks): Promise<Reading['extracted']> {
    this.#hooks = hooks;
    this.#refusal = null;
    const answer = await this.#ask({ kind: 'read', request });
    if (answer.kind !== 'read') throw new TypeError(`an answer of another kind: ${answer.kind}`);
    return answer.extracted;
  }

  async keep(streams: State['streams']): Promise<void> {
    const answer = await this.#ask({ kind: 'keep', streams });
    if (answer.kind === 'kept' && answer.part !== null) this.#parts.spool.adopt(answer.part, this.#file);
  }

  release(): void {
    this.#hooks = null;
    this.#process.send({ kind: 'release' } satisfies ToReader);
  }

  disconnect(): void {
    this.#process.disconnect();
  }

  kill(): void {
    this.#process.kill();
  }

  async #ask(message: ToReader): Promise<Answer> {
    if (!this.isThere) throw hasEnded('before it was asked');
    const answer = new Promise<Answer>((resolve, reject) => (this.#waiting = { resolve, reject }));
    this.#process.send(message);
    try {
      return await answer;
    } finally {
      this.#waiting = null;
    }
  }

  async #hear(message: FromReader): Promise<void> {
    switch (message.kind) {
      case 'claim':
        await this.#claim(message.name);
        return;
      case 'log':
        this.#parts.ports.log[message.level](message.event, message.fields);
        return;
      case 'progress':
        this.#hooks?.progress.update(message.text);
        return;
      case 'failed':
        this.#waiting?.reject(this.#refusal?.error ?? asError(message.failure));
        return;
      case 'started':
      case 'read':
      case 'kept':
        this.#waiting?.resolve(message);
    }
  }

  async #claim(name: string): Promise<void> {
    try {
      await this.#hooks?.claim(name);
    } catch (error) {
      this.#refusal = { error };
    }
    this.#process.send({ kind: 'claimed', isTheirs: this.#refusal === null } satisfies ToReader);
  }
}

type Answer = Extract<FromReader, { readonly kind: 'started' | 'read' | 'kept' }>;

function hasEnded(reason: string): DoraError {
  return new DoraError('source', `the process that read it ended: ${reason}`, {
    hint: 'run it again; where memory is short, with a smaller --concurrency.',
  });
}
