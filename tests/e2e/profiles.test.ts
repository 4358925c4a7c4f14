import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { dora, doraOk } from '../support/cli.ts';
import { AS_OF, sharedFolder, smallShop } from '../support/repo.ts';

const shared = sharedFolder(async (folder) => {
  await smallShop(folder);
  await writeFile(
    path.join(folder, 'dora-metrics.yaml'),
    'repositories: [{ path: ., name: acme/shop }]\nincidents: { github: { labels: [incident] } }\n',
  );
  await doraOk(['extract'], { cwd: folder });
  const incidents = [
    'incident_id,component,opened_at,resolved_at,title',
    'a1,acme/shop,2026-01-12T09:30:00Z,2026-01-12T15:00:00Z,down',
    'a2,acme/shop,2026-02-22T09:30:00Z,2026-02-22T15:00:00Z,down again',
  ];
  await writeFile(path.join(folder, 'incidents.csv'), `${incidents.join('\n')}\n`);
  await doraOk(['import', 'incidents.csv'], { cwd: folder });
});

const QUARTER = `--period quarter --from 2026-Q1 --to 2026-Q1 --as-of ${AS_OF}`;

async function calculate(options: string): Promise<string> {
  return await doraOk(['calculate', ...`${options} ${QUARTER}`.split(/ +/u)], { cwd: shared() });
}

const Comparison = z.object({
  schema: z.literal('dora-metrics/comparison/v1'),
  groups: z.array(
    z.object({
      periods: z.array(
        z.object({
          metrics: z.array(
            z.object({
              metric: z.string(),
              values: z.record(z.string(), z.object({ value: z.number().nullable(), text: z.string() })),
              differences: z.array(z.object({ profile: z.string(), code: z.string() })),
            }),
          ),
        }),
      ),
    }),
  ),
});

describe('calculate --profile', () => {
  it.each(['table', 'json', 'csv', 'markdown'])('dora is what it prints without, as %s', async (format) => {
    expect(await calculate(`--format ${format} --profile dora`)).toBe(await calculate(`--format ${format}`));
  });

  it('prints the numbers of two profiles side by side, and why they differ', async () => {
    const lines = (await calculate('--profile dora,devlake-mysql')).split('\n');

    expect(lines.slice(0, 7).map((line) => line.split(/ {2,}/u))).toEqual([
      ['Period', 'Metric', 'dora', 'devlake-mysql'],
      [expect.stringMatching(/^-+$/u), expect.anything(), expect.anything(), expect.anything()],
      ['2026-Q1', 'deployment-frequency', '3', 'N/A'],
      ['2026-Q1', 'lead-time', '4 d', 'N/A'],
      ['2026-Q1', 'change-fail-rate', '33.3 % (1/3)', '66.7%(low)'],
      ['2026-Q1', 'time-to-restore', '5 h 30 min', '6.0 h (high)'],
      ['2026-Q1', 'rework-rate', '33.3 % (1/3)', 'not measured'],
    ]);
    expect(lines).toContain('- rework-rate, devlake-mysql: DevLake has no rework rate');
    expect(lines.filter((line) => line.includes('1 incident after failures.incidentWithin'))).toHaveLength(2);
  });

  it('gives the same as JSON, with what the board prints', async () => {
    const text = await calculate('--profile dora,devlake-mysql,devlake-postgres --format json');
    const metrics = Comparison.parse(JSON.parse(text)).groups[0]?.periods[0]?.metrics ?? [];

    expect(metrics.map(({ metric }) => metric)).toEqual([
      'deployment-frequency',
      'lead-time',
      'change-fail-rate',
      'time-to-restore',
      'rework-rate',
    ]);
    expect(metrics[0]?.values['devlake-mysql']).toEqual({
      value: null,
      text: 'N/A. Please check if you have collected deployments.',
    });
    expect(metrics[0]?.values['devlake-postgres']?.text).toBe('0 deployment days per month(low)');
    expect(metrics[2]?.differences).toContainEqual({ profile: 'devlake-mysql', code: 'too-old' });
  });

  it('takes the levels of 2021 where that year is asked for', async () => {
    const text = await calculate('--profile devlake-mysql --benchmark-year 2021');

    expect(text).toContain('levels of the reports: devlake-mysql 2021');
    expect(text).toMatch(/time-to-restore +5\.5 h \(high\)/u);
  });

  it('knows no other names, and says which it knows', async () => {
    for (const names of ['devlake', 'dora,', '', 'dora,\u001b[31mred']) {
      const { code, stdout, stderr } = await dora(['calculate', '--profile', names], { cwd: shared() });

      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('choose one or more of: dora, devlake-mysql, devlake-postgres.');
      expect(stderr).not.toContain('\u001b');
    }
  });
});
