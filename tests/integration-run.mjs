// The tests that need programs from outside npm. They run only when asked for, and then all of them must be there.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Debian package → the program it brings. */
const NEEDED = { chromium: 'chromium', 'libreoffice-calc': 'soffice', gnumeric: 'ssconvert' };

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

function run() {
  const missing = Object.keys(NEEDED).filter((name) => !isInstalled(NEEDED[name]));
  process.stderr.write(`needs these Debian packages: ${Object.keys(NEEDED).join(' ')}\n`);
  if (missing.length > 0) {
    process.stderr.write(`missing: ${missing.join(' ')}\nhint: apt-get install ${missing.join(' ')}\n`);
    return 2;
  }
  const vitest = path.join(
    path.dirname(fileURLToPath(import.meta.resolve('vitest/package.json'))),
    'vitest.mjs',
  );
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--project', 'it', ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      env: { ...process.env, DORA_IT: '1' },
    },
  );
  return status ?? 1;
}

process.exitCode = run();
