import * as z from 'zod';
import type { ApplicationSnapshot } from '../domain/argocd.ts';
import { compareText } from '../domain/compare.ts';
import { StoredSnapshot } from '../extractors/argocd/schema.ts';
import { mergeEvidence, type ArgoEvidence } from '../processors/argocd-evidence.ts';
import type { LabelSet } from '../processors/image-labels.ts';
import { readRecords } from '../storage/raw-store.ts';
import type { State, StreamState } from '../storage/state.ts';
import type { Storage } from '../storage/storage.ts';

/** What is stored of Argo CD: the looks at its applications, and what was asked because of them. */
export const APPLICATIONS = 'applications';
export const IMAGE_LABELS = 'image-labels';
export const CHANGED_PATHS = 'changed-paths';

/** A stream of one instance of Argo CD, by the name that the configuration gives it. */
export function argoStream(
  scope: string,
  stream: typeof APPLICATIONS | typeof IMAGE_LABELS | typeof CHANGED_PATHS,
) {
  return { source: 'argocd', scope, stream };
}

/** All streams of all instances, in an order of their own. */
export function argoStreams(state: State, stream?: string): readonly StreamState[] {
  return Object.entries(state.streams)
    .filter(([, one]) => one.source === 'argocd' && (stream === undefined || one.stream === stream))
    .sort(([a], [b]) => compareText(a, b))
    .map(([, one]) => one);
}

/** What is known of the applications of one instance, by namespace and name. */
export type KnownApplications = Map<string, ArgoEvidence>;

export function applicationKey({ namespace, name }: Pick<ApplicationSnapshot, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** Throws for a damaged segment. */
export async function readApplications(
  storage: Storage,
  stream: StreamState | null,
  known: KnownApplications = new Map(),
): Promise<KnownApplications> {
  if (stream === null) return known;
  for await (const batch of readRecords(storage, stream))
    for (const record of batch) {
      const snapshot = StoredSnapshot.parse(record);
      const key = applicationKey(snapshot);
      known.set(key, mergeEvidence(known.get(key) ?? null, snapshot));
    }
  return known;
}

/** The labels of one image, as a registry told them; `sets` is `null` where it had no such image. */
export const StoredLabels = z.object({
  reference: z.string(),
  digest: z.string().nullable(),
  sets: z.array(z.record(z.string(), z.string())).nullable(),
});
export type StoredLabels = z.infer<typeof StoredLabels>;

/** The sets of labels by image; the newest answer counts, and an image that was there once is not forgotten. */
export async function readLabels(
  storage: Storage,
  streams: readonly StreamState[],
): Promise<ReadonlyMap<string, readonly LabelSet[] | null>> {
  const labels = new Map<string, readonly LabelSet[] | null>();
  for (const stream of streams)
    for await (const batch of readRecords(storage, stream))
      for (const record of batch) {
        const { reference, sets } = StoredLabels.parse(record);
        labels.set(reference, sets ?? labels.get(reference) ?? null);
      }
  return labels;
}

/** Whether anything under some paths is different between two commits. */
export const StoredDifference = z.object({
  repository: z.string(),
  from: z.string(),
  to: z.string(),
  paths: z.array(z.string()),
  isChanged: z.boolean(),
});
export type StoredDifference = z.infer<typeof StoredDifference>;

export function differenceKey({
  repository,
  from,
  to,
  paths,
}: Omit<StoredDifference, 'isChanged' | 'paths'> & { readonly paths: readonly string[] }): string {
  return JSON.stringify([repository, from, to, paths]);
}

export async function readDifferences(
  storage: Storage,
  streams: readonly StreamState[],
): Promise<ReadonlyMap<string, boolean>> {
  const known = new Map<string, boolean>();
  for (const stream of streams)
    for await (const batch of readRecords(storage, stream))
      for (const record of batch) {
        const difference = StoredDifference.parse(record);
        known.set(differenceKey(difference), difference.isChanged);
      }
  return known;
}
