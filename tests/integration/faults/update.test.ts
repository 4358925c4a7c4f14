import { vi } from 'vitest';
import { extract } from '../../../src/pipeline/extract.ts';
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

everyFault({
  update: {
    start: (old) => old,
    shop: 'after',
    run: async ({ ports }, settings) => {
      const request = { ...EXTRACTION, command: 'update', settings } as const;
      return (await extract(request, ports)).failures.length === 0;
    },
    fewest: { disk: 250, s3: 30 },
  },
});
