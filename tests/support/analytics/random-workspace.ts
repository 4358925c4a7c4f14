import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import * as z from 'zod';
import { buildHistory, type HistoryBuilder } from '../../../fixtures/history/history-builder.ts';
import type { Random } from '../../../fixtures/history/random.ts';
import { doraOk } from '../cli.ts';
import { day } from '../repo.ts';

const CONFIGURATION = `
repositories:
  - path: shop
    name: acme/shop
    components:
      - { name: ui, paths: ["ui/**"], tags: "^(v|ui@)" }
      - { name: api, paths: ["api/**", "lib/**"], tags: "^(v|api@)" }
  - path: solo
    name: acme/solo
`;
const PATHS = [['ui/a'], ['ui/b'], ['api/a'], ['ui/a', 'api/b'], ['lib/c', 'ui/b'], ['docs/d']];
const SUBJECTS = ['add', 'add', 'fix (#12)', 'more of it (#13)', 'hotfix: repair', 'Hotfix'];
const DAYS = 70;

/** So many steps of what people do to a repository: commits, reverts, release branches with cherry-picks, versions, and back to older ones. */
async function describe(history: HistoryBuilder, random: Random, tags: readonly string[]): Promise<void> {
  const shas = [await history.commit({ message: 'begin', files: { 'ui/a': '0', 'api/a': '0' }, at: day(0) })];
  const released: string[] = [];
  let now = 0;
  for (let step = 1; step < 90; step += 1) {
    now += random.pick([0.01, 0.1, 0.5, 1, (DAYS / 90) * 2]);
    const at = day(0, Math.round(now * 24 * 3600) / 3600);
    const target = random.pick(shas.slice(-6));
    const play = random.weighted([
      ['tag', 35],
      ['revert', 8],
      ['pick', 8],
      ['commit', 49],
    ]);
    if (play === 'tag') {
      const again =
        released.length > 0 && random.chance(0.2) ? random.pick(released) : (shas.at(-1) ?? 'main');
      await history.tag({ name: `${random.pick(tags)}1.${String(step)}.0`, target: again, at });
      released.push(again);
    } else if (play === 'revert') shas.push(await history.revert(target, { at }));
    else if (play === 'pick') {
      history.branch(`release-${String(step)}`, random.pick(released.length > 0 ? released : shas));
      const picked = await history.cherryPick(target, { branch: `release-${String(step)}`, at });
      await history.tag({ name: `${random.pick(tags)}1.${String(step)}.1`, target: picked, at: at + 60 });
    } else {
      const files = Object.fromEntries(random.pick(PATHS).map((file) => [file, String(step)]));
      shas.push(await history.commit({ message: random.pick(SUBJECTS), files, at }));
    }
  }
}

/** Two repositories, one of them of two components, their sheet filled in here and there, and some incidents: all imported. */
export async function randomWorkspace(folder: string, random: Random): Promise<void> {
  const [shop, solo] = [random.fork(), random.fork()];
  await buildHistory({ directory: path.join(folder, 'shop') }, (history) =>
    describe(history, shop, ['v', 'ui@', 'api@']),
  );
  await buildHistory({ directory: path.join(folder, 'solo') }, (history) => describe(history, solo, ['v']));
  await writeFile(path.join(folder, 'dora-metrics.yaml'), CONFIGURATION);
  await doraOk(['extract', '--full'], { cwd: folder });
  await writeFile(path.join(folder, 'filled.csv'), await filledIn(folder, random));
  await writeFile(path.join(folder, 'incidents.csv'), someIncidents(random));
  await doraOk(['import', 'filled.csv', 'incidents.csv', '--by', 'Ada'], { cwd: folder });
}

const Rows = z.array(z.record(z.string(), z.string()));

async function filledIn(folder: string, random: Random): Promise<string> {
  const text = await readFile(path.join(folder, 'data/pending_review.csv'), 'utf8');
  const rows = Rows.parse(parse(text, { columns: true, bom: true })).map((row) =>
    random.chance(0.15) ? { ...row, ...someOpinion(row, random) } : row,
  );
  return stringify(rows, { header: true });
}

function someOpinion(
  { committed_at: at = '' }: Record<string, string>,
  random: Random,
): Record<string, string> {
  // thousandths as well, which no other source has
  const after = (most: number) =>
    new Date(Date.parse(at) + random.int(1000, most * 86_400_000)).toISOString();
  const deployed = { is_deployment: 'yes', deployed_at: after(2) };
  return random.pick([
    { ignore: 'yes' },
    { is_deployment: 'no' },
    deployed,
    { ...deployed, failed: 'yes' },
    { ...deployed, failed: 'no' },
    { ...deployed, is_hotfix: 'yes' },
    { ...deployed, is_rollback: 'yes' },
  ]);
}

function someIncidents(random: Random): string {
  const rows = Array.from({ length: 12 }, (_, number) => {
    const openedAt = day(random.int(1, DAYS)) * 1000 + random.int(0, 86_400_000);
    const isOpen = random.chance(0.2);
    return {
      incident_id: `INC-${String(number)}`,
      opened_at: new Date(openedAt).toISOString(),
      resolved_at: isOpen ? '' : new Date(openedAt + random.int(60_000, 200_000_000)).toISOString(),
      component: random.pick(['ui', 'api', 'acme/solo']),
      title: 'down',
    };
  });
  return stringify(rows, { header: true });
}
