import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApplicationSnapshot } from '../../../../src/domain/argocd.ts';
import { StoredSnapshot } from '../../../../src/extractors/argocd/schema.ts';
import { applicationSnapshot } from '../../../../src/extractors/argocd/normalise.ts';
import { at, sha } from '../../../support/builders.ts';
import { longLife } from '../../../support/argocd/life.ts';
import { sha256, snapshotOf } from '../../../support/argocd/looks.ts';

const seenAt = at('2026-08-20T12:00:00Z');
const SOURCE = { repoURL: 'https://github.com/acme/gitops.git', path: 'billing', targetRevision: 'main' };

function read(document: unknown): ApplicationSnapshot {
  return snapshotOf({ seenAt, document });
}

/** A document with this status and nothing else to speak of. */
function withStatus(status: unknown): ApplicationSnapshot {
  return read({ metadata: { name: 'billing' }, status });
}

function withOperation(operationState: object): ApplicationSnapshot['operationState'] {
  return withStatus({ operationState }).operationState;
}

/** The digest of an entry with these sources. */
function contentOf(source: object, rest: object = {}): string | undefined {
  return withStatus({
    history: [{ id: 1, deployedAt: '2026-08-20T10:15:30Z', revision: sha('a1'), source, ...rest }],
  }).history[0]?.content;
}

describe('an Application', () => {
  it('is kept in the facts that decide what happened', () => {
    const document = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: {
        name: 'billing',
        namespace: 'argocd',
        uid: '0f6c',
        creationTimestamp: '2026-01-09T08:00:00Z',
        deletionTimestamp: null,
        labels: { team: 'money', odd: 7 },
        annotations: { 'argocd.argoproj.io/manifest-generate-paths': '.;../base', other: 'x' },
        ownerReferences: [{ kind: 'ApplicationSet', name: 'billings' }],
        managedFields: [{}],
      },
      spec: {
        project: '',
        destination: { server: 'https://api.eu1.example:6443', namespace: 'billing' },
        source: { ...SOURCE, helm: { parameters: [{ name: 'a', value: 'b' }] } },
        revisionHistoryLimit: 5,
      },
      status: {
        sync: { status: 'OutOfSync', revision: sha('a2') },
        health: { status: 'Progressing', lastTransitionTime: '2026-08-20T10:17:02.5Z' },
        reconciledAt: '2026-08-20T12:17:02+02:00',
        history: [
          {
            id: 41,
            revision: sha('a1'),
            deployStartedAt: '2026-08-20T10:14:58Z',
            deployedAt: '2026-08-20T10:15:30Z',
            source: { ...SOURCE, kustomize: { images: ['quay.io/acme/billing:4f2c'] } },
            initiatedBy: { username: 'alice' },
          },
        ],
        summary: { images: ['b:2', 'a:1', 'b:2'] },
        conditions: [{ type: 'SyncError', message: 'x' }, { type: 'ComparisonError' }],
      },
    };

    expect(read(document)).toMatchObject({
      seenAt: '2026-08-20T12:00:00Z',
      uid: '0f6c',
      namespace: 'argocd',
      name: 'billing',
      project: 'default',
      createdAt: '2026-01-09T08:00:00Z',
      deletedAt: null,
      labels: { team: 'money' },
      manifestGeneratePaths: '.;../base',
      applicationSet: 'billings',
      destination: { server: 'https://api.eu1.example:6443', name: null, namespace: 'billing' },
      sources: [{ ...SOURCE, chart: null, ref: null, kustomizeImages: [], parameters: expect.any(String) }],
      revisionHistoryLimit: 5,
      hydrator: null,
      sync: { status: 'out-of-sync', revisions: [sha('a2')] },
      health: { status: 'progressing', lastTransitionTime: '2026-08-20T10:17:02.500Z' },
      reconciledAt: '2026-08-20T10:17:02Z',
      history: [
        {
          id: 41,
          revisions: [sha('a1')],
          deployStartedAt: '2026-08-20T10:14:58Z',
          deployedAt: '2026-08-20T10:15:30Z',
          initiatedBy: 'manual',
          sources: [
            {
              repoURL: SOURCE.repoURL,
              path: 'billing',
              chart: null,
              kustomizeImages: ['quay.io/acme/billing:4f2c'],
            },
          ],
        },
      ],
      unreadableHistory: 0,
      hasOperation: false,
      operationState: null,
      images: ['a:1', 'b:2'],
      conditions: ['ComparisonError', 'SyncError'],
    });
    expect(JSON.stringify(read(document))).not.toContain('alice');
  });

  it('is small, and comes back from JSON as it was', () => {
    for (const snapshot of longLife().looks.map(snapshotOf)) {
      const text = JSON.stringify(snapshot);

      expect(text.length).toBeLessThan(6 * 1024);
      expect(StoredSnapshot.parse(JSON.parse(text))).toEqual(snapshot);
    }
  });

  it.each([
    ['nothing', null, 'not-an-object'],
    ['a list', [], 'not-an-object'],
    ['a text', 'Application', 'not-an-object'],
    ['another kind', { kind: 'AppProject', metadata: { name: 'x' } }, 'other-kind'],
    [
      'an Application of others',
      { apiVersion: 'app.k8s.io/v1beta1', kind: 'Application', metadata: { name: 'x' } },
      'other-kind',
    ],
    ['no name', { kind: 'Application', metadata: {} }, 'no-name'],
    ['no metadata', {}, 'no-name'],
  ])('is not %s', (_, document, reason) => {
    expect(applicationSnapshot(document, { seenAt, sha256 })).toMatchObject({
      kind: 'refused',
      reason,
      message: expect.stringContaining('not an Argo CD Application'),
    });
  });

  it('says what a document is instead, in printable words', () => {
    expect(
      applicationSnapshot({ kind: 'Po\u001b[31md', apiVersion: 'v1' }, { seenAt, sha256 }),
    ).toMatchObject({
      message: String.raw`not an Argo CD Application: v1 Po\x1b[31md`,
    });
  });

  it('may be printed without kind, and with nothing but a name', () => {
    expect(read({ metadata: { name: 'new' } })).toMatchObject({
      namespace: '',
      uid: null,
      sources: [],
      history: [],
      sync: { status: 'unknown', revisions: [] },
      health: { status: 'unknown', lastTransitionTime: null },
      operationState: null,
    });
  });

  it('never fails, whatever stands where', () => {
    const anything = fc.anything();
    const odd = fc.record({
      metadata: fc.record({
        name: fc.constant('x'),
        labels: anything,
        annotations: anything,
        ownerReferences: anything,
      }),
      operation: anything,
      spec: fc.oneof(
        anything,
        fc.record({ source: anything, sources: anything, destination: anything, sourceHydrator: anything }),
      ),
      status: fc.oneof(
        anything,
        fc.record({
          sync: anything,
          health: anything,
          history: fc.array(anything),
          operationState: anything,
        }),
        fc.record({
          history: fc.array(
            fc.record({ id: fc.nat(), deployedAt: fc.constant('2026-01-01T00:00:00Z'), sources: anything }),
          ),
          operationState: fc.record({
            phase: anything,
            syncResult: anything,
            operation: anything,
            message: anything,
          }),
        }),
      ),
    });

    fc.assert(
      fc.property(odd, (document) => {
        const snapshot = read(document);

        expect(StoredSnapshot.parse(JSON.parse(JSON.stringify(snapshot)))).toEqual(snapshot);
      }),
    );
  });
});

