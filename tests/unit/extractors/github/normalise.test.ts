import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInstant } from '../../../../src/domain/units.ts';
import {
  NewestById,
  parseDeployment,
  parseIncident,
  parsePullRequest,
  parseRelease,
  parseRun,
  runId,
} from '../../../../src/extractors/github/normalise.ts';
import { at, sha } from '../../../support/builders.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Raw records as GitHub gives them, of which a test names only what it is about. */
function deployment(some: Fields = {}): Fields {
  return {
    id: 'DE_1',
    databaseId: 7,
    commitOid: sha('a1'),
    ref: { name: 'main' },
    task: 'deploy',
    environment: 'production',
    originalEnvironment: 'production',
    state: 'PENDING',
    createdAt: '2026-01-05T10:00:00Z',
    updatedAt: '2026-01-05T10:00:00Z',
    statuses: { totalCount: 0, nodes: [] },
    ...some,
  };
}

const minute = (n: number) => `2026-01-05T10:${String(n).padStart(2, '0')}:00Z`;
const status = (state: string, minutes: number, some: Fields = {}): Fields => ({
  state,
  createdAt: minute(minutes),
  environment: 'production',
  logUrl: '',
  ...some,
});
const withStatuses = (state: string, ...nodes: readonly unknown[]) =>
  deployment({ state, statuses: { totalCount: nodes.length, nodes } });

function release(some: Fields = {}): Fields {
  return {
    id: 'RE_1',
    name: 'Spring',
    tagName: 'v1.2.0',
    url: 'https://github.com/acme/shop/releases/tag/v1.2.0',
    createdAt: '2026-01-04T10:00:00Z',
    publishedAt: '2026-01-05T10:00:00Z',
    updatedAt: '2026-01-05T10:00:00Z',
    isDraft: false,
    isPrerelease: false,
    tagCommit: { oid: sha('a1') },
    ...some,
  };
}

function run(some: Fields = {}): Fields {
  return {
    id: 9001,
    name: 'Deploy',
    path: '.github/workflows/deploy.yml',
    run_number: 512,
    run_attempt: 1,
    event: 'push',
    status: 'completed',
    conclusion: 'success',
    head_branch: 'main',
    head_sha: sha('a1'),
    html_url: 'https://github.com/acme/shop/actions/runs/9001',
    created_at: '2026-01-05T10:00:00Z',
    run_started_at: '2026-01-05T10:00:00Z',
    updated_at: '2026-01-05T10:07:00Z',
    ...some,
  };
}

const user = (login: string) => ({ __typename: 'User', login });
const bot = (login: string) => ({ __typename: 'Bot', login });

function pullRequest(some: Fields = {}): Fields {
  return {
    id: 'PR_1',
    number: 12,
    title: 'Work',
    url: 'https://github.com/acme/shop/pull/12',
    createdAt: '2026-01-05T10:00:00Z',
    updatedAt: '2026-01-06T10:00:00Z',
    mergedAt: '2026-01-06T10:00:00Z',
    baseRefName: 'main',
    headRefName: 'work',
    author: user('ada'),
    mergeCommit: { oid: sha('a1') },
    labels: { nodes: [{ name: 'feature' }] },
    commits: {
      totalCount: 1,
      nodes: [
        {
          commit: {
            oid: sha('b1'),
            authoredDate: '2026-01-04T10:00:00Z',
            messageHeadline: 'work',
            author: { name: 'Ada' },
          },
        },
      ],
    },
    reviews: { totalCount: 0, nodes: [] },
    ...some,
  };
}

const review = (author: unknown, minutes: number, state = 'APPROVED'): Fields => ({
  state,
  submittedAt: minute(minutes),
  author,
});
const firstReview = (...nodes: readonly unknown[]) =>
  parsePullRequest(pullRequest({ reviews: { nodes } }))?.firstReviewAt;

function issue(some: Fields = {}): Fields {
  return {
    id: 'I_1',
    number: 91,
    title: 'Checkout is down',
    body: 'Since v1.2.0',
    url: 'https://github.com/acme/shop/issues/91',
    state: 'CLOSED',
    stateReason: 'COMPLETED',
    createdAt: '2026-01-05T11:00:00Z',
    updatedAt: '2026-01-05T12:00:00Z',
    closedAt: '2026-01-05T12:00:00Z',
    labels: { nodes: [{ name: 'incident' }] },
    ...some,
  };
}

