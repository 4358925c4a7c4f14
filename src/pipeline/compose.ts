import path from 'node:path';
import { DoraError } from '../domain/errors.ts';
import { systemClock } from '../io/clock.ts';
import { exec } from '../io/exec.ts';
import { http } from '../io/http.ts';
import type { Log, Progress } from '../io/ports.ts';
import { LocalStorage } from '../storage/local-storage.ts';
import type { Storage } from '../storage/storage.ts';
import type { Ports } from './ports.ts';

export interface ComposeRequest {
  /** `--data`: a folder. */
  readonly data: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly progress: Progress;
  readonly version: string;
  readonly signal: AbortSignal;
}

/** The composition root: the only place where real adapters are built. */
export function compose({ data, ...rest }: ComposeRequest): Ports {
  return {
    ...rest,
    storage: storageAt(data),
    exec,
    http,
    clock: systemClock,
    cacheFolder: path.join(data, 'cache'),
  };
}

function storageAt(data: string): Storage {
  const scheme = /^(\w[\w+.-]+):\/\//u.exec(data)?.[1];
  if (scheme === undefined) return new LocalStorage(data);
  throw new DoraError('usage', `--data ${data}: ${scheme} is not a place that can be written to`, {
    hint: 'give a folder.',
  });
}
