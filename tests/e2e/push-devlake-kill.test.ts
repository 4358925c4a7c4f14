import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { doraOk, ended, start, type Run } from '../support/cli.ts';
import { FAULTS, type Fault, type SeenRequest } from '../support/devlake/faults.ts';
import { RawWorkspace } from '../support/devlake/raw-workspace.ts';
import { KEY, startDevLake, type DevLake, type DevLakeOptions } from '../support/devlake/server.ts';
import { testFolder } from '../support/repo.ts';

/** Two fifths of it in every run, with as many kills; all of it (`DORA_PUSH=all`) takes minutes. */
const IS_WHOLE = process.env['DORA_PUSH'] === 'all';
const REPOSITORIES = 40;
const VERSIONS = IS_WHOLE ? 250 : 100;
const INCIDENTS = IS_WHOLE ? 25 : 10;
const KILLS = 20;
const BETWEEN_KILLS = IS_WHOLE ? 700 : 300;
const EVERYTHING = REPOSITORIES * (VERSIONS + INCIDENTS);
const HOUR = 3_600_000;
const BEGUN = Date.UTC(2026, 0, 5, 9);

const CONNECTIONS = [1, 2, 3, 4].map((id) => ({ id, name: `webhook ${String(id)}` }));

/** Everything goes to the global project, and what three teams own to theirs as well: four repositories each. */
const OWNERS = ['web', 'pay', 'core'];
const OWNED = 4;
const PUSHED = REPOSITORIES + OWNERS.length * OWNED;

const nameOf = (number: number) => `acme/${OWNERS[Math.floor(number / OWNED)] ?? 'nobody'}-${String(number)}`;

async function workspaceOf(folder: string): Promise<void> {
  const workspace = new RawWorkspace(folder);
  const names = Array.from({ length: REPOSITORIES }, (_, number) => nameOf(number));
  await workspace.repositories(names.map((name) => ({ name, versions: VERSIONS, begunAt: BEGUN })));
  for (const name of names) {
    const incidents = Array.from({ length: INCIDENTS }, (_, number) => {
      const openedAt = BEGUN + (30 + number * 90) * HOUR;
      return { number: number + 1, title: `down ${String(number)}`, openedAt, resolvedAt: openedAt + HOUR };
    });
    await workspace.incidents(name, incidents);
  }
}

/** A configuration of the workspace for one DevLake. */
async function configFor(folder: string, lake: DevLake, name: string): Promise<string> {
  const repositories = Array.from(
    { length: REPOSITORIES },
    (_, number) => `  - { path: r${String(number)}, name: ${nameOf(number)} }`,
  );
  const teams = OWNERS.map(
    (team, number) =>
      `      - { name: ${team}, projectId: ${String(number + 2)}, components: [acme/${team}-*] }`,
  );
  const file = path.join(folder, name);
  await writeFile(
    file,
    [
      'repositories:',
      ...repositories,
      'integration:',
      '  devlake:',
      `    baseUrl: ${lake.url}/rest`,
      '    projectId: 1',
      '    timeoutSeconds: 1',
      '    retryForSeconds: 86400',
      '    teams:',
      ...teams,
      '',
    ].join('\n'),
  );
  return file;
}

async function lakeForTest(options: DevLakeOptions = {}): Promise<DevLake> {
  const lake = await startDevLake({ connections: CONNECTIONS, ...options });
  onTestFinished(async () => await lake.close());
  return lake;
}

const ENV = {
  DEVLAKE_WEBHOOK_TOKEN: KEY,
  NODE_OPTIONS: `--import ${new URL('../support/fast-timers.mjs', import.meta.url).href}`,
};

/** One request in five goes wrong, each time in another way; a process is killed at certain requests. */
class Trouble {
  readonly seen = new Set<string>();
  kills = 0;
  #next = 0;
  #killAt = BETWEEN_KILLS;
  kill: () => void = () => undefined;

  fault = ({ number }: SeenRequest): Fault | null => {
    if (this.kills < KILLS && number >= this.#killAt) {
      this.#killAt = number + BETWEEN_KILLS;
      this.kills += 1;
      this.kill();
    }
    if (number % 5 !== 4) return null;
    const name = FAULTS[this.#next % FAULTS.length] ?? 'reset-before';
    this.#next += 1;
    this.seen.add(name);
    return { name, seconds: 1 };
  };
}

describe(`${String(REPOSITORIES * VERSIONS)} deployments and ${String(REPOSITORIES * INCIDENTS)} incidents for four projects`, () => {
  it('are the same in the end whatever goes wrong, and are sent once where nothing does', async () => {
    const folder = await testFolder();
    await workspaceOf(folder);
    const run = async (config: string, ...args: string[]) =>
      await doraOk(['--config', config, ...args, '--quiet'], { cwd: folder, env: ENV });

    const quiet = await lakeForTest();
    const undisturbed = await configFor(folder, quiet, 'quiet.yaml');
    expect(await run(undisturbed, 'push', 'devlake')).toContain(
      `global: ${String(EVERYTHING)} sent, 0 unchanged\n`,
    );
    // exactly one request a row and project
    expect(quiet.requests).toHaveLength(PUSHED * (VERSIONS + INCIDENTS));
    expect(quiet.warnings).toEqual([]);

    const trouble = new Trouble();
    const lake = await lakeForTest({ fault: trouble.fault });
    const disturbed = await configFor(folder, lake, 'disturbed.yaml');
    const args = ['--config', disturbed, 'push', 'devlake', '--retry-parked', '--quiet'];
    const runs: Run[] = [];
    while (runs.at(-1)?.code !== 0 && runs.length < 3 * KILLS) {
      const child = start(args, { cwd: folder, env: ENV });
      trouble.kill = () => child.kill('SIGKILL');
      runs.push(await ended(child));
      // whoever killed the last one must not kill the next
      trouble.kill = () => undefined;
      if (trouble.kills === KILLS && runs.at(-1)?.code !== null) lake.setFault(null);
    }
    expect(trouble.kills).toBe(KILLS);
    expect(runs.filter(({ code }) => code === null)).toHaveLength(KILLS);
    expect([...trouble.seen].sort()).toEqual([...FAULTS].sort());
    expect(runs.at(-1)?.code).toBe(0);

    const [one, other] = [quiet.tables(), lake.tables()];
    for (const table of Object.keys(one)) expect(Object.keys(other)).toContain(table);
    expect(one.cicd_deployments).toHaveLength(PUSHED * VERSIONS);
    expect(one.incidents).toHaveLength(PUSHED * INCIDENTS);
    // compared as texts: a difference between thousands of rows would take minutes to print
    expect(JSON.stringify(other) === JSON.stringify(one)).toBe(true);

    for (const [config, devlake] of [
      [undisturbed, quiet],
      [disturbed, lake],
    ] as const) {
      const before = devlake.requests.length;
      expect(await run(config, 'push', 'devlake')).toContain(
        `global: 0 sent, ${String(EVERYTHING)} unchanged\n`,
      );
      expect(devlake.requests).toHaveLength(before);
    }
    await rm(path.join(folder, 'data'), { recursive: true });
  }, 900_000);
});
