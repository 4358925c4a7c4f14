import { systemClock } from '../io/clock.ts';
import { exec } from '../io/exec.ts';
import { http } from '../io/http.ts';
import { startOwnProcess } from '../io/own-process.ts';
import type { Log, Progress } from '../io/ports.ts';
import { tlsHttp } from '../io/tls-http.ts';
import { storageAt } from '../storage/storage-at.ts';
import type { Ports } from './ports.ts';

export interface ComposeRequest {
  /** `--data`: a folder, or `s3://bucket/prefix`. */
  readonly data: string;
  /** `--single-writer`: nobody else writes to the same bucket. */
  readonly singleWriter: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly progress: Progress;
  readonly version: string;
  readonly signal: AbortSignal;
  /** The file of the program that reads repositories; `null` to read all of them in this process. */
  readonly readerProgram: string | null;
  /** The process that answers for what is stored: this one, or the one for which this one reads. */
  readonly owner: number;
}

/** What a process that reads is given as its only argument, as JSON. */
export type ReaderArguments = Pick<ComposeRequest, 'data' | 'singleWriter' | 'owner'>;

/** The composition root: the only place where real adapters are built. */
export function compose({ data, singleWriter, readerProgram, owner, ...rest }: ComposeRequest): Ports {
  const clock = systemClock;
  const { env, signal } = rest;
  const argument = JSON.stringify({ data, singleWriter, owner } satisfies ReaderArguments);
  return {
    ...rest,
    ...storageAt({ data, singleWriter, env, owner, clock, signal }),
    exec,
    http,
    streamingHttp: tlsHttp,
    clock,
    startReader:
      readerProgram === null ? null : (file) => startOwnProcess(readerProgram, [argument], { file, env }),
  };
}
