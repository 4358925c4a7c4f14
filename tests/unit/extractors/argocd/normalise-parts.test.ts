import { describe, expect, it } from 'vitest';
import type { ApplicationSnapshot } from '../../../../src/domain/argocd.ts';
import { snapshotOf } from '../../../support/argocd/looks.ts';
import { at, sha } from '../../../support/builders.ts';

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
