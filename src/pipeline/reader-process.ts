import * as z from 'zod';
import { DoraError } from '../domain/errors.ts';
import type { Channel } from '../io/own-process.ts';
import type { Log, Progress } from '../io/ports.ts';
import { PartSpool } from '../storage/part-spool.ts';
import type { State } from '../storage/state.ts';
import type { Ports } from './ports.ts';
import { thrownBy, type FromReader, type ToReader } from './reader-messages.ts';
import { readingHere, type Read, type Reading, type ReadRequest } from './reading.ts';

/** What the process is given besides the channel. */
export interface ReaderParts {
  /** The ports, with these two that speak to whoever watches. */
  readonly compose: (log: Log, progress: Progress) => Ports;
  /** The number of the open file that rows are written to. */
  readonly file: number;
}

/** The other side is this very program. */
const Message = z.custom<ToReader>();

/** Reads repositories for another process, which says by `channel` what it wants. */
export function serveReader(channel: Channel, parts: ReaderParts): void {
  const reader = new Reader((message) => channel.send(message), parts);
  channel.onMessage((message) => void reader.hear(Message.parse(message)));
}

interface World {
  readonly state: State;
  readonly progress: Progress;
  readonly read: Read;
}

class Reader {
  readonly #say: (message: FromReader) => void;
  readonly #parts: ReaderParts;
  readonly #spool: PartSpool;
  #world: World | null = null;
  #reading: Reading | null = null;
  #claimed: (isTheirs: boolean) => void = () => undefined;

  constructor(say: (message: FromReader) => void, parts: ReaderParts) {
    this.#say = say;
    this.#parts = parts;
    this.#spool = new PartSpool(parts.file);
  }

  async hear(message: ToReader): Promise<void> {
    try {
      await this.#do(message);
    } catch (error) {
      this.#say({ kind: 'failed', failure: thrownBy(error) });
    }
  }

  async #do(message: ToReader): Promise<void> {
    switch (message.kind) {
      case 'start':
        this.#world = this.#worldOf(message);
        this.#say({ kind: 'started' });
        return;
      case 'read':
        await this.#read(message.request);
        return;
      case 'claimed':
        this.#claimed(message.isTheirs);
        return;
      case 'keep':
        await this.#keep(message.streams);
        return;
      case 'release':
        this.#reading = null;
    }
  }

  #worldOf({ state, settings, isShown }: ToReader & { readonly kind: 'start' }): World {
    const say = (level: 'debug' | 'info' | 'warn'): Log[typeof level] => {
      return (event, fields = {}) => this.#say({ kind: 'log', level, event, fields });
    };
    const log = { debug: say('debug'), info: say('info'), warn: say('warn') };
    let saidAt = -Infinity;
    const progress: Progress = {
      isShown,
      update: (text) => {
        const now = ports.clock.now().getTime();
        if (!isShown || now - saidAt < EVERY_MS) return;
        saidAt = now;
        this.#say({ kind: 'progress', text });
      },
      done: () => undefined,
    };
    const ports = this.#parts.compose(log, progress);
    return { state, progress, read: readingHere({ state, settings, spool: this.#spool, ports }) };
  }

  async #read(request: ReadRequest): Promise<void> {
    if (this.#world === null) throw new TypeError('read before start');
    const { read, progress } = this.#world;
    const claim = async (name: string) => {
      const isTheirs = new Promise<boolean>((resolve) => (this.#claimed = resolve));
      this.#say({ kind: 'claim', name });
      // why not is known where it was asked
      if (!(await isTheirs)) throw new DoraError('config', `another repository is called ${name}`);
    };
    this.#reading = await read(request, { claim, progress });
    this.#say({ kind: 'read', extracted: this.#reading.extracted });
  }

  async #keep(streams: State['streams']): Promise<void> {
    if (this.#world === null || this.#reading === null) throw new TypeError('keep before read');
    await this.#reading.keep({ ...this.#world.state, streams });
    this.#say({ kind: 'kept', part: this.#spool.part(this.#reading.extracted.name) });
  }
}

/** More often nobody can read it. */
const EVERY_MS = 100;
