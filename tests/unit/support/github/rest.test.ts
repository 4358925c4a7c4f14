import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { get, githubForTest } from '../../../support/github/ask.ts';
import type { RunConclusion } from '../../../support/github/model/workflow.ts';
import type { GitHubServer } from '../../../support/github/server.ts';
import { GitHubWorld } from '../../../support/github/world.ts';

const START = Date.UTC(2026, 0, 5, 9) / 1000;
const SHA = '9c1e'.repeat(10);
const RUNS = '/repos/acme/shop/actions/workflows/deploy.yml/runs';

function shop() {
  const world = new GitHubWorld();
  const repository = world.addRepository('acme/shop');
  repository.addCommit({
    oid: SHA,
    authoredAt: START,
    message: 'pay: by card',
    authorEmail: 'al@acme.example',
  });
  return { world, repository };
}

/** So many runs, a minute apart. */
function shopWithRuns(count: number) {
  const { world, repository } = shop();
  for (let index = 0; index < count; index += 1) {
    const run = repository.startRun('deploy.yml', { at: START + index * 60, sha: SHA });
    run.finish(START + index * 60 + 30, index % 2 === 0 ? 'success' : 'failure');
  }
  return { world, repository };
}

const Runs = z.object({
  total_count: z.number(),
  workflow_runs: z.array(z.looseObject({ id: z.number(), run_number: z.number() })),
});

async function numbers(server: GitHubServer, search: string) {
  const { total_count, workflow_runs } = Runs.parse(await (await get(server, `${RUNS}?${search}`)).json());
  return { total: total_count, numbers: workflow_runs.map(({ run_number }) => run_number) };
}

describe('a run', () => {
  it('is written as GitHub writes it', async () => {
    const { world, repository } = shop();
    repository.addWorkflow('deploy.yml', 'Deploy', START);
    const run = repository.startRun('deploy.yml', {
      at: START,
      sha: SHA,
      title: 'pay: by card',
      actor: 'ci[bot]',
    });
    run.finish(START + 600, 'failure');
    run.rerun(START + 1200, 'alice');
    run.finish(START + 1800, 'success');
    const server = await githubForTest(world);
    const path = `/repos/acme/shop/actions/runs/${run.databaseId}`;

    const found: unknown = await (await get(server, path)).json();
    const first: unknown = await (await get(server, `${path}/attempts/1`)).json();

    expect(found).toMatchObject({
      id: run.databaseId,
      name: 'Deploy',
      path: '.github/workflows/deploy.yml',
      run_number: 1,
      run_attempt: 2,
      event: 'push',
      status: 'completed',
      conclusion: 'success',
      head_branch: 'main',
      head_sha: SHA,
      display_title: 'pay: by card',
      created_at: '2026-01-05T09:00:00Z',
      run_started_at: '2026-01-05T09:20:00Z',
      updated_at: '2026-01-05T09:30:00Z',
      previous_attempt_url: `${server.url}/api/v3${path}/attempts/1`,
      html_url: `https://github.com/acme/shop/actions/runs/${run.databaseId}`,
      actor: { login: 'ci[bot]', type: 'Bot' },
      triggering_actor: { login: 'alice', type: 'User' },
      head_commit: { id: SHA, message: 'pay: by card', author: { email: 'al@acme.example' } },
      repository: { full_name: 'acme/shop', owner: { login: 'acme' } },
      pull_requests: [],
    });
    expect(first).toMatchObject({
      id: run.databaseId,
      run_attempt: 1,
      conclusion: 'failure',
      created_at: '2026-01-05T09:00:00Z',
      run_started_at: '2026-01-05T09:00:00Z',
      updated_at: '2026-01-05T09:10:00Z',
      previous_attempt_url: null,
    });
    expect((await get(server, `${path}/attempts/3`)).status).toBe(404);
  });

  it('has no conclusion before it is over', async () => {
    const { world, repository } = shop();
    repository.startRun('deploy.yml', { at: START, sha: SHA }).hold(START + 5, 'waiting');
    const server = await githubForTest(world);

    expect(await (await get(server, RUNS)).json()).toMatchObject({
      workflow_runs: [{ status: 'waiting', conclusion: null, updated_at: '2026-01-05T09:00:05Z' }],
    });
  });
});

