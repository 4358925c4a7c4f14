import { afterAll, describe, expect, it } from 'vitest';
import type { Settings } from '../../../src/domain/settings.ts';
import { sharedFolder } from '../repo.ts';
import { exhaust, type Command, type Wanted } from './exhaust.ts';
import type { Place, Process, StorageKind } from './places.ts';
import { buildWorld, oldPlace, type World } from './world.ts';

const KINDS = ['disk', 's3'] as const;

const ASKS_ALL = process.env['DORA_FAULTS'] === 'all';

/** So long at the most: an exhaustive run takes a minute, on a busy machine several; one with all faults many. */
const PATIENCE_MS = ASKS_ALL ? 5_400_000 : 900_000;

export interface FaultSuite {
  /** What the command is run in; `old` was extracted before the shop's last version. */
  readonly start: (old: Place) => Place;
  /** The time at which the shop is. */
  readonly shop: 'before' | 'after';
  /** True when it says that all went well. */
  readonly run: (process: Process, settings: Settings) => Promise<boolean>;
  /** Fewer operations would mean that something is not seen. */
  readonly fewest: Readonly<Record<StorageKind, number>>;
  /** Which operations are disturbed, unless `DORA_FAULTS=all` asks for all; left out: all. */
  readonly wants?: Wanted;
  /** True where that leaves out faults, and no operation. */
  readonly meetsAll?: boolean;
  readonly check?: Command['check'];
}

/** Every fault at every operation of each command, in a workspace on a disk and in a bucket; prints how many cases that are. */
export function everyFault(
  suites: Readonly<Record<string, FaultSuite>>,
  build: typeof buildWorld = buildWorld,
): void {
  const old = new Map<StorageKind, Place>();
  let world: World | null = null;
  const lines: string[] = [];
  sharedFolder(async (folder) => {
    world = await build(folder, async (at) => {
      for (const kind of KINDS) old.set(kind, await oldPlace(kind, at));
    });
  });
  afterAll(async () => {
    await world?.close();
    console.info(lines.join('\n'));
  });

  describe.each(Object.entries(suites))(
    '%s, with every fault at every operation, and then again',
    (name, suite) => {
      it.each(KINDS)(
        'leaves a workspace (%s) that opens, loses nothing and ends like one that nothing befell',
        { timeout: PATIENCE_MS },
        async (kind) => {
          const place = old.get(kind);
          if (world === null || place === undefined) throw new Error('there is no world');
          const command = {
            start: suite.start(place.clone()),
            replay: world[suite.shop],
            settings: world.settings,
            run: suite.run,
            check: suite.check,
          };
          const wants = ASKS_ALL ? undefined : suite.wants;
          const { operations, met, cases, ends, outcomes, problems } = await exhaust(command, wants);
          lines.push(
            `faults: ${name} on ${kind}: ${operations.length} operations, ${cases} cases, ${ends} different ends (${JSON.stringify(outcomes)})`,
          );
          expect(problems.slice(0, MOST_SHOWN)).toEqual([]);
          expect(operations.length).toBeGreaterThan(suite.fewest[kind]);
          if (suite.meetsAll === true) expect(met).toBe(operations.length);
          // before, after, hang, down and killed
          if (suite.wants === undefined) expect(cases).toBeGreaterThanOrEqual(5 * operations.length);
        },
      );
    },
  );
}

const MOST_SHOWN = 30;
