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

everyFault(
  {
    'extract --full of three, two at a time': manySuite({
      command: 'extract',
      full: true,
      start: (old: Place) => old,
      fewest: { disk: 350, s3: 120 },
      concurrency: 2,
      takesLong: false,
      isLarge: true,
    }),
  },
  buildManyWorld,
);
