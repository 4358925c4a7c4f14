import { vi } from 'vitest';
import { report, storeReport, writeReport } from '../../../src/pipeline/report.ts';
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

everyFault({
  report: {
    start: (old) => {
      old.remove('dataset/manifest.json');
      return old;
    },
    shop: 'before',
    run: async ({ ports, cwd }, settings) => {
      const range = { from: null, to: null };
      const reproduce = () => 'dora-metrics report';
      const html = await report({ settings, unit: 'month', range, by: null, asOf: null, reproduce }, ports);
      await storeReport('monthly.html', html, ports);
      await writeReport(`${cwd}/report.html`, html);
      return true;
    },
    fewest: { disk: 60, s3: 15 },
  },
});
