// The tests that need programs from outside npm. They run only when asked for, and then all that they need must be there.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CEPH_PACKAGES, startCeph } from './it/ceph.mjs';

const S3_TESTS = 's3-real.test.ts';

/** File of tests → Debian package → the program it brings. A store that the environment names is not started here. */
const NEEDED = {
  'kubectl.test.ts': { 'kubernetes-client': 'kubectl' },
  'report-in-chromium.test.ts': { chromium: 'chromium' },
  'spreadsheets.test.ts': { 'libreoffice-calc': 'soffice', gnumeric: 'ssconvert' },
  [S3_TESTS]: isNamed(process.env.DORA_IT_S3_ENDPOINT) ? {} : CEPH_PACKAGES,
};

function isNamed(variable) {
  return variable !== undefined && variable !== '';
}

function isInstalled(program) {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The files of tests that run: those whose names are given, or all of them. */
function asked(args) {
  const named = args.map((arg) => path.basename(arg)).filter((name) => Object.hasOwn(NEEDED, name));
  return named.length === 0 ? Object.keys(NEEDED) : named;
}

/** Runs the tests to their end, also where they are told to stop: they have something to clear up. */
async function tests(args, env) {
  const vitest = path.join(
    path.dirname(fileURLToPath(import.meta.resolve('vitest/package.json'))),
    'vitest.mjs',
  );
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'it', ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env, DORA_IT: '1' },
  });
  const pass = (signal) => child.kill(signal);
  process.on('SIGTERM', pass);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
  } finally {
    process.off('SIGTERM', pass);
  }
}

async function run(args) {
  const files = asked(args);
  const packages = Object.assign({}, ...files.map((file) => NEEDED[file]));
  const missing = Object.keys(packages).filter((name) => !isInstalled(packages[name]));
  process.stderr.write(`needs these Debian packages: ${Object.keys(packages).join(' ')}\n`);
  if (missing.length > 0) {
    process.stderr.write(
      `missing: ${missing.join(' ')}\nhint: apt-get install --no-install-recommends ${missing.join(' ')}\n`,
    );
    return 2;
  }
  if (!files.includes(S3_TESTS) || isNamed(process.env.DORA_IT_S3_ENDPOINT)) return await tests(args, {});
  let isStopped = false;
  // a terminal tells the tests as well
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (isStopped = true));
  process.stderr.write('starting Ceph …\n');
  try {
    const { env, stop } = await startCeph();
    try {
      return isStopped ? 130 : await tests(args, env);
    } finally {
      await stop();
    }
  } catch (error) {
    if (isStopped) return 130;
    throw error;
  }
}

process.exitCode = await run(process.argv.slice(2));