describe('the runs of a workflow', () => {
  it('come newest first, thirty at a time', async () => {
    const server = await githubForTest(shopWithRuns(70).world);

    const response = await get(server, `${RUNS}?page=2&exclude_pull_requests=true`);

    const { total_count, workflow_runs } = Runs.parse(await response.json());
    expect(total_count).toBe(70);
    expect(workflow_runs.map(({ run_number }) => run_number)).toEqual(
      Array.from({ length: 30 }, (_, index) => 40 - index),
    );
    const link = (page: number, relation: string) =>
      `<${server.url}/api/v3${RUNS}?page=${page}&exclude_pull_requests=true>; rel="${relation}"`;
    expect(response.headers.get('link')).toBe(
      [link(1, 'prev'), link(3, 'next'), link(3, 'last'), link(1, 'first')].join(', '),
    );
  });

  it.each([
    ['created=2026-01-05T09:01:00Z..2026-01-05T09:03:00Z', [4, 3, 2]],
    ['created=2026-01-05T10:01:00%2B01:00..2026-01-05T09:01:00Z', [2]],
    ['created=%3E=2026-01-05T09:08:00Z', [10, 9]],
    ['created=%3C2026-01-05T09:02:00Z', [2, 1]],
    ['created=2026-01-05&per_page=2', [10, 9]],
    ['created=2026-01-06..*', []],
    ['status=failure&per_page=3', [10, 8, 6]],
    ['status=completed&per_page=1', [10]],
    ['event=pull_request', []],
    ['branch=main&per_page=1&page=3', [8]],
  ])('with %s', async (search, expected) => {
    const server = await githubForTest(shopWithRuns(10).world);

    expect((await numbers(server, search)).numbers).toEqual(expected);
  });

  it('end after a thousand with a filter, though their number is told', async () => {
    const server = await githubForTest(shopWithRuns(1010).world);
    const search = 'created=%3E=2026-01-01&per_page=100';

    const tenth = await get(server, `${RUNS}?${search}&page=10`);

    expect(Runs.parse(await tenth.json()).workflow_runs).toHaveLength(100);
    expect(tenth.headers.get('link')).not.toContain('rel="next"');
    expect(await numbers(server, `${search}&page=11`)).toEqual({ total: 1010, numbers: [] });
    expect((await numbers(server, 'per_page=100&page=11')).numbers).toHaveLength(10);
  });

  it('cannot be paged beyond forty thousand without one', async () => {
    const server = await githubForTest(shopWithRuns(1).world);

    expect((await get(server, `${RUNS}?per_page=100&page=400`)).status).toBe(200);
    expect((await get(server, `${RUNS}?per_page=100&page=401`)).status).toBe(422);
  });

  it('keep the place of a run that is run again', async () => {
    const { world, repository } = shopWithRuns(3);
    const [oldest] = repository.runs;
    oldest?.rerun(START + 9000);
    const server = await githubForTest(world);

    const { workflow_runs } = Runs.parse(await (await get(server, RUNS)).json());

    expect(workflow_runs.at(-1)).toMatchObject({ run_number: 1, run_attempt: 2, status: 'in_progress' });
  });

  it('are those of the one workflow, by its file or its number', async () => {
    const { world, repository } = shopWithRuns(2);
    repository.startRun('test.yml', { at: START, sha: SHA });
    const server = await githubForTest(world);
    const { id } = repository.workflows.get('deploy.yml') ?? { id: 0 };

    expect((await numbers(server, '')).numbers).toEqual([2, 1]);
    expect((await get(server, `/repos/acme/shop/actions/workflows/${id}/runs`)).status).toBe(200);
    expect(await (await get(server, '/repos/acme/shop/actions/workflows?per_page=1')).json()).toMatchObject({
      total_count: 2,
      workflows: [{ id, path: '.github/workflows/deploy.yml' }],
    });
  });

  it.each([
    ['/repos/acme/shop/actions/workflows/none.yml', 404],
    ['/repos/acme/shop/actions/workflows/none.yml/runs', 404],
    ['/repos/acme/none/actions/workflows/deploy.yml', 404],
    ['/repos/acme/shop/actions/runs/1', 404],
    [`${RUNS}?created=yesterday`, 422],
    [`${RUNS}?check_suite_id=1`, 501],
    ['/repos/acme/shop/pulls', 501],
  ])('%s is answered by %i', async (path, status) => {
    const server = await githubForTest(shopWithRuns(1).world);

    expect((await get(server, path)).status).toBe(status);
  });
});

describe('an answer that is known already', () => {
  it('is not sent again and costs nothing, until something changes', async () => {
    const { world, repository } = shopWithRuns(2);
    const server = await githubForTest(world);
    const etag = (await get(server, RUNS)).headers.get('etag') ?? '';

    const same = await get(server, RUNS, { 'if-none-match': etag });
    repository.startRun('deploy.yml', { at: START + 999, sha: SHA });
    const other = await get(server, RUNS, { 'if-none-match': etag });

    expect(etag).toMatch(/^W\/"\w+"$/u);
    expect([same.status, await same.text(), same.headers.get('x-ratelimit-remaining')]).toEqual([
      304,
      '',
      '4999',
    ]);
    expect(other.status).toBe(200);
    expect(server.requests).toMatchObject([
      { conditional: false, points: 1, status: 200 },
      { conditional: true, points: 0, status: 304 },
      { conditional: true, points: 1, status: 200 },
    ]);
  });
});

it('sends whoever uses an old name to where the repository is now', async () => {
  const { world, repository } = shopWithRuns(1);
  world.rename(repository, 'acme/store');
  const server = await githubForTest(world);

  const moved = await get(server, `${RUNS}?per_page=1`);
  const location = moved.headers.get('location') ?? '';

  expect(moved.status).toBe(301);
  expect(location).toBe(
    `${server.url}/api/v3/repositories/${repository.databaseId}/actions/workflows/deploy.yml/runs?per_page=1`,
  );
  const followed = await get(server, location.slice(`${server.url}/api/v3`.length));
  expect(await followed.json()).toMatchObject({
    workflow_runs: [{ repository: { full_name: 'acme/store' } }],
  });
});

it.each<RunConclusion>(['cancelled', 'skipped', 'timed_out', 'startup_failure'])(
  'tells of %s',
  async (conclusion) => {
    const { world, repository } = shop();
    repository.startRun('deploy.yml', { at: START, sha: SHA }).finish(START + 1, conclusion);
    const server = await githubForTest(world);

    expect((await numbers(server, `status=${conclusion}`)).numbers).toEqual([1]);
  },
);
