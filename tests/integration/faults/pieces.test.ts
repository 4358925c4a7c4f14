import { vi } from 'vitest';
import { manySuite } from '../../support/faults/many-suite.ts';
import { buildManyWorld } from '../../support/faults/many-world.ts';
import type { Place } from '../../support/faults/places.ts';
import { everyFault } from '../../support/faults/suite.ts';

vi.mock('node:fs/promises', async (original) =>
  (await import('../../support/faults/mounts.ts')).promisesWithMounts(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('../../support/faults/mounts.ts')).streamsWithMounts(await original()),
);
vi.mock('node:crypto', async (original) =>
  (await import('../../support/faults/counted-random.ts')).countedRandom(await original()),
);
// tables of some rows are in pieces, as long ones are
vi.mock('../../../src/storage/table-cut.ts', async (original) => ({
  ...(await original<object>()),
  wholeBytes: () => 400,
}));

everyFault(
  {
    'update of tables in pieces': manySuite({
      command: 'update',
      start: (old: Place) => old,
      fewest: { disk: 450, s3: 70 },
      concurrency: 1,
      takesLong: false,
    }),
  },
  buildManyWorld,
);
