import path from 'node:path';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { naiveByYear } from '../../bench/naive-rev-list.ts';
import { writeRealisticHistory } from '../../fixtures/demo/realistic-history.ts';
import { doraOk } from '../support/cli.ts';
import { testFolder } from '../support/repo.ts';

const PRODUCTION = String.raw`^v\d+\.\d+\.\d+$`;

const Report = z.object({
  groups: z.array(
    z.object({
      periods: z.array(
        z.object({
          period: z.string(),
          deploymentFrequency: z.object({ value: z.number().nullable() }),
          leadTime: z.object({ value: z.number().nullable(), n: z.number() }),
        }),
      ),
    }),
  ),
});

it('agrees with one git rev-list a tag against all earlier tags, year by year', async () => {
  const shop = path.join(await testFolder(), 'shop');
  await writeRealisticHistory(shop);
  const argv = ['--tags-pattern', PRODUCTION];

  await doraOk(['extract', ...argv], { cwd: shop });
  const json = await doraOk(
    ['calculate', ...argv, '--period', 'year', '--from', '2020', '--format', 'json'],
    { cwd: shop },
  );

  const [total] = Report.parse(JSON.parse(json)).groups;
  const ours = total?.periods
    .filter(({ deploymentFrequency }) => (deploymentFrequency.value ?? 0) > 0)
    .map(({ period, deploymentFrequency, leadTime }) => ({
      year: period,
      deployments: deploymentFrequency.value,
      changes: leadTime.n,
      medianLeadTime: leadTime.value,
    }));
  expect(ours).toEqual(naiveByYear(shop, PRODUCTION));
  expect(ours?.length).toBe(3);
});
