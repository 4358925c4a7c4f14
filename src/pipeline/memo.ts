import * as z from 'zod';
import type { Settings } from '../domain/settings.ts';
import { DAY } from '../domain/units.ts';
import type { OpenedJournal } from '../storage/annotation-store.ts';
import type { Seen } from '../storage/dataset-manifest.ts';
import {
  ANNOTATIONS,
  DATASET,
  DATASET_MANIFEST,
  PENDING_REVIEW,
  REVIEW_SUMMARY,
  TABLES,
  tableKey,
} from '../storage/paths.ts';
import type { State } from '../storage/state.ts';
import type { Storage } from '../storage/storage.ts';
import { inputsOf, type EnsuredDataset } from './dataset.ts';
import { digest } from './dataset-part.ts';
import { reviewKey, ReviewSummary, scopeOf } from './pending-review.ts';
import type { Review } from './review.ts';
import { rowSetDigests } from './reviewed.ts';

/**
 * What a run that brought everything up to date found in the objects that follow from the state, so that the next one need not read them where
 * nothing has changed: two lists tell that they are all there, and the same.
 *
 * It holds fingerprints and what was read under them, and promises nothing: where one is another, or the state asks for something else, all is read
 * as if there were no memo.
 */
const Memo = z.object({
  /** By key; an object that was not there is missing. */
  seen: z.record(z.string(), z.string()),
  annotations: z.object({ digest: z.string(), revision: z.number() }),
  /** What the dataset was built from. */
  inputs: z.string(),
  review: ReviewSummary.omit({ orphans: true }),
  /** A digest of what was told, where that is everything that waits; else `null`. */
  told: z.string().nullable(),
});

const Stored = z.object({
  /** `null` where there is something to do in each run. */
  found: Memo.nullable(),
  /** When garbage was last looked for. */
  sweptAt: z.string().nullable(),
});

/** Whether everything in the folder of the dataset that was read or could be is what it was; pieces that no manifest names are nothing. */
function isSameDataset(seen: Seen, before: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(before).filter((key) => key.startsWith(DATASET));
  const always = [DATASET_MANIFEST, REVIEW_SUMMARY].every((key) => seen.has(key));
  return always && [...keys, ...TABLES.map(tableKey)].every((key) => seen.get(key) === before[key]);
}

/** The fingerprints of all that the state does not name, by key. */
export async function whatIsThere(storage: Storage): Promise<Seen> {
  const folders = await Promise.all(['', DATASET].map(async (folder) => await storage.fingerprints(folder)));
  return new Map(folders.flatMap((found) => [...found]));
}

function storedIn({ memo }: Pick<State, 'memo'>): z.infer<typeof Stored> {
  return Stored.safeParse(memo).data ?? { found: null, sweptAt: null };
}

/** What waits for people where nothing has changed. */
export interface Unchanged {
  readonly state: State;
  readonly summary: ReviewSummary;
  /** Whether they were told of all of it. */
  readonly isTold: boolean;
}

/** `null` where dataset and sheet may not be what follows from the state. */
export function reviewIfUnchanged(
  state: State,
  settings: Settings,
  { version, seen }: { readonly version: string; readonly seen: Seen },
): Unchanged | null {
  const { found } = storedIn(state);
  if (found === null) return null;
  const { annotations, inputs, review, told } = found;
  if (!isSameDataset(seen, found.seen) || seen.get(ANNOTATIONS) !== found.seen[ANNOTATIONS]) return null;
  if (annotations.revision > state.annotations) return null;
  if (inputsOf(state, settings, { version, annotations: annotations.digest }) !== inputs) return null;
  const file = seen.get(PENDING_REVIEW) ?? null;
  if (reviewKey(state, scopeOf(state, settings), { inputs, file }) !== review.key) return null;
  const isTold = told !== null && told === digestOfTold(state, review.repositories);
  return { state, summary: { ...review, orphans: [] }, isTold };
}

/** A memo that says that everything that waits was told of. */
export function toldIn(memo: State['memo'], state: State): State['memo'] {
  const { found, sweptAt } = storedIn({ memo });
  if (found === null) return memo;
  return { found: { ...found, told: digestOfTold(state, found.review.repositories) }, sweptAt };
}

function digestOfTold(state: State, repositories: readonly { readonly name: string }[]): string {
  return digest(repositories.map(({ name }) => rowSetDigests(state, name, 'told')));
}

/** What is known at the end of a run. */
interface Known {
  /** Of before anything was read. */
  readonly seen: Seen;
  readonly journal: OpenedJournal;
  readonly dataset: EnsuredDataset;
  /** `null` where no garbage was looked for. */
  readonly sweptAt: string | null;
}

export function memoOf(
  { state, summary, stored, reattached }: Review,
  { seen, journal, dataset, sweptAt }: Known,
): State['memo'] {
  const { orphans, ...waiting } = summary;
  const manifest = (dataset.summary === null ? seen : dataset.objects).get(DATASET_MANIFEST) ?? null;
  const objects = new Map<string, string | null>([
    ...dataset.objects,
    [DATASET_MANIFEST, manifest],
    [REVIEW_SUMMARY, stored],
  ]);
  const told = [...objects].flatMap(([key, fingerprint]) =>
    fingerprint === null ? [] : [[key, fingerprint] as const],
  );
  const said = seen.get(ANNOTATIONS);
  const found = said === undefined ? told : [[ANNOTATIONS, said] as const, ...told];
  const revision = journal.read().revisions.at(-1)?.revision ?? 0;
  const memo: z.infer<typeof Memo> = {
    seen: Object.fromEntries(found),
    annotations: { digest: journal.digest, revision },
    inputs: dataset.inputs,
    review: waiting,
    told: null,
  };
  // annotations whose commit is gone may find it again in any run
  const isAtRest = orphans.length === 0 && reattached.length === 0 && told.length === objects.size;
  return { found: isAtRest ? memo : null, sweptAt: sweptAt ?? storedIn(state).sweptAt };
}

/** Garbage has to be a day old: to look for it in every run would find no more. */
export function isSweepDue(state: State, at: string): boolean {
  const { sweptAt } = storedIn(state);
  return sweptAt === null || !(Date.parse(at) - Date.parse(sweptAt) < DAY / 4);
}
