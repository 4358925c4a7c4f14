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

/** So many looks at an application are gathered before they are joined to what is known of it. */
const MOST_LOOKS = 32;

/** What is known of one application: as bytes, which take a fifth of the room of objects and are outside of what is searched for garbage. */
interface Known {
  evidence: Buffer | null;
  readonly looks: Buffer[];
}

/** What is known of the applications of one instance; thousands of them, with years of history each. */
export class KnownApplications {
  readonly #known = new Map<string, Known>();

  /** `null` for one that nobody looked at. */
  get(application: Application): ArgoEvidence | null {
    const known = this.#known.get(keyOf(application));
    return known === undefined ? null : joined(known);
  }

  /** Adds a look as it is stored. */
  add(application: Application, look: string): void {
    const key = keyOf(application);
    const known = this.#known.get(key) ?? { evidence: null, looks: [] };
    this.#known.set(key, known);
    known.looks.push(Buffer.from(look));
    if (known.looks.length < MOST_LOOKS) return;
    known.evidence = Buffer.from(JSON.stringify(joined(known)));
    known.looks.length = 0;
  }

  /** One after the other, by namespace and name. */
  *all(): Generator<ArgoEvidence> {
    for (const [, known] of [...this.#known].sort(([a], [b]) => compareText(a, b))) {
      const evidence = joined(known);
      if (evidence !== null) yield evidence;
    }
  }
}

type Application = Pick<ApplicationSnapshot, 'namespace' | 'name'>;

function keyOf({ namespace, name }: Application): string {
  return `${namespace}/${name}`;
}

function joined({ evidence, looks }: Known): ArgoEvidence | null {
  const before: unknown = evidence === null ? null : unpacked(evidence);
  return looks
    .map((look) => StoredSnapshot.parse(unpacked(look)))
    .reduce<ArgoEvidence | null>(mergeEvidence, isEvidence(before) ? before : null);
}

function unpacked(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString());
}

/** This process wrote it itself. */
function isEvidence(value: unknown): value is ArgoEvidence {
  return value !== null;
}

const Named = z.object({ namespace: z.string(), name: z.string() });

/** Throws for a damaged segment. */
export async function readApplications(
  storage: Storage,
  stream: StreamState | null,
): Promise<KnownApplications> {
  const known = new KnownApplications();
  if (stream === null) return known;
  for await (const batch of readRecords(storage, stream))
    for (const record of batch) known.add(Named.parse(record), JSON.stringify(record));
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
