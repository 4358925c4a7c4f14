import { systemClock } from '../io/clock.ts';
import { exec } from '../io/exec.ts';
import { http } from '../io/http.ts';
import type { Log, Progress } from '../io/ports.ts';
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
}

/** The composition root: the only place where real adapters are built. */
export function compose({ data, singleWriter, ...rest }: ComposeRequest): Ports {
  const clock = systemClock;
  const { env, signal } = rest;
  return { ...rest, ...storageAt({ data, singleWriter, env, clock, signal }), exec, http, clock };
}
