// Loaded into the program by `node --import`: what it waits for on purpose (back-off, budgets) takes no time. Timeouts of
// requests are not touched.
import timers from 'node:timers/promises';
import { syncBuiltinESMExports } from 'node:module';

const wait = timers.setTimeout;
timers.setTimeout = async (_milliseconds, value, options) => await wait(0, value, options);
syncBuiltinESMExports();
