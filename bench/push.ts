import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RawWorkspace } from '../tests/support/devlake/raw-workspace.ts';
import { KEY, startDevLake } from '../tests/support/devlake/server.ts';
import { run } from './measure.ts';

/**
 * What it takes to send deployments and incidents to DevLake, with the program as it is built, to a double of it that takes so many milliseconds for each
 * row; and again with nothing new.
 *
 *   npm run bench:push [deployments] [milliseconds]     10,000 and 20 unless said otherwise
 */

const [deployments = '10000', milliseconds = '20'] = process.argv.slice(2);
const LANES = [1, 4, 16];
const REPOSITORIES = 40;
const BEGUN = Date.UTC(2026, 0, 5);
const HOUR = 3_600_000;
const PROGRAM = fileURLToPath(new URL('../bin/dora-metrics.js', import.meta.url));

const nameOf = (number: number) => `acme/service-${String(number)}`;

async function workspaceIn(folder: string, url: string): Promise<void> {
  const workspace = new RawWorkspace(folder);
  const names = Array.from({ length: REPOSITORIES }, (_, number) => nameOf(number));
  await workspace.configure([
    `repositories: [${names.map((name) => `{ path: ${path.basename(name)}, name: ${name} }`).join(', ')}]`,
    `integration: { devlake: { baseUrl: "${url}/rest", projectId: 1 } }`,
  ]);
  const versions = Math.ceil(Number(deployments) / REPOSITORIES);
  await workspace.repositories(names.map((name) => ({ name, versions, begunAt: BEGUN })));
  for (const name of names) {
    const incidents = Array.from({ length: Math.ceil(versions / 10) }, (_, number) => {
      const openedAt = BEGUN + (30 + number * 100) * HOUR;
      return { number: number + 1, title: `down ${String(number)}`, openedAt, resolvedAt: openedAt + HOUR };
    });
    await workspace.incidents(name, incidents);
  }
}

async function measure(lanes: number): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dora-metrics-push-'));
  const lake = await startDevLake({ work: async () => await wait(Number(milliseconds)) });
  try {
    await workspaceIn(folder, lake.url);
    const env = { DEVLAKE_WEBHOOK_TOKEN: KEY };
    await run(process.execPath, [PROGRAM, '--quiet', 'calculate'], folder, env);
    const args = [PROGRAM, '--quiet', 'push', 'devlake', '--concurrency', String(lanes)];
    const first = await run(process.execPath, args, folder, env);
    const rows = lake.requests.length;
    const again = await run(process.execPath, args, folder, env);
    const megabytes = (bytes: number | null) => `${((bytes ?? NaN) / 1e6).toFixed(0)} MB`;
    process.stdout.write(
      `| ${String(lanes)} | ${String(rows)} | ${first.seconds.toFixed(1)} s | ${(rows / first.seconds).toFixed(0)} | ${megabytes(first.peakMemory)} | ${again.seconds.toFixed(1)} s, ${String(lake.requests.length - rows)} rows, ${megabytes(again.peakMemory)} |\n`,
    );
  } finally {
    await lake.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

process.stdout.write(
  '| --concurrency | rows | time | rows a second | peak memory | again |\n|---|---|---|---|---|---|\n',
);
for (const lanes of LANES) await measure(lanes);