const incident = (some: Fields = {}, labels: readonly string[] = ['incident']) =>
  parseIncident(issue(some), 'acme/shop', labels);

describe('a deployment', () => {
  const ending = (raw: Fields) => {
    const { outcome, finishedAt, notBecause } = parseDeployment(raw) ?? {};
    return { outcome, finishedAt, notBecause };
  };
  const succeeded = (minutes: number) => ({
    outcome: 'succeeded',
    finishedAt: at(minute(minutes)),
    notBecause: null,
  });
  const failed = (minutes: number) => ({
    outcome: 'failed',
    finishedAt: at(minute(minutes)),
    notBecause: null,
  });
  const unknown = { outcome: 'unknown', finishedAt: at(minute(0)), notBecause: null };
  const underWay = { outcome: 'unknown', finishedAt: null, notBecause: 'in-progress' };

  it('says where, what and when', () => {
    const raw = withStatuses(
      'ACTIVE',
      status('SUCCESS', 7, { logUrl: 'https://github.com/acme/shop/actions/runs/1/job/2' }),
      status('IN_PROGRESS', 1),
    );
    expect(parseDeployment(raw)).toEqual({
      source: 'github-deployment',
      id: '7',
      name: 'main',
      url: 'https://github.com/acme/shop/actions/runs/1/job/2',
      revision: sha('a1'),
      tag: 'main',
      environment: 'production',
      workflow: null,
      finishedAt: at(minute(7)),
      outcome: 'succeeded',
      notBecause: null,
    });
  });

  it.each<[string, Fields, unknown]>([
    ['a success', withStatuses('ACTIVE', status('SUCCESS', 7), status('IN_PROGRESS', 1)), succeeded(7)],
    [
      'a success that a newer deployment has replaced',
      withStatuses('INACTIVE', status('INACTIVE', 40), status('SUCCESS', 7)),
      succeeded(7),
    ],
    [
      'a success said twice',
      withStatuses('ACTIVE', status('SUCCESS', 9), status('SUCCESS', 7)),
      succeeded(7),
    ],
    ['a failure', withStatuses('FAILURE', status('FAILURE', 7), status('IN_PROGRESS', 1)), failed(7)],
    ['an error', withStatuses('ERROR', status('ERROR', 7)), failed(7)],
    [
      'an error, then a success',
      withStatuses('ACTIVE', status('SUCCESS', 9), status('ERROR', 7)),
      succeeded(9),
    ],
    [
      'an error and a success at once',
      withStatuses('ACTIVE', status('SUCCESS', 7), status('ERROR', 7)),
      succeeded(7),
    ],
    [
      'a success, then a failure',
      withStatuses('FAILURE', status('FAILURE', 9), status('SUCCESS', 7)),
      failed(9),
    ],
    [
      'a success, a failure, then a success',
      withStatuses('ACTIVE', status('SUCCESS', 9), status('FAILURE', 8), status('SUCCESS', 7)),
      succeeded(7),
    ],
    [
      'a failure that was replaced',
      withStatuses('INACTIVE', status('INACTIVE', 40), status('FAILURE', 7)),
      failed(7),
    ],
    ['only PENDING', withStatuses('PENDING', status('PENDING', 1)), underWay],
    ['only QUEUED', withStatuses('QUEUED', status('QUEUED', 1)), underWay],
    ['only WAITING', withStatuses('WAITING', status('WAITING', 1)), underWay],
    ['only IN_PROGRESS', withStatuses('IN_PROGRESS', status('IN_PROGRESS', 1)), underWay],
    ['only INACTIVE', withStatuses('INACTIVE', status('INACTIVE', 1)), unknown],
    ['no status, state PENDING', withStatuses('PENDING'), underWay],
    ['no status, state ACTIVE', withStatuses('ACTIVE'), succeeded(0)],
    ['no status, state INACTIVE', withStatuses('INACTIVE'), unknown],
    ['no status, state ABANDONED', withStatuses('ABANDONED'), unknown],
    ['no status, state DESTROYED', withStatuses('DESTROYED'), unknown],
    ['no status and no state', deployment({ state: null, statuses: null }), unknown],
    [
      'statuses that could not be read',
      withStatuses('ACTIVE', null, status('SUCCESS', 7), null),
      succeeded(7),
    ],
    [
      'a status without a time',
      withStatuses('ACTIVE', status('FAILURE', 9, { createdAt: null }), status('SUCCESS', 7)),
      succeeded(7),
    ],
  ])('with %s', (_, raw, expected) => {
    expect(ending(raw)).toEqual(expected);
  });

  const statuses = fc.array(
    fc
      .tuple(
        fc.constantFrom(
          'SUCCESS',
          'FAILURE',
          'ERROR',
          'INACTIVE',
          'IN_PROGRESS',
          'PENDING',
          'QUEUED',
          'WAITING',
        ),
        fc.nat(59),
      )
      .map(([state, minutes]) => status(state, minutes)),
    { maxLength: 6 },
  );
  const shuffled = statuses.chain((nodes) =>
    fc.tuple(fc.constant(nodes), fc.shuffledSubarray(nodes, { minLength: nodes.length })),
  );

  it('comes to the same in whatever order its statuses are told', () => {
    fc.assert(
      fc.property(shuffled, ([some, same]) => {
        expect(parseDeployment(withStatuses('INACTIVE', ...same))).toEqual(
          parseDeployment(withStatuses('INACTIVE', ...some)),
        );
      }),
    );
  });

  it('has failed exactly when a failure is later than every success', () => {
    fc.assert(
      fc.property(statuses, (nodes) => {
        const times = (...states: readonly string[]) =>
          nodes.flatMap((node) =>
            states.includes(String(node['state'])) ? [at(String(node['createdAt']))] : [],
          );
        const [failures, successes] = [times('FAILURE', 'ERROR'), times('SUCCESS')];
        const isFailed = failures.some((failure) => successes.every((success) => success < failure));

        const { outcome } = ending(withStatuses('INACTIVE', ...nodes));

        expect(outcome === 'failed').toBe(isFailed);
        expect(outcome === 'succeeded').toBe(!isFailed && successes.length > 0);
      }),
    );
  });

  it('has the address that was told last, in whatever order its statuses are told', () => {
    const nodes = [
      status('SUCCESS', 7, { logUrl: 'https://ci/2' }),
      status('INACTIVE', 40),
      status('IN_PROGRESS', 1, { logUrl: 'https://ci/1' }),
    ];

    for (const order of [nodes, nodes.toReversed()])
      expect(parseDeployment(withStatuses('INACTIVE', ...order))?.url).toBe('https://ci/2');
  });

  it('belongs to the environment that it was made for', () => {
    expect(
      parseDeployment(deployment({ environment: 'old-name', originalEnvironment: 'prod' }))?.environment,
    ).toBe('prod');
    expect(parseDeployment(deployment({ environment: 'prod', originalEnvironment: null }))?.environment).toBe(
      'prod',
    );
  });

  it('of a branch or a commit that is gone keeps its revision', () => {
    expect(parseDeployment(deployment({ ref: null }))).toMatchObject({
      revision: sha('a1'),
      tag: null,
      name: '',
    });
  });

  it('without a number is known by its other id, and without a time is none', () => {
    expect(parseDeployment(deployment({ databaseId: null }))?.id).toBe('DE_1');
    expect(parseDeployment(deployment({ createdAt: null }))).toBeNull();
    expect(parseDeployment(deployment({ id: null }))).toBeNull();
  });
});

