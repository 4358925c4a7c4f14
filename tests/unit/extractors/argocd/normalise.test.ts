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
