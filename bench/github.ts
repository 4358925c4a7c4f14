import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildHistory } from '../fixtures/history/history-builder.ts';
import { manyPullRequests } from '../tests/support/github/many.ts';
import { startGitHub } from '../tests/support/github/server.ts';
import { TEST_TOKEN } from '../tests/support/github/tokens.ts';
import { GitHubWorld } from '../tests/support/github/world.ts';
import { run } from './measure.ts';

/** What a repository with many pull requests costs, counted by a server of our own over GitHub's schema. */
export interface GitHubCost {
  readonly pullRequests: number;
  readonly first: { readonly requests: number; readonly points: number; readonly peakMemory: number };
  /** After twenty pull requests have changed. */
  readonly update: { readonly requests: number; readonly points: number };
}

/** Extracts `pullRequests` merged pull requests with the program `bin`, changes twenty of them, and updates. */
export async function measureGitHub(bin: string, pullRequests = 50_000): Promise<GitHubCost> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dora-metrics-github-'));
  const directory = path.join(folder, 'shop');
  const world = new GitHubWorld();
  const repository = manyPullRequests(world, pullRequests, { name: 'acme/shop' });
  const server = await startGitHub(world);
  try {
    await buildHistory({ directory }, async (history) => {
      await history.commit();
      await history.tag({ name: 'v1.0.0' });
    });
    execFileSync('git', ['-C', directory, 'config', 'remote.origin.url', `${server.url}/acme/shop.git`]);
    const env = { GITHUB_TOKEN: TEST_TOKEN, DORA_METRICS_GITHUB_URL: server.url };
    const tool = (command: string) => run(process.execPath, [bin, '--quiet', command], directory, env);
    const { peakMemory } = await tool('extract');
    const first = { requests: server.requests.length, points: server.points, peakMemory: peakMemory ?? NaN };
    const [...all] = repository.pullRequests;
    for (const request of all.slice(-20)) request.label('hotfix', Date.now() / 1000);
    server.reset();
    await tool('update');
    return { pullRequests, first, update: { requests: server.requests.length, points: server.points } };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