describe('an attempt of a run', () => {
  const came = (some: Fields) => {
    const { outcome, notBecause } = parseRun(run(some)) ?? {};
    return [outcome, notBecause];
  };

  it('says which workflow, what and when', () => {
    expect(parseRun(run())).toEqual({
      source: 'workflow-run',
      id: '9001/1',
      name: '#512',
      url: 'https://github.com/acme/shop/actions/runs/9001',
      revision: sha('a1'),
      tag: null,
      environment: null,
      workflow: 'deploy.yml',
      finishedAt: at('2026-01-05T10:07:00Z'),
      outcome: 'succeeded',
      notBecause: null,
    });
  });

  it.each([
    ['success', 'succeeded', null],
    ['failure', 'failed', null],
    ['timed_out', 'failed', null],
    ['startup_failure', 'failed', null],
    ['cancelled', 'unknown', 'not-deployed'],
    ['skipped', 'unknown', 'not-deployed'],
    ['neutral', 'unknown', 'not-deployed'],
    ['stale', 'unknown', 'not-deployed'],
    ['action_required', 'unknown', 'not-deployed'],
    ['something new', 'unknown', 'not-deployed'],
    [null, 'unknown', 'not-deployed'],
  ])('that ended with %s has %s (%s)', (conclusion, outcome, notBecause) => {
    expect(came({ conclusion })).toEqual([outcome, notBecause]);
  });

  it.each(['queued', 'in_progress', 'requested', 'waiting', 'pending', null])(
    'that is %s has not ended, whatever its attempt before came to',
    (state) => {
      expect(came({ status: state, conclusion: null })).toEqual(['unknown', 'in-progress']);
      expect(parseRun(run({ status: state, conclusion: null }))?.finishedAt).toBeNull();
    },
  );

  it.each(['pull_request', 'pull_request_target', 'pull_request_review'])(
    'of a %s deployed nothing',
    (event) => {
      expect(came({ event })).toEqual(['unknown', 'not-deployed']);
      expect(came({ event, status: 'in_progress', conclusion: null })).toEqual(['unknown', 'not-deployed']);
    },
  );

  it.each(['push', 'release', 'deployment', 'workflow_dispatch', 'workflow_run', 'schedule'])(
    'of a %s may have deployed',
    (event) => {
      expect(came({ event })).toEqual(['succeeded', null]);
    },
  );

  it('is a record of its own', () => {
    expect(parseRun(run({ run_attempt: 3 }))).toMatchObject({ id: '9001/3', name: '#512, attempt 3' });
    expect(runId(run({ run_attempt: null }))).toBeNull();
    expect(parseRun(run({ id: '9001' }))).toBeNull();
  });

  it('knows its workflow by the name of the file, with or without the branch that it came from', () => {
    expect(parseRun(run({ path: '.github/workflows/deploy.yml@main' }))?.workflow).toBe('deploy.yml');
    expect(parseRun(run({ path: '.github/workflows/deploy.yml@refs/heads/a/b' }))?.workflow).toBe(
      'deploy.yml',
    );
    expect(parseRun(run({ path: null }))?.workflow).toBeNull();
  });
});

