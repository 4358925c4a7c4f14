import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { atHome } from '../tests/support/argocd/access.ts';
import { fatApplication } from '../tests/support/argocd/applications.ts';
import { ClusterWorld } from '../tests/support/argocd/cluster-world.ts';
import { startKubernetes } from '../tests/support/argocd/kubernetes.ts';
import { run } from './measure.ts';

/**
 * What it takes to look at the Applications of a large cluster, with the program as it is built: for the first time, again when nothing is new, and in a file.
 *
 *   npm run bench:argocd [applications] [bytes of each]     5,000 of 200,000 unless said otherwise
 */

const [applications = '5000', bytes = '200000'] = process.argv.slice(2);
const size = { applications: Number(applications), bytes: Number(bytes) };
const PROGRAM = fileURLToPath(new URL('../bin/dora-metrics.js', import.meta.url));

/** What kubectl writes into a file. */
function* list(): Generator<string> {
  const text = fatApplication(size.bytes);
  yield '{"apiVersion":"v1","items":[';
  for (let number = 0; number < size.applications; number += 1)
    yield `${number === 0 ? '' : ','}${text(number)}`;
  yield '],"kind":"List"}';
}

/** A repository with a commit and a version, of which the applications are not. */
function repository(folder: string): string {
  const clone = path.join(folder, 'shop');
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
  git('init', '--quiet', '--initial-branch=main', clone);
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-C', clone];
  git(...who, 'commit', '--quiet', '--allow-empty', '--message', 'begin');
  git(...who, 'tag', '--annotate', '--message', 'first', 'v1.0.0');
  writeFileSync(path.join(clone, 'dora-metrics.yaml'), 'argocd: { enabled: true }\n');
  return clone;
}

async function measure(): Promise<void> {
  const world = new ClusterWorld();
  const text = fatApplication(size.bytes);
  for (let number = 0; number < size.applications; number += 1)
    world.putText({ namespace: 'argocd', name: `app-${number}`, labels: {}, text: () => text(number) });
  const cluster = await startKubernetes(world);
  const folder = mkdtempSync(path.join(tmpdir(), 'dora-metrics-argocd-'));
  try {
    const env = { ...(await atHome(folder, { server: cluster.url, ca: cluster.ca })), KUBECONFIG: '' };
    const clone = repository(folder);
    const file = path.join(folder, 'apps.json');
    await pipeline(Readable.from(list()), createWriteStream(file));
    const once = ['extract', '--source', 'argocd', '--quiet'];
    const ways: readonly (readonly [string, readonly string[]])[] = [
      ['from a cluster', once],
      ['from a cluster, nothing new', once],
      ['from a file', [...once, '--from', file, '--data', path.join(folder, 'other')]],
    ];
    for (const [how, args] of ways) {
      const { seconds, peakMemory } = await run(process.execPath, [PROGRAM, ...args], clone, env);
      const peak = Math.round((peakMemory ?? NaN) / 1_000_000);
      process.stdout.write(
        `${applications} applications of ${bytes} bytes ${how}: ${seconds.toFixed(1)} s, peak memory ${String(peak)} MB\n`,
      );
    }
  } finally {
    await cluster.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await measure();
