import { vi } from 'vitest';
import { importFiles } from '../../../src/pipeline/import.ts';
import { everyFault } from '../../support/faults/suite.ts';
import { sheetAt } from '../../support/faults/world.ts';

vi.mock('node:fs/promises', async (original) =>
  (await import('../../support/faults/mounts.ts')).promisesWithMounts(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('../../support/faults/mounts.ts')).streamsWithMounts(await original()),
);
vi.mock('node:crypto', async (original) =>
  (await import('../../support/faults/counted-random.ts')).countedRandom(await original()),
);

let sheet: Uint8Array = new Uint8Array(0);

everyFault({
  import: {
    start: (old) => {
      sheet = sheetAt(old);
      return old;
    },
    shop: 'before',
    run: async ({ ports }, settings) => {
      const files = [{ name: 'pending_review.csv', bytes: sheet }];
      await importFiles({ settings, files, by: 'Bo', prefer: null, dryRun: false }, ports);
      return true;
    },
    fewest: { disk: 100, s3: 15 },
  },
});
