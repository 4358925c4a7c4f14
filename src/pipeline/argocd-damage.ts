import { readRecords, SegmentDamaged } from '../storage/raw-store.ts';
import { streamPrefix } from '../storage/paths.ts';
import type { Segment, StreamState } from '../storage/state.ts';
import type { Workspace } from '../storage/workspace.ts';
import { argoStreams } from './argocd-streams.ts';
import type { Ports } from './ports.ts';

/**
 * Takes damaged segments out of the streams of Argo CD, and says what is lost: a cluster keeps ten deployments of each application, so that what a segment held
 * cannot be asked for again as a whole. Questions whose answers are lost are asked anew.
 */
export async function giveUpDamaged(
  workspace: Workspace,
  command: string,
  ports: Ports,
): Promise<readonly string[]> {
  const notices: string[] = [];
  for (const before of argoStreams(await workspace.latest())) {
    const damaged = await damagedIn(before, ports);
    if (damaged.length === 0) continue;
    const segments = before.segments.filter((segment) => !damaged.some(({ lost }) => lost === segment));
    const records = damaged.reduce((sum, { lost }) => sum + lost.records, 0);
    const { source, scope, stream } = before;
    const changes = { repository: scope, stream: `${source} ${stream}`, givenUp: records };
    const audit = { at: ports.clock.now().toISOString(), command, changes };
    await workspace.publish([{ name: before, before, after: { ...before, segments } }], audit);
    for (const { lost, why } of damaged) {
      await ports.storage.remove(`${streamPrefix(before)}${lost.name}`);
      notices.push(`${why}: its ${String(lost.records)} records are given up`);
    }
  }
  return notices;
}

async function damagedIn(
  stream: StreamState,
  { storage, signal }: Ports,
): Promise<readonly { readonly lost: Segment; readonly why: string }[]> {
  const found = [];
  for (const lost of stream.segments)
    try {
      for await (const _ of readRecords(storage, { ...stream, segments: [lost] })) signal?.throwIfAborted();
    } catch (error) {
      if (!(error instanceof SegmentDamaged)) throw error;
      found.push({ lost, why: error.message });
    }
  return found;
}