describe('what Argo CD calls things', () => {
  it.each([
    ['Healthy', 'healthy'],
    ['Degraded', 'degraded'],
    ['Unknown', 'unknown'],
    ['Unhealthy', 'unknown'],
    [7, 'unknown'],
    [undefined, 'unknown'],
  ])('health %s is %s', (status, known) => {
    expect(withStatus({ health: { status } }).health.status).toBe(known);
  });

  it('that is new is unknown', () => {
    const snapshot = withStatus({ sync: { status: 'Drifting' }, operationState: { phase: 'Paused' } });

    expect(snapshot.sync.status).toBe('unknown');
    expect(snapshot.operationState?.phase).toBe('unknown');
  });

  it.each([
    null,
    undefined,
    '',
    'soon',
    '0001-01-01T00:00:00Z',
    1_700_000_000,
    '2026-13-01T00:00:00Z',
    '2026-01-01',
  ])('no time is %s', (reconciledAt) => {
    expect(withStatus({ reconciledAt }).reconciledAt).toBeNull();
  });
});

describe('sources', () => {
  it('are several ones where there are, whatever the single one says', () => {
    const sources = [
      { repoURL: 'https://charts.acme.dev', chart: 'web' },
      { ...SOURCE, ref: 'values' },
    ];
    const revisions = ['1.18.2', sha('77')];
    const history = [
      { id: 7, deployedAt: '2026-08-20T10:15:30Z', source: { repoURL: '' }, sources, revisions },
    ];

    expect(
      read({ metadata: { name: 'x' }, spec: { source: { repoURL: '' }, sources }, status: { history } }),
    ).toMatchObject({
      sources: [{ chart: 'web', ref: null }, { ref: 'values' }],
      history: [{ revisions, sources: [{ chart: 'web' }, { path: 'billing' }] }],
    });
  });

  it('lose their credentials, and their queries', () => {
    const addresses = [
      ['https://ada:hunter2@github.com/a/b.git?token=x#y', 'https://github.com/a/b.git'],
      ['ssh://git@host:22/a', 'ssh://host:22/a'],
      ['git@github.com:a/b.git', 'git@github.com:a/b.git'],
      ['oci://quay.io/acme/web', 'oci://quay.io/acme/web'],
    ];

    for (const [repoURL, known] of addresses) {
      expect(read({ metadata: { name: 'x' }, spec: { source: { repoURL } } }).sources[0]?.repoURL).toBe(
        known,
      );
    }
  });

  it('of a hydrator are where it writes, and where it reads from is kept beside them', () => {
    const sourceHydrator = {
      drySource: { repoURL: 'https://a:b@host/r.git', path: 'dry', targetRevision: 'HEAD' },
      syncSource: { targetBranch: 'env/prod', path: 'wet' },
    };
    const status = {
      sourceHydrator: {
        currentOperation: { phase: 'Hydrating', drySHA: sha('d2') },
        lastSuccessfulOperation: { drySHA: sha('d1'), hydratedSHA: sha('e1') },
      },
    };

    expect(read({ metadata: { name: 'x' }, spec: { sourceHydrator }, status })).toMatchObject({
      sources: [{ repoURL: 'https://host/r.git', path: 'wet', targetRevision: 'env/prod' }],
      hydrator: {
        dry: { repoURL: 'https://host/r.git', path: 'dry', targetRevision: 'HEAD' },
        current: { phase: 'hydrating', drySHA: sha('d2'), hydratedSHA: null },
        lastSuccessful: { phase: 'hydrated', drySHA: sha('d1'), hydratedSHA: sha('e1') },
      },
    });
  });
});

