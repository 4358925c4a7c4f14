import * as z from 'zod';
import {
  HEALTH_STATUSES,
  HYDRATION_PHASES,
  INITIATORS,
  MESSAGE_KINDS,
  OPERATION_PHASES,
  SYNC_STATUSES,
  type ApplicationSnapshot,
} from '../../domain/argocd.ts';
import { isInstant, isoInstant } from '../../domain/units.ts';

/**
 * What is read of an Application as kubectl, the API server or Argo CD print it, and what is stored of it.
 *
 * Reading never fails below the top level: a part that is not what it should be is as good as absent.
 */

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/u;

/** Go writes the year 1 where it has no time; nothing was deployed before 1970 either. */
function isoOf(text: unknown): string | null {
  const instant = typeof text === 'string' && RFC_3339.test(text) ? Date.parse(text) : NaN;
  return isInstant(instant) && instant > 0 ? isoInstant(instant) : null;
}

/** Anything at all; `null` where there is nothing. */
const anything = z.unknown().default(null);

const instant = anything.transform(isoOf);
const text = z
  .string()
  .transform((value) => (value === '' ? null : value))
  .nullable()
  .catch(null);
const count = z.number().int().nullable().catch(null);
const flag = z.boolean().catch(false);
const texts = list(z.string().min(1).nullable().catch(null)).transform((values) =>
  values.filter((value) => value !== null),
);
/** What a digest is taken of: the whole, whatever is in it. */
const raw = z.record(z.string(), z.unknown()).nullable().catch(null);

function list<Item extends z.ZodType>(item: Item) {
  return z.array(item).catch([]);
}

/** An object with these parts; one without any where there is something else. */
function part<Shape extends z.ZodRawShape>(shape: Shape) {
  const object = z.object(shape);
  return object.catch(() => object.parse({}));
}

const sources = { source: raw, sources: list(raw) };
const revisions = { revision: text, revisions: list(z.string().catch('')) };

const Entry = part({
  ...revisions,
  ...sources,
  id: count,
  deployStartedAt: instant,
  deployedAt: instant,
  initiatedBy: part({ automated: flag, username: text }),
});

const Operation = part({
  sync: part({ ...revisions, dryRun: flag, resources: list(anything) }),
  retry: part({ limit: count }),
});

const OperationState = z.object({
  phase: text,
  message: text,
  startedAt: instant,
  finishedAt: instant,
  retryCount: count,
  operation: Operation,
  syncResult: part({ ...revisions, resources: list(part({ images: texts })) }),
});

const Hydration = z.object({ phase: text, drySHA: text, hydratedSHA: text }).nullable().catch(null);

const dry = { repoURL: text, path: text, targetRevision: text };
const SourceHydrator = z.object({
  drySource: part(dry),
  syncSource: part({ path: text, targetBranch: text }),
});

/** The parts of an Application that are read, each absent where it is not what it should be. */
export const RawApplication = part({
  apiVersion: text,
  kind: text,
  operation: raw,
  metadata: part({
    uid: text,
    namespace: text,
    name: text,
    creationTimestamp: instant,
    deletionTimestamp: instant,
    labels: raw,
    annotations: raw,
    ownerReferences: list(part({ kind: text, name: text })),
  }),
  spec: part({
    ...sources,
    project: text,
    destination: part({ server: text, name: text, namespace: text }),
    sourceHydrator: SourceHydrator.nullable().catch(null),
    revisionHistoryLimit: count,
  }),
  status: part({
    sync: part({ ...revisions, status: text }),
    health: part({ status: text, lastTransitionTime: instant }),
    reconciledAt: instant,
    history: list(Entry),
    operationState: OperationState.nullable().catch(null),
    summary: part({ images: texts }),
    conditions: list(part({ type: text })),
    sourceHydrator: part({ currentOperation: Hydration, lastSuccessfulOperation: Hydration }),
  }),
});
export type RawApplication = z.infer<typeof RawApplication>;

/** The parts of a source that are looked at one by one. */
export const RawSource = part({
  repoURL: text,
  path: text,
  chart: text,
  targetRevision: text,
  ref: text,
  kustomize: part({ images: texts }),
});

const maybe = z.string().nullable();
const strings = z.array(z.string()).readonly();

const StoredSource = { repoURL: maybe, path: maybe, chart: maybe, kustomizeImages: strings };
const StoredPair = z
  .object({ drySHA: maybe, hydratedSHA: maybe, phase: z.enum(HYDRATION_PHASES) })
  .nullable();

/** A snapshot as it was stored: exactly what `normalise.ts` makes. */
export const StoredSnapshot: z.ZodType<ApplicationSnapshot> = z.object({
  seenAt: z.string(),
  uid: maybe,
  namespace: z.string(),
  name: z.string(),
  project: z.string(),
  createdAt: maybe,
  deletedAt: maybe,
  labels: z.record(z.string(), z.string()),
  manifestGeneratePaths: maybe,
  applicationSet: maybe,
  destination: z.object({ server: maybe, name: maybe, namespace: maybe }),
  sources: z
    .array(z.object({ ...StoredSource, targetRevision: maybe, ref: maybe, parameters: maybe }))
    .readonly(),
  revisionHistoryLimit: z.number().nullable(),
  hydrator: z
    .object({
      dry: z.object({ repoURL: maybe, path: maybe, targetRevision: maybe }),
      current: StoredPair,
      lastSuccessful: StoredPair,
    })
    .nullable(),
  sync: z.object({ status: z.enum(SYNC_STATUSES), revisions: strings }),
  health: z.object({ status: z.enum(HEALTH_STATUSES), lastTransitionTime: maybe }),
  reconciledAt: maybe,
  history: z
    .array(
      z.object({
        id: z.number(),
        revisions: strings,
        deployStartedAt: maybe,
        deployedAt: z.string(),
        initiatedBy: z.enum(INITIATORS),
        sources: z.array(z.object(StoredSource)).readonly(),
        content: z.string(),
      }),
    )
    .readonly(),
  unreadableHistory: z.number(),
  hasOperation: z.boolean(),
  operationState: z
    .object({
      phase: z.enum(OPERATION_PHASES),
      messageKind: z.enum(MESSAGE_KINDS).nullable(),
      message: z.string(),
      startedAt: maybe,
      finishedAt: maybe,
      retryCount: z.number(),
      retryLimit: z.number().nullable(),
      isDryRun: z.boolean(),
      isPartial: z.boolean(),
      revisions: strings,
      revisionsFrom: z.enum(['sync-result', 'operation']).nullable(),
      images: strings,
    })
    .nullable(),
  images: strings,
  conditions: strings,
});
