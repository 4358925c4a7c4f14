import { daysOf, yearOf } from '../calculators/calendar.ts';
import { counted } from '../domain/counted.ts';
import type { Settings } from '../domain/settings.ts';
import type { EpochMs } from '../domain/units.ts';
import { PARQUET_TABLES } from '../exporters/parquet/columns.ts';
import { ExportStore, type ExportPlace, type ExportPlan, type Part } from '../storage/export-store.ts';
import { wholeUntil, withTables } from './calculate.ts';
import { PartDigests, PartWriters } from './parquet-parts.ts';
import { exportPlace } from './parquet-place.ts';
import { rowOf, scanRows, SOURCES, type ParquetRow } from './parquet-rows.ts';
import type { Ports } from './ports.ts';

export interface ExportRequest {
  readonly settings: Settings;
  /** A folder, or `s3://bucket/prefix`; `null` for `parquet` below the data location. */
  readonly output: string | null;
}

/** What was done, in files, and how many rows all of them have. */
export interface ExportSummary {
  readonly where: string;
  readonly written: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly rows: number;
}

/**
 * Brings a copy of the dataset in Parquet up to date: only files that would say something else than before are written.
 *
 * The tables are read twice, once for digests and once for what has changed, and never held. Throws a `DoraError` when nothing was extracted
 * yet, for a place that holds something else or cannot be written, and when another export writes there at the same time.
 */
export async function exportParquet(request: ExportRequest, ports: Ports): Promise<ExportSummary> {
  const place = exportPlace(request.output, ports);
  const { timezone } = request.settings;
  return await withTables(request, ports, async (stored) => {
    return await exportTables({ timezone, until: wholeUntil(stored) }, place, ports);
  });
}

/** What an export needs to know besides the tables. */
export interface ExportFrame {
  /** Of the calendar. */
  readonly timezone: string;
  /** The instant up to which the data is whole; the calendar reaches beyond it. */
  readonly until: EpochMs;
}

type Visit = (row: ParquetRow) => Promise<void> | undefined;

/** The same for tables that are there and stay as they are. */
export async function exportTables(
  frame: ExportFrame,
  place: ExportPlace,
  ports: Pick<Ports, 'storage' | 'signal' | 'progress' | 'log'>,
): Promise<ExportSummary> {
  const read = (visit: Visit) => scanAll(frame, ports, visit);
  const store = await ExportStore.open(place);
  const digests = new PartDigests();
  ports.progress.update('export: what has changed');
  await read((row) => {
    digests.add(row);
    return undefined;
  });
  const parts = digests.parts();
  const plan = store.plan(parts);
  const [foreign] = plan.foreign;
  if (foreign !== undefined)
    ports.log.warn(
      `${store.where} holds ${counted(plan.foreign.length, 'file')} of somebody else, left as they are: ${foreign}`,
    );
  if (plan.changed.size + plan.stale.length > 0) {
    ports.progress.update(`export: ${counted(plan.changed.size, 'file')}`);
    await writeParts(store, parts, plan, read);
  }
  return {
    where: store.where,
    written: plan.changed.size,
    unchanged: plan.unchanged,
    removed: plan.stale.length,
    rows: [...parts.values()].reduce((sum, part) => sum + part.rows, 0),
  };
}

async function writeParts(
  store: ExportStore,
  parts: ReadonlyMap<string, Part>,
  plan: ExportPlan,
  read: (visit: Visit) => Promise<void>,
): Promise<void> {
  await store.begin(plan);
  const writers = new PartWriters(store, plan.changed);
  try {
    await read((row) => writers.add(row));
    await writers.end();
  } catch (error) {
    await writers.abort();
    throw error;
  }
  for (const key of plan.stale) await store.remove(key);
  await store.finish(parts);
}

/** Every row of an export, a repository after the other in each table; the calendar comes last. */
async function scanAll(
  { timezone, until }: ExportFrame,
  { storage, signal }: Pick<Ports, 'storage' | 'signal'>,
  visit: Visit,
): Promise<void> {
  const years = { first: yearOf(until, timezone), last: yearOf(until, timezone) };
  for (const source of SOURCES) {
    await scanRows(storage, source, (row) => {
      signal?.throwIfAborted();
      if (row.at !== null && (source === 'deployments' || source === 'incidents')) {
        const year = yearOf(row.at, timezone);
        years.first = Math.min(years.first, year);
        years.last = Math.max(years.last, year);
      }
      return visit(row);
    });
  }
  // a year ahead: an export is not to be out of date because a year is
  const last = years.last + 1;
  for (const day of daysOf(Math.max(years.first, last - MOST_YEARS), last, timezone)) {
    const row = { ...day, repository: '' };
    await visit(rowOf('calendar', PARQUET_TABLES.calendar, row, day.start));
  }
}

/** A deployment that a broken clock dates to the year 1 is not worth a calendar. */
const MOST_YEARS = 100;
