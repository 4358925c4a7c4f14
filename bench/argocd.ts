import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { documentsIn } from '../src/extractors/argocd/documents.ts';
import { kubernetesDocuments } from '../src/extractors/argocd/kubernetes.ts';
import { atHome, worldly } from '../tests/support/argocd/access.ts';
import { fatApplication } from '../tests/support/argocd/applications.ts';
import { ClusterWorld } from '../tests/support/argocd/cluster-world.ts';
import { startKubernetes } from '../tests/support/argocd/kubernetes.ts';
import { run } from './measure.ts';

// What it takes to read the Applications of a large cluster: `tsx bench/argocd.ts [applications] [bytes of each]`.

interface Size {
  readonly applications: number;
  readonly bytes: number;
}

/** A reader in a process of its own, so that the memory of the cluster is not in what is measured. */
async function read(from: string, size: Size): Promise<void> {
  const documents =
    from === 'cluster'
      ? kubernetesDocuments({ timeoutMs: 60_000 }, worldly(process.env))
      : documentsIn({ name: 'a list', bytes: list(size) });
  let count = 0;
  for await (const document of documents) if (document !== null) count += 1;
  if (count !== size.applications) throw new Error(`${count} applications came`);
}

/** What kubectl writes into a file, in the pieces in which a file is read. */
async function* list({ applications, bytes }: Size): AsyncGenerator<Uint8Array> {
  const text = fatApplication(bytes);
  yield Buffer.from('{"apiVersion":"v1","items":[');
  for (let number = 0; number < applications; number += 1) {
    const item = Buffer.from(`${number === 0 ? '' : ','}${text(number)}`);
    for (let at = 0; at < item.length; at += 65_536) yield item.subarray(at, at + 65_536);
  }
  yield Buffer.from('],"kind":"List"}');
}

async function measure(size: Size): Promise<void> {
  const world = new ClusterWorld();
  const text = fatApplication(size.bytes);
  for (let number = 0; number < size.applications; number += 1)
    world.putText({ namespace: 'argocd', name: `app-${number}`, labels: {}, text: () => text(number) });
  const cluster = await startKubernetes(world);
  const folder = mkdtempSync(path.join(tmpdir(), 'dora-metrics-argocd-'));
  try {
    const env = { ...(await atHome(folder, { server: cluster.url, ca: cluster.ca })), KUBECONFIG: '' };
    for (const from of ['list', 'cluster']) {
      const program = fileURLToPath(import.meta.url);
      const args = [
        '--import',
        import.meta.resolve('tsx'),
        program,
        String(size.applications),
        String(size.bytes),
        from,
      ];
      const { seconds, peakMemory } = await run(process.execPath, args, folder, env);
      const peak = Math.round((peakMemory ?? NaN) / 1_000_000);
      process.stdout.write(
        `${size.applications} applications of ${size.bytes} bytes from a ${from}: ${seconds.toFixed(1)} s, peak memory ${peak} MB\n`,
      );
    }
  } finally {
    await cluster.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const [applications = '5000', bytes = '200000', from] = process.argv.slice(2);
const size = { applications: Number(applications), bytes: Number(bytes) };
if (from === undefined) await measure(size);
else await read(from, size);
