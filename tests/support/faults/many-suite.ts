import { parse } from 'csv-parse/sync';
import * as z from 'zod';
import type { Settings, Source } from '../../../src/domain/settings.ts';
import type { Clock } from '../../../src/io/ports.ts';
import { extract, type ExtractSummary } from '../../../src/pipeline/extract.ts';
import { StoredState } from '../workspace.ts';
import { isOfOne } from './cue.ts';
import type { Found, Wanted } from './exhaust.ts';
import { filesOfTables } from './facts.ts';
import { SHOP, SITE, TOOLS } from './many-world.ts';
import type { Place, Process } from './places.ts';
import type { FaultSuite } from './suite.ts';
import { EXTRACTION } from './world.ts';

export interface ManySuite extends Pick<FaultSuite, 'start' | 'fewest'> {
  readonly command: 'extract' | 'update';
  readonly full?: boolean;
  /** So much is read of GitHub that it is left out on a disk, where each page is many operations, unless all faults are asked for. */
  readonly isLarge?: boolean;
  readonly concurrency: number;
  /** Whether so much time passes that repositories are published while others are read; else all are at the end. */
  readonly takesLong: boolean;
}

/** Of the faults of an operation on that side one in so many is tried: others at the next operation, and none of the operations is left out. */
const STRIDES = { disk: 7, s3: 5, git: 1, github: 1 };

const isNext: Wanted = ({ side }, at, position) => (at + position) % STRIDES[side] === 0;

/** A command over three repositories, of which one that fails must not stop the others. */
export function manySuite({ takesLong, isLarge = false, fewest, start, ...asked }: ManySuite): FaultSuite {
  let summary: ExtractSummary | null = null;
  return {
    start,
    fewest,
    shop: 'after',
    run: async ({ ports }: Process, settings: Settings) => {
      summary = null;
      const isShort = isLarge && ports.storage.isNear && process.env['DORA_FAULTS'] !== 'all';
      const sources: readonly Source[] = isShort ? ['git'] : [];
      const request = { ...EXTRACTION, ...asked, sources, settings };
      const clock = takesLong ? slow(ports.clock) : ports.clock;
      summary = await extract(request, { ...ports, clock });
      return summary.failures.length === 0;
    },
    wants: isNext,
    meetsAll: true,
    check: (found) => [...wrongIn(found, summary), ...unpublished(found)],
  };
}

/** A clock on which a second passes whenever anybody looks. */
function slow(clock: Clock): Clock {
  let looks = 0;
  return {
    now: () => {
      looks += 1;
      return new Date(clock.now().getTime() + looks * 1000);
    },
    sleep: async (milliseconds, signal) => await clock.sleep(milliseconds, signal),
  };
}

/** What a run said that does not hold. */
function wrongIn({ place, whole, fault, kind }: Found, summary: ExtractSummary | null): string[] {
  if (summary === null || (kind !== 'well' && kind !== 'partly')) return [];
  const failed = new Set(summary.failures.map(({ repository }) => repository));
  const read = summary.repositories.map(({ name }) => name);
  return [
    ...(isOfOne(fault) && failed.size > 1 ? [`${[...failed].join(', ')} failed of one fault`] : []),
    ...[SHOP, SITE, TOOLS]
      .filter(
        (name) =>
          !read.includes(name) && ![...failed].some((one) => one.includes(name.split('/').at(-1) ?? '')),
      )
      .map((name) => `nothing is said of ${name}`),
    ...read
      .filter((name) => gitOf(place, name) !== gitOf(whole, name))
      .map((name) => `${name} is not published`),
  ];
}

/** What is missing of the repositories of which nothing failed: a git or a GitHub that fails for one is no reason. */
function unpublished({ place, whole, operation, fault, kind }: Found): string[] {
  const { side, what } = operation;
  if ((side !== 'git' && side !== 'github') || !isOfOne(fault)) return [];
  if (kind !== 'well' && kind !== 'partly') return ['one source stopped all'];
  const failing = [SHOP, SITE, TOOLS].find((name) => what.endsWith(` of ${name.split('/').at(-1) ?? ''}`));
  return [SHOP, SITE, TOOLS]
    .filter((name) => name !== (failing ?? SHOP))
    .filter(
      (name) => gitOf(place, name) !== gitOf(whole, name) || rowsOf(place, name) !== rowsOf(whole, name),
    )
    .map((name) => `${name} is not published`);
}

const Cursors = z.object({ streams: z.record(z.string(), z.object({ cursor: z.json() })) });

/** What the state knows of the git of a repository, but for when. */
function gitOf(place: Place, name: string): string {
  const body = place.objects().get('state.json');
  return body === undefined ? '' : JSON.stringify(cursorsIn(body).filter(({ scope }) => scope === name));
}

const cursorsIn = remembered((body) => {
  const state: unknown = JSON.parse(body.toString('utf8'));
  const { streams } = StoredState.pick({ streams: true }).parse(state);
  const { streams: cursors } = Cursors.parse(state);
  return Object.entries(streams).flatMap(([key, { source, scope, segments }]) => {
    const records = segments.reduce((sum, one) => sum + one.records, 0);
    return source === 'git' ? [{ key, scope, cursor: cursors[key]?.cursor, records }] : [];
  });
});

const Rows = z.array(z.record(z.string(), z.string()));

/** The rows of a repository in the tables of the dataset. */
function rowsOf(place: Place, name: string): string {
  const objects = place.objects();
  const tables = [...filesOfTables(objects)].map(([table, keys]) => {
    const rows = keys.flatMap((key) => rowsIn(objects.get(key) ?? NO_FILE));
    return [table, rows.filter(({ repository }) => repository === name)];
  });
  return JSON.stringify(tables);
}

const NO_FILE = Buffer.from('repository\nno file\n');

const rowsIn = remembered((body) => Rows.parse(parse(body, { columns: true, bom: true })));

/** Most bodies are looked at in many places. */
function remembered<Result>(read: (body: Buffer) => Result): (body: Buffer) => Result {
  const known = new WeakMap<Buffer, Result>();
  return (body) => {
    const result = known.get(body) ?? read(body);
    known.set(body, result);
    return result;
  };
}
