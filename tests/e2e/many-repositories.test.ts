import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { dora, doraOk } from '../support/cli.ts';
import { writeManyRepositories } from '../support/many-repositories.ts';
import { sharedFolder } from '../support/repo.ts';

const REPOSITORIES = 200;

/** A workspace of many repositories, each with forty commits and two versions or more. */
const shared = sharedFolder(async (folder) => {
  await writeManyRepositories(folder, { repositories: REPOSITORIES, commits: 40 });
  await doraOk(['calculate'], { cwd: folder });
});

const Rows = z.array(
  z.object({
    group_by: z.string(),
    group: z.string(),
    deployments: z.coerce.number(),
    failed_deployments: z.coerce.number(),
    changes: z.coerce.number(),
  }),
);

async function rowsBy(by: string): Promise<z.infer<typeof Rows>> {
  const range = '--period year --from 2026 --to 2026 --format csv'.split(' ');
  const text = await doraOk(['calculate', ...range, ...(by === '' ? [] : ['--by', by])], { cwd: shared() });
  return Rows.parse(parse(text, { columns: true }));
}

describe('many repositories', () => {
  it('have a group each, which add up to the whole', async () => {
    const [whole] = await rowsBy('');
    const each = await rowsBy('repository');
    const sum = (pick: (row: z.infer<typeof Rows>[number]) => number) =>
      each.reduce((total, row) => total + pick(row), 0);

    expect(each).toHaveLength(REPOSITORIES);
    expect(sum(({ deployments }) => deployments)).toBe(whole?.deployments);
    expect(sum(({ failed_deployments: failed }) => failed)).toBe(whole?.failed_deployments);
    expect(sum(({ changes }) => changes)).toBe(whole?.changes);
  });

  it('are in the teams that own them, and the last group is of those that nobody owns', async () => {
    const [whole] = await rowsBy('');
    const teams = await rowsBy('team');
    const total = teams.reduce((sum, { deployments }) => sum + deployments, 0);

    expect(teams).toHaveLength(46);
    expect(teams.at(-1)?.group).toBe('(no team)');
    expect(teams.at(-1)?.deployments).toBeGreaterThan(0);
    // some repositories are of two teams
    expect(total).toBeGreaterThan(whole?.deployments ?? Infinity);
  });

  it('have a report that stays small, and says what it leaves out and where that is', async () => {
    const config = path.join(shared(), 'without-teams.yaml');
    const text = await readFile(path.join(shared(), 'dora-metrics.yaml'), 'utf8');
    await writeFile(config, text.slice(0, text.indexOf('teams:')));
    const { stdout: byTeam, stderr } = await dora(['report', '--output', '-'], { cwd: shared() });
    const byRepository = await doraOk(['report', '--output', '-', '--config', config], { cwd: shared() });

    expect(stderr).not.toContain('has nothing');
    for (const page of [byTeam, byRepository]) {
      expect(Buffer.byteLength(page)).toBeLessThan(400_000);
      expect(page).toContain('and 376 more:');
      expect(page).toContain('<code>dora-metrics status</code>');
    }
    expect(byTeam).toContain('(no team)');
    expect(byTeam).toContain('What is of several teams counts in each of them');
    expect(byRepository).toContain(
      '180 more repositories. All of them: <code>dora-metrics calculate --by repository',
    );
    expect(byRepository.match(/<th scope="row"><bdi>acme\//gu)).toHaveLength(20);
  });
});
