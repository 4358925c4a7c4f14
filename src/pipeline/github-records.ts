import * as z from 'zod';
import { compareText } from '../domain/compare.ts';
import type { DeploymentRecord } from '../domain/deployment-record.ts';
import type { IncidentRecord } from '../domain/incident.ts';
import type { PullRequest } from '../domain/pull-request.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import {
  NewestById,
  parseDeployment,
  parseIncident,
  parsePullRequest,
  parseRelease,
  parseRun,
  runId,
} from '../extractors/github/normalise.ts';
import { FeedCursor } from '../extractors/github/pass.ts';
import type { SourceRecords } from '../processors/source-records.ts';
import { readRecords } from '../storage/raw-store.ts';
import type { State, StreamState } from '../storage/state.ts';
import type { Storage } from '../storage/storage.ts';
import { streamKey } from '../storage/workspace.ts';
import { partsOf } from './github-parts.ts';
import { githubStream, ISSUES } from './repositories.ts';

/** The streams of GitHub that the settings ask for and that the workspace has, in an order that depends on the settings only. */
export function githubStreams(state: State, name: string, settings: DatasetSettings): readonly StreamState[] {
  return partsOf(settings).flatMap(
    ({ stream }) => state.streams[streamKey(githubStream(name, stream))] ?? [],
  );
}

/** Whether a list was read to its end, and no later pass over it was broken off. */
export function isWhole(stream: StreamState | undefined): boolean {
  const cursor = FeedCursor.safeParse(stream?.cursor).data;
  return cursor?.complete === true && cursor.pass === null;
}

function lacksNothing(stream: StreamState | undefined): boolean {
  return isWhole(stream) && FeedCursor.safeParse(stream?.cursor).data?.lacking === 0;
}

/** Everything that is stored of a repository on GitHub; the newest of each item, in an order of its own. */
export async function readGitHubRecords(
  storage: Storage,
  streams: readonly StreamState[],
  name: string,
  settings: DatasetSettings,
): Promise<Omit<SourceRecords, 'opinions'>> {
  const pullRequests = new NewestById<PullRequest>(parsePullRequest);
  const releases = new NewestById<DeploymentRecord>(parseRelease);
  const deployments = new NewestById<DeploymentRecord>(parseDeployment);
  const runs = new NewestById<DeploymentRecord>(parseRun, runId);
  const incidents = new Map<string, IncidentRecord>();
  for (const stream of streams) {
    if (stream.stream.startsWith(ISSUES)) {
      const issues = new NewestById((raw) => parseIncident(raw, name, settings.incidentLabels));
      await feed(storage, stream, issues);
      for (const { value, isGone } of issues.entries()) {
        // an issue may be listed under another label still
        if (!isGone || !incidents.has(value.id))
          incidents.set(value.id, isGone ? { ...value, notBecause: 'deleted' } : value);
      }
    } else if (stream.stream === 'pull-requests') await feed(storage, stream, pullRequests);
    else if (stream.stream === 'releases') await feed(storage, stream, releases);
    else if (stream.stream === 'deployments') await feed(storage, stream, deployments);
    else await feed(storage, stream, runs);
  }
  return {
    pullRequests: [...pullRequests.entries()].map(({ value }) => value),
    hasAllPullRequests: lacksNothing(streams.find(({ stream }) => stream === 'pull-requests')),
    deployments: [releases, deployments, runs]
      .flatMap((kind) => [...kind.entries()])
      .map(({ value, isGone }): DeploymentRecord => (isGone ? { ...value, notBecause: 'deleted' } : value))
      .sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || compareText(a.id, b.id)),
    incidents: [...incidents.values()].sort((a, b) => a.openedAt - b.openedAt || compareText(a.id, b.id)),
  };
}

async function feed<Value>(storage: Storage, stream: StreamState, into: NewestById<Value>): Promise<void> {
  for await (const batch of readRecords(storage, stream)) for (const record of batch) into.add(record);
}

/** What makes two raw records two of the same item; a note that it is gone stands beside it. */
export function githubKey(record: unknown): string {
  const { success, data } = Keyed.safeParse(record);
  if (!success) return '';
  const key = runId(data) ?? String(data.id);
  return data.gone === true ? `gone ${key}` : key;
}

const Keyed = z.looseObject({ id: z.union([z.string(), z.number()]), gone: z.boolean().optional() });