describe('a release', () => {
  it('is a deployment at the moment when it was published', () => {
    expect(parseRelease(release())).toEqual({
      source: 'release',
      id: 'RE_1',
      name: 'v1.2.0',
      url: 'https://github.com/acme/shop/releases/tag/v1.2.0',
      revision: sha('a1'),
      tag: 'v1.2.0',
      environment: 'production',
      workflow: null,
      finishedAt: at('2026-01-05T10:00:00Z'),
      outcome: 'succeeded',
      notBecause: null,
    });
  });

  it('that is a draft is none yet', () => {
    expect(parseRelease(release({ isDraft: true, publishedAt: null, tagCommit: null }))).toMatchObject({
      notBecause: 'draft',
      finishedAt: null,
      revision: null,
    });
  });

  it('that is a prerelease goes to staging', () => {
    expect(parseRelease(release({ isPrerelease: true }))?.environment).toBe('staging');
  });

  it('whose tag is gone keeps its name, for the clone may know the tag', () => {
    expect(parseRelease(release({ tagCommit: null }))).toMatchObject({ revision: null, tag: 'v1.2.0' });
  });

  it('without a tag is called by its title, and without an id is none', () => {
    expect(parseRelease(release({ tagName: '' }))?.name).toBe('Spring');
    expect(parseRelease(release({ tagName: null }))).toBeNull();
    expect(parseRelease(release({ id: 7 }))).toBeNull();
  });
});

