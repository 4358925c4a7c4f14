import type { OwnProcess } from '../io/own-process.ts';
import type { Clock, Exec, Http, Log, Progress, StreamingHttp } from '../io/ports.ts';
import type { Storage } from '../storage/storage.ts';

/** Everything a verb may touch; `compose` makes the real ones. */
export interface Ports {
  readonly storage: Storage;
  readonly exec: Exec;
  readonly http: Http;
  /** For long answers, and for servers with certificates of their own. */
  readonly streamingHttp: StreamingHttp;
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: Progress;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where clones of remote repositories are kept. */
  readonly cacheFolder: string;
  readonly version: string;
  readonly signal?: AbortSignal | undefined;
  /** `null` where everything is read in this process. */
  readonly startReader?: StartReader | null;
}

/** Starts a process that reads repositories (`serveReader`), and writes rows to the open file of that number. */
export type StartReader = (file: number) => OwnProcess;
