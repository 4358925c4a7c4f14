import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const it = {
  extends: true as const,
  test: { name: 'it', include: ['tests/it/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
};

export default defineConfig({
  test: {
    restoreMocks: true,
    unstubEnvs: true,
    // a core of its own for the runner is too much where there are two: the tests mostly wait for other processes
    maxWorkers: Math.max(2, availableParallelism()),
    sequence: { shuffle: { files: true, tests: true } },
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      thresholds: {
        lines: 85,
        'src/{domain,calculators,processors}/**': { lines: 95, branches: 88 },
      },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/{unit,architecture}/**/*.test.ts'],
          // properties take a second each; beside others on a slow machine many times that
          testTimeout: 30_000,
          // far from UTC and with summer time the other way round: catches arithmetic in local time
          env: { TZ: 'Pacific/Auckland' },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['tests/{integration,contract}/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      { extends: true, test: { name: 'e2e', include: ['tests/e2e/**/*.test.ts'], testTimeout: 180_000 } },
      // asked for by name, never found by chance: a pass means the same on every machine
      ...(process.env['DORA_IT'] === '1' ? [it] : []),
    ],
  },
});