describe('a pull request', () => {
  it('says who, when, where from and what is in it', () => {
    expect(parsePullRequest(pullRequest())).toEqual({
      number: 12,
      url: 'https://github.com/acme/shop/pull/12',
      author: 'ada',
      byBot: false,
      openedAt: at('2026-01-05T10:00:00Z'),
      mergedAt: at('2026-01-06T10:00:00Z'),
      headBranch: 'work',
      labels: ['feature'],
      mergeCommit: sha('a1'),
      firstReviewAt: null,
      commits: [{ sha: sha('b1'), authoredAt: at('2026-01-04T10:00:00Z'), author: 'Ada', subject: 'work' }],
    });
  });

  it('of an account that is gone has no author, and anybody may have reviewed it', () => {
    const raw = pullRequest({ author: null, reviews: { nodes: [review(user('bob'), 5)] } });

    expect(parsePullRequest(raw)).toMatchObject({ author: null, byBot: false, firstReviewAt: at(minute(5)) });
  });

  it.each([bot('renovate'), bot('dependabot'), user('renovate[bot]')])('of %j is by a bot', (author) => {
    expect(parsePullRequest(pullRequest({ author }))?.byBot).toBe(true);
  });

  it.each([user('ada'), user('robot'), { __typename: 'Mannequin', login: 'old-ada' }])(
    'of %j is by a person',
    (author) => {
      expect(parsePullRequest(pullRequest({ author }))?.byBot).toBe(false);
    },
  );

  it('was first reviewed by the first of the others, in whatever order they are told', () => {
    const reviews = [review(user('bob'), 30), review(user('eve'), 5, 'COMMENTED'), review(user('bob'), 9)];

    expect(firstReview(...reviews)).toBe(at(minute(5)));
    expect(firstReview(...reviews.toReversed())).toBe(at(minute(5)));
  });

  it.each<[string, Fields]>([
    ['its author', review(user('ada'), 1, 'COMMENTED')],
    ['a bot', review(bot('coverage'), 1)],
    ['a bot by its login', review(user('coverage[bot]'), 1)],
    ['an account that is gone', review(null, 1)],
    ['somebody who has not sent it yet', review(user('bob'), 1, 'PENDING')],
    ['somebody at no time', { ...review(user('bob'), 1), submittedAt: null }],
  ])('was not reviewed by %s', (_, own) => {
    expect(firstReview(own)).toBeNull();
    expect(firstReview(own, review(user('eve'), 9))).toBe(at(minute(9)));
  });

  it('passes over what GitHub could not read', () => {
    const raw = pullRequest({
      labels: { nodes: [null, { name: 'hotfix' }, {}] },
      commits: {
        nodes: [null, {}, { commit: null }, { commit: { oid: null } }, { commit: { oid: sha('b2') } }],
      },
      reviews: { nodes: [null] },
    });

    expect(parsePullRequest(raw)).toMatchObject({
      labels: ['hotfix'],
      commits: [{ sha: sha('b2'), authoredAt: null, author: '', subject: '' }],
      firstReviewAt: null,
    });
  });

  it('may have no commits, labels, reviews or merge commit', () => {
    const raw = pullRequest({
      commits: null,
      labels: null,
      reviews: null,
      mergeCommit: null,
      headRefName: null,
    });

    expect(parsePullRequest(raw)).toMatchObject({
      commits: [],
      labels: [],
      mergeCommit: null,
      headBranch: '',
    });
  });

  it.each([{ mergedAt: null }, { createdAt: 'yesterday' }, { number: '12' }])('with %j is none', (some) => {
    expect(parsePullRequest(pullRequest(some))).toBeNull();
  });
});

describe('an issue', () => {
  it('is an incident from when it was opened until it was closed', () => {
    expect(incident()).toEqual({
      id: 'github:acme/shop#91',
      title: 'Checkout is down',
      text: 'Checkout is down\nSince v1.2.0',
      url: 'https://github.com/acme/shop/issues/91',
      labels: ['incident'],
      severity: null,
      component: null,
      deployment: null,
      openedAt: at('2026-01-05T11:00:00Z'),
      resolvedAt: at('2026-01-05T12:00:00Z'),
      notBecause: null,
    });
  });

  it('that is open, or open again, is not over', () => {
    expect(incident({ state: 'OPEN', stateReason: null, closedAt: null })?.resolvedAt).toBeNull();
    expect(incident({ state: 'OPEN', stateReason: 'REOPENED' })).toMatchObject({
      resolvedAt: null,
      notBecause: null,
    });
  });

  it('that was not planned is none', () => {
    expect(incident({ stateReason: 'NOT_PLANNED' })?.notBecause).toBe('not-planned');
  });

  it.each([
    ['Incident', ['incident']],
    ['incident', ['INCIDENT']],
    ['sev1', ['incident', 'Sev1']],
  ])('with the label %s is one where %s are asked for', (name, labels) => {
    expect(incident({ labels: { nodes: [{ name: 'bug' }, { name }] } }, labels)?.notBecause).toBeNull();
  });

  it('that has lost its label is one no longer', () => {
    expect(incident({ labels: { nodes: [{ name: 'bug' }, null] } })?.notBecause).toBe('deleted');
    expect(incident({ labels: null })?.notBecause).toBe('deleted');
    expect(incident({}, [])?.notBecause).toBe('deleted');
  });

  it('may have no description, and without a number or a time is none', () => {
    expect(incident({ body: null })?.text).toBe('Checkout is down\n');
    expect(incident({ number: null })).toBeNull();
    expect(incident({ createdAt: '' })).toBeNull();
  });
});

