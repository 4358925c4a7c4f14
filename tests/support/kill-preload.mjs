// Loaded into the program by `node --import`. It stops it at one chosen step of its writing, so that every state that a
// kill can leave behind, and every interleaving with another run, is seen once. A step stands before each change of the
// file system and in the middle of each write. Variables: STEP (which one), STEP_SIGNAL (what happens there), TEST_HOST
// (the name of the machine, which goes into the names of files).
import { writeSync } from 'node:fs';
import files from 'node:fs/promises';
import os from 'node:os';
import { syncBuiltinESMExports } from 'node:module';

const { STEP, STEP_SIGNAL = 'SIGKILL', TEST_HOST } = process.env;
let steps = 0;

function isChosen() {
  steps += 1;
  return steps === Number(STEP);
}

/** With SIGSTOP the program goes on after SIGCONT; the test is told on descriptor 3 that it has come so far. */
function halt() {
  if (STEP_SIGNAL === 'SIGSTOP') writeSync(3, 'stopped');
  process.kill(process.pid, STEP_SIGNAL);
}

function step() {
  if (isChosen()) halt();
}

// making a folder is no step: nothing can be missing that the next step before or after it does not miss as well
for (const name of ['rename', 'link', 'rm']) {
  const real = files[name];
  files[name] = async (...args) => {
    step();
    return await real(...args);
  };
}

const { appendFile, open } = files;

files.appendFile = async (file, text, options) => {
  step();
  const half = isChosen() ? text.slice(0, text.length / 2) : '';
  if (half !== '') {
    await appendFile(file, half, options);
    halt();
  }
  await appendFile(file, text.slice(half.length), options);
};

files.open = async (file, flags, ...rest) => {
  const handle = await open(file, flags, ...rest);
  const { write } = handle;
  handle.write = async (chunk, ...where) => {
    if (!isChosen()) return await write.call(handle, chunk, ...where);
    const half = await write.call(handle, chunk.slice(0, chunk.length / 2), ...where);
    halt();
    return half;
  };
  return handle;
};

if (TEST_HOST !== undefined) os.hostname = () => TEST_HOST;

syncBuiltinESMExports();
