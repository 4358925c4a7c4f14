import { setMaxListeners } from 'node:events';
import * as z from 'zod';
import { GIVEN_FILE, toParent } from '../io/own-process.ts';
import { compose } from '../pipeline/compose.ts';
import { serveReader } from '../pipeline/reader-process.ts';
import { VERSION } from './version.ts';

/** The process that reads repositories for another: started by `extract` and `update` where there are many. */

const Arguments = z.object({ data: z.string(), singleWriter: z.boolean(), owner: z.number() });

/** How long what is under way may take to end when whoever asked for it is gone. */
const PATIENCE_MS = 5000;

const { channel, signal } = toParent();
setMaxListeners(0, signal);
// a terminal tells all processes of an interruption; what ends and when is decided by the one that asked
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => undefined);
signal.addEventListener('abort', () => setTimeout(() => process.exit(1), PATIENCE_MS).unref());

const given = Arguments.parse(JSON.parse(process.argv[2] ?? ''));
serveReader(channel, {
  file: GIVEN_FILE,
  compose: (log, progress) =>
    compose({
      ...given,
      env: process.env,
      log,
      progress,
      version: VERSION,
      signal,
      readerProgram: null,
    }),
});