describe('the newest of each item', () => {
  const newest = (...records: readonly unknown[]) => {
    const items = new NewestById((raw) => (typeof raw['value'] === 'number' ? raw['value'] : null));
    for (const record of records) items.add(record);
    return [...items.entries()].map(
      ({ id, value, isGone }) => `${id} ${String(value)}${isGone ? ' gone' : ''}`,
    );
  };

  it('is what was said of it last, in the order in which they were first met', () => {
    expect(newest({ id: 'b', value: 1 }, { id: 'a', value: 2 }, { id: 'b', value: 3 })).toEqual([
      'b 3',
      'a 2',
    ]);
  });

  it('keeps what it was when it is gone, until it is back', () => {
    const [known, gone] = [
      { id: 'a', value: 1 },
      { id: 'a', gone: true },
    ];

    expect(newest(known, gone)).toEqual(['a 1 gone']);
    expect(newest(known, gone, { id: 'a', value: 2 })).toEqual(['a 2']);
    expect(newest(gone)).toEqual([]);
  });

  it('is nothing when what was said last cannot be understood', () => {
    expect(newest({ id: 'a', value: 1 }, { id: 'a', value: 'x' })).toEqual([]);
  });
});

describe('what cannot be understood', () => {
  const raws = [deployment(), release(), run(), pullRequest(), issue()];
  const fields = raws.flatMap((raw) => Object.keys(raw));
  const inner = fc.oneof(
    fc.anything(),
    fc.constantFrom(minute(1), 'SUCCESS', 'CLOSED', 'completed', 7, '', 'a'),
    fc.record({
      nodes: fc.oneof(fc.anything(), fc.array(fc.oneof(fc.anything(), fc.constant(status('SUCCESS', 3))))),
    }),
  );
  const garbage = fc.oneof(
    fc.anything(),
    fc.dictionary(fc.constantFrom(...fields, 'gone'), inner),
    fc
      .tuple(fc.constantFrom(...raws), fc.dictionary(fc.constantFrom(...fields), inner))
      .map(([raw, other]) => ({ ...raw, ...other })),
  );
  const parsers = [
    () => new NewestById<object>(parsePullRequest),
    () => new NewestById<object>(parseRelease),
    () => new NewestById<object>(parseDeployment),
    () => new NewestById<object>(parseRun, runId),
    () => new NewestById<object>((raw) => parseIncident(raw, 'acme/shop', ['incident'])),
  ];

  it('is passed over, and no instant comes of it that is none', () => {
    fc.assert(
      fc.property(fc.constantFrom(...parsers), fc.array(garbage, { maxLength: 5 }), (make, records) => {
        const items = make();
        for (const record of records) items.add(stored(record));
        for (const { value } of items.entries()) {
          const found: readonly (readonly [string, unknown])[] = Object.entries(value);
          for (const [key, time] of found) {
            if (key.endsWith('At') && time !== null)
              expect(typeof time === 'number' && isInstant(time)).toBe(true);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('in the place of the number of a run leaves it without a name', () => {
    expect(parseRun(run({ run_number: { toString: 1, valueOf: 1 } }))?.name).toBe('');
  });
});

/** A record as it comes back from raw data: whatever JSON can hold. */
function stored(record: unknown): unknown {
  const text = JSON.stringify([record], (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
  const [back]: readonly unknown[] = JSON.parse(text);
  return back;
}
