import { vi } from 'vitest';
import { extract } from '../../../src/pipeline/extract.ts';
import { Place } from '../../support/faults/places.ts';
import { everyFault } from '../../support/faults/suite.ts';
import { EXTRACTION } from '../../support/faults/world.ts';

vi.mock('node:fs/promises', async (original) =>
  (await import('../../support/faults/mounts.ts')).promisesWithMounts(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('../../support/faults/mounts.ts')).streamsWithMounts(await original()),
);
vi.mock('node:crypto', async (original) =>
  (await import('../../support/faults/counted-random.ts')).countedRandom(await original()),
);

const REQUEST = { ...EXTRACTION, command: 'extract' } as const;

/** Of what a disk is asked while GitHub is read, one in so many: page after page is stored in the same way. */
const STRIDE = 6;

everyFault({
  'extract of git': {
    start: ({ kind }) => new Place(kind),
    shop: 'after',
    run: async ({ ports }, settings) => {
      const { failures } = await extract({ ...REQUEST, settings, sources: ['git'] }, ports);
      return failures.length === 0;
    },
    fewest: { disk: 200, s3: 25 },
  },
  'extract of git and GitHub': {
    start: ({ kind }) => new Place(kind),
    shop: 'after',
    run: async ({ ports }, settings) => {
      const { failures } = await extract({ ...REQUEST, settings, sources: [] }, ports);
      return failures.length === 0;
    },
    fewest: { disk: 400, s3: 40 },
    wants: ({ side }, at) => side !== 'disk' || at % STRIDE === 0,
  },
});