describe('the content of an entry', () => {
  const helm = (value: string) => ({ ...SOURCE, helm: { parameters: [{ name: 'replicas', value }] } });

  it('is another one with other parameters, revisions or sources', () => {
    const contents = [
      contentOf(SOURCE),
      contentOf(helm('1')),
      contentOf(helm('2')),
      contentOf({ ...SOURCE, path: 'other' }),
      contentOf(SOURCE, { revision: sha('a2') }),
    ];

    expect(new Set(contents).size).toBe(contents.length);
  });

  it('is the same for another branch, in another order, with empty parts, and with another password', () => {
    const same = [
      { ...SOURCE, targetRevision: 'release' },
      { targetRevision: 'main', path: 'billing', repoURL: SOURCE.repoURL },
      { ...SOURCE, helm: {}, kustomize: null, directory: { jsonnet: { tlas: [] } }, chart: '' },
      { ...SOURCE, repoURL: 'https://ada:hunter2@github.com/acme/gitops.git' },
    ];

    expect(new Set([contentOf(SOURCE), ...same.map((source) => contentOf(source))]).size).toBe(1);
  });

  it('is not there for an entry without a number or a time, which is counted instead', () => {
    const history = [
      { id: 1 },
      { deployedAt: '2026-08-20T10:15:30Z' },
      null,
      { id: 2, deployedAt: '2026-08-20T10:15:30Z' },
    ];

    expect(withStatus({ history })).toMatchObject({
      unreadableHistory: 3,
      history: [{ id: 2, initiatedBy: 'unknown' }],
    });
  });
});

describe('an operation', () => {
  it('keeps what tells a retry from a first attempt, and a part from the whole', () => {
    const operation = {
      sync: { revision: sha('a1'), dryRun: true, resources: [{ kind: 'Service' }] },
      retry: { limit: -1 },
      initiatedBy: { username: 'alice' },
    };
    const found = withOperation({
      phase: 'Running',
      startedAt: '2026-08-20T10:10:00Z',
      finishedAt: '2026-08-20T10:15:40Z',
      retryCount: 3,
      operation,
    });

    expect(found).toMatchObject({
      phase: 'running',
      startedAt: '2026-08-20T10:10:00Z',
      finishedAt: '2026-08-20T10:15:40Z',
      retryCount: 3,
      retryLimit: -1,
      isDryRun: true,
      isPartial: true,
      revisions: [sha('a1')],
      revisionsFrom: 'operation',
    });
  });

  it('is told by its result, where there is one', () => {
    const syncResult = { revision: sha('a2'), resources: [{ images: ['b', 'a'] }, { images: ['a'] }, {}] };

    expect(withOperation({ operation: { sync: { revision: sha('a1') } }, syncResult })).toMatchObject({
      revisions: [sha('a2')],
      revisionsFrom: 'sync-result',
      images: ['a', 'b'],
    });
  });

  it.each([
    ['Operation terminated', 'aborted'],
    ['Operation terminated, triggered by controller sync timeout', 'aborted'],
    ['failed. Retrying attempt #3 at 10:16AM.', 'retrying'],
    ['one or more objects failed to apply', 'other'],
    [undefined, null],
  ])('that says %s is %s', (message, kind) => {
    expect(withOperation({ message })?.messageKind).toBe(kind);
  });

  it('has a message of 300 printable characters without secrets and people', () => {
    const secret = `https://ada:hunter2@host/ by ada@example.org\u001b[0m ${'x'.repeat(400)}`;
    const message = withOperation({ message: secret })?.message ?? '';

    expect(message).toMatch(/^https:\/\/\[masked\]@host\/ by \[e-mail\]\\x1b\[0m x+$/u);
    expect(message).toHaveLength(300);
  });

  it('cuts nothing in half: neither a secret at the end nor a character', () => {
    const token = `${' '.repeat(290)}ghp_${'a1'.repeat(18)}`;
    const wide = '😀'.repeat(400);

    expect(withOperation({ message: token })?.message).not.toContain('ghp_');
    expect(withOperation({ message: wide })?.message).toBe('😀'.repeat(300));
  });
});
