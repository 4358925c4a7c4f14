/** The keys of a workspace: the only place that knows what they mean. */

export const STATE = 'state.json';
export const AUDIT = 'audit.jsonl';
/** Where an audit that has grown long is kept, by the number of its last generation. */
export function auditKey(generation: number): string {
  return `audit/${String(generation).padStart(9, '0')}.jsonl`;
}
export const RAW = 'raw/';
export const ANNOTATIONS = 'annotations.jsonl';
export const IMPORTED = 'annotations/';
export const PENDING_REVIEW = 'pending_review.csv';
export const DATASET = 'dataset/';
export const REVIEW_SUMMARY = `${DATASET}review.json`;
export const DATASET_MANIFEST = `${DATASET}manifest.json`;

export const TABLES = ['changes', 'deployments', 'incidents', 'set-aside', 'review'] as const;
export type Table = (typeof TABLES)[number];

/** A value for each table. */
export function byTable<Value>(valueOf: (table: Table) => Value): Record<Table, Value> {
  return {
    changes: valueOf('changes'),
    deployments: valueOf('deployments'),
    incidents: valueOf('incidents'),
    'set-aside': valueOf('set-aside'),
    review: valueOf('review'),
  };
}

export function tableKey(table: Table): string {
  return `${DATASET}${table}.csv`;
}

/** A piece of a table that is too long for one file, by a digest of what is in it. */
export function pieceKey(table: Table, name: string): string {
  return `${DATASET}${table}.${name}.csv`;
}

/** The rows of such a table that are in no other piece: it is written again whenever there is news. */
export function restKey(table: Table): string {
  return pieceKey(table, 'rest');
}

/** Whether a key is one that `pieceKey` gives for a digest. */
export function isPiece(key: string): boolean {
  return /^dataset\/(?:changes|deployments|incidents|set-aside|review)\.[0-9a-f]{32}\.csv$/u.test(key);
}

/** `raw/git/acme%2Fshop/commits/`; a scope may hold any character. */
export function streamPrefix({ source, scope, stream }: StreamName): string {
  return `${RAW}${source}/${encodeURIComponent(scope).replaceAll('.', '%2E').replaceAll('*', '%2A')}/${stream}/`;
}

export interface StreamName {
  readonly source: string;
  readonly scope: string;
  readonly stream: string;
}

/** Where an export is when nobody says. */
export const PARQUET = 'parquet/';

/** Below the place of an export: engines ignore names that begin with an underscore. */
export const EXPORT_MANIFEST = '_manifest.json';

/** The file of a partition, below the place of its export: `changes/repository=acme%2Fshop/month=2026-11/part-0.parquet`. */
export function exportedFile(partition: string): string {
  return `${partition}/part-0.parquet`;
}

/** Where it is kept what was sent to whom: `push/devlake/acme-1f2e3d4c/`. */
export function deliveriesPrefix(receiver: string): string {
  return `push/${receiver}/`;
}

/** Below that, what is known of them; replaced under a condition. */
export const DELIVERIES = 'deliveries.json';
