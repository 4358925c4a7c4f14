import { describe, expect, it } from 'vitest';
import { argoRecord } from '../../support/argocd/record.ts';
import { USUAL_ARGO } from '../../support/argocd/usual.ts';
import type { Ref } from '../../../src/domain/commit.ts';
import type { BuiltImage, DeploymentRecord, RolloutRecord } from '../../../src/domain/deployment-record.ts';
import { deploymentsFromRecords } from '../../../src/processors/deployments-from-records.ts';
import { UNTRACED_REASONS } from '../../../src/processors/image-commits.ts';
import { RepositoryHistory } from '../../../src/processors/repository-history.ts';
import { at, commit, datasetSettings, REPOSITORY, sha, tag } from '../../support/builders.ts';

const NOON = at('2026-01-05T12:00:00Z');
const LATER = at('2026-01-05T12:20:00Z');
const REVISION = 'org.opencontainers.image.revision';
const SOURCE = 'org.opencontainers.image.source';

/** One line `a1`, `b2`, `c3`; `d4` on a branch from `a1` of its own, younger than all; and two that begin alike. */
function clone(): RepositoryHistory {
  const history = new RepositoryHistory({ name: REPOSITORY, components: [] }, datasetSettings());
  history.add(commit('a1'));
  history.add(commit('b2', { parents: ['a1'] }));
  history.add(commit('c3', { parents: ['b2'], committedAt: at('2026-01-05T10:00:00Z') }));
  history.add(commit('d4', { parents: ['a1'], committedAt: at('2026-01-05T11:00:00Z') }));
  history.add(commit('e555555e1', { parents: ['a1'] }));
  history.add(commit('e555555e2', { parents: ['a1'] }));
  return history;
}

function image(name: string, ...labels: readonly Readonly<Record<string, string>>[]): BuiltImage {
  return { reference: `quay.io/acme/shop${name}`, labels };
}

/** Its commit is that of the GitOps repository, which the clone does not have. */
const rolled = (some: Partial<RolloutRecord> = {}) => argoRecord(NOON, some);

function found(
  records: readonly DeploymentRecord[],
  { refs = [], tagPatterns = [] }: { refs?: readonly Ref[]; tagPatterns?: readonly string[] } = {},
) {
  const history = clone();
  const settings = datasetSettings({ argocd: { ...USUAL_ARGO, tagPatterns } });
  const [component] = history.components;
  if (component === undefined) throw new Error('there is always a component');
  return deploymentsFromRecords(history, component, { refs: { refs, branch: null }, records, settings });
}

/** The commit that was deployed and what the deployment is called; else why nobody knows. */
function traced(images: readonly BuiltImage[], world: Parameters<typeof found>[1] = {}): string {
  const { deployments, setAside } = found([rolled({ images })], world);
  const [deployment, aside] = [deployments[0], setAside[0]];
  if (deployment !== undefined) return `${deployment.revision.slice(0, 9)} called ${deployment.name}`;
  return `${aside?.reason ?? ''}: ${aside?.detail ?? ''}`;
}

describe('the revision of a deployment by its image', () => {
  it('is what the tag says, in full or abbreviated, and the deployment is called by the commit', () => {
    expect(traced([image(`:${sha('b2')}`)])).toBe('b20000000 called b200000000');
    expect(traced([image(':b200000')])).toBe('b20000000 called b200000000');
    expect(traced([image(`:${sha('b2').slice(0, 39).toUpperCase()}`)])).toBe('b20000000 called b200000000');
  });

  it('stands in a tag of the usual forms, which is a name where it is short or a version', () => {
    expect(traced([image(':main-b200000')])).toBe('b20000000 called main-b200000');
    expect(traced([image(':v1.2.3-b200000')])).toBe('b20000000 called v1.2.3-b200000');
    expect(traced([image(':main-b200000-20260105120000')])).toBe('b20000000 called b200000000');
    expect(traced([image(`:v1.2.3-${sha('b2')}`)])).toBe('b20000000 called b200000000');
  });

  it('stands in a tag of a configured form, which is asked first', () => {
    const tagPatterns = [String.raw`main-(?<sha>[0-9a-f]{7,40})-over-[0-9a-f]+`];

    expect(traced([image(':main-b200000-over-a100000')], { tagPatterns })).toBe(
      'b20000000 called b200000000',
    );
    expect(traced([image(':main-b200000-over-a100000')])).toBe('a10000000 called a100000000');
  });

  it('is that of a tag of the repository, with or without its v', () => {
    const refs = [tag('v1.2.3', 'c3'), tag('1.4.0', 'b2')];

    expect(traced([image(':1.2.3')], { refs })).toBe('c30000000 called 1.2.3');
    expect(traced([image(':v1.4.0')], { refs })).toBe('b20000000 called v1.4.0');
    expect(traced([image(':v2.0.0')], { refs })).toBe(
      `unknown-revision: quay.io/acme/shop:v2.0.0: ${UNTRACED_REASONS['unknown-release']}`,
    );
  });

  it('is what a label says where the clone has the commit, whatever repository it names', () => {
    expect(traced([image(':latest', { [REVISION]: sha('c3') })])).toBe('c30000000 called c300000000');
    expect(traced([image('', { [REVISION]: 'c300000' })])).toBe('c30000000 called c300000000');
    expect(traced([image(':1.2.3', { [REVISION]: sha('c3'), [SOURCE]: 'https://github.com/other/x' })])).toBe(
      'c30000000 called 1.2.3',
    );
    expect(traced([image(':latest', { [REVISION]: sha('f') })])).toBe(
      `unknown-revision: quay.io/acme/shop:latest: ${UNTRACED_REASONS['unconfirmed-label']}`,
    );
  });

  it('is not that of a commit of which the clone knows several, or none', () => {
    expect(traced([image(':e555555')])).toBe(
      `unknown-revision: quay.io/acme/shop:e555555: ${UNTRACED_REASONS['ambiguous-commit']}`,
    );
    expect(traced([image(':e555555e1')])).toBe('e555555e1 called e555555e10');
    expect(traced([image(':7777777')])).toBe(
      `unknown-revision: quay.io/acme/shop:7777777: ${UNTRACED_REASONS['unknown-commit']}`,
    );
    expect(traced([image(`:${sha('7')}`)])).toBe(
      `unknown-revision: quay.io/acme/shop:${sha('7')}: ${UNTRACED_REASONS['unknown-commit']}`,
    );
  });

  it('is never that of the GitOps repository, which may be in the clone by chance', () => {
    const record = { ...rolled({ images: [image(':latest')] }), revision: sha('a1') };

    expect(found([record])).toMatchObject({ deployments: [], setAside: [{ reason: 'unknown-revision' }] });
  });

  it('stands for itself where there is no image', () => {
    expect(found([{ ...rolled(), revision: sha('b2') }]).deployments).toMatchObject([
      { revision: sha('b2'), name: sha('b2').slice(0, 10), id: 'argocd:acme/shop:argocd/shop#7' },
    ]);
    expect(found([rolled()]).setAside).toMatchObject([{ reason: 'unknown-revision', detail: sha('9') }]);
  });
});

describe('the revision of several images', () => {
  it('is the commit that contains all others', () => {
    expect(traced([image(':a100000'), image(':main-c300000'), image(':b200000')])).toBe(
      'c30000000 called main-c300000',
    );
  });

  it('is the one that was committed last where none contains the others, in whatever order they stand', () => {
    const images = [image(':c300000'), image(':d400000'), image(':a100000')];

    expect(traced(images)).toBe('d40000000 called d400000000');
    expect(traced(images.toReversed())).toBe('d40000000 called d400000000');
  });

  it('is of the highest level, and then the smaller sha, where they were committed at once', () => {
    expect(traced([image(':e555555e2'), image(':e555555e1')])).toBe('e555555e1 called e555555e10');
  });

  it('is that of those that can be traced', () => {
    expect(traced([image(':latest'), image(`:${sha('7')}`), image(':a100000')])).toBe(
      'a10000000 called a100000000',
    );
  });

  it('is unknown where none can be traced, and the first few say why', () => {
    const images = [
      image(':latest'),
      image(':7777777'),
      { reference: 'no image\u001b[31m', labels: [] },
      image(':pr-12'),
      image(''),
    ];

    expect(traced(images)).toBe(
      [
        'unknown-revision:',
        `quay.io/acme/shop:latest: ${UNTRACED_REASONS['moving-tag']}`,
        `quay.io/acme/shop:7777777: ${UNTRACED_REASONS['unknown-commit']}`,
        String.raw`no image\x1b[31m: It is not the name of an image.`,
        'And 2 more.',
      ].join(' '),
    );
  });

  it('says of a name without end only its beginning', () => {
    const [aside] = found([rolled({ images: [{ reference: 'x'.repeat(9000), labels: [] }] })]).setAside;

    expect(aside?.detail.length).toBeLessThan(400);
  });
});

describe('what Argo CD saw', () => {
  const images = [image(':b200000')];

  it('is a sighting for each cluster, the first to have it first', () => {
    const clusters = [
      { name: 'us1', at: LATER },
      { name: 'unknown', at: NOON },
      { name: 'eu1', at: NOON },
    ];
    const record = { ...rolled({ images, clusters }), finishedAt: LATER };

    expect(found([record]).deployments).toMatchObject([
      {
        finishedAt: LATER,
        sightings: [
          { source: 'argocd', name: 'b200000000', at: NOON, cluster: 'eu1' },
          { source: 'argocd', name: 'b200000000', at: NOON, cluster: 'unknown' },
          { source: 'argocd', name: 'b200000000', at: LATER, cluster: 'us1' },
        ],
      },
    ]);
  });

  it('says what is not known and what went wrong, as text that no terminal obeys', () => {
    const record = rolled({
      images,
      clusters: [{ name: 'eu\u001b[31m1', at: NOON }],
      untraced: 'no\u202etag',
      isUnverified: true,
      problem: 'sync failed:\n\u001b[31mred',
      recoveredAt: LATER,
    });
    const [deployment] = found([{ ...record, outcome: 'failed' }]).deployments;

    expect(deployment?.recoveredAt).toBe(LATER);
    expect(deployment?.sightings).toEqual([
      {
        source: 'argocd',
        name: 'b200000000',
        at: NOON,
        cluster: String.raw`eu\x1b[31m1`,
        untraced: String.raw`no\u202etag`,
        unverified: true,
        problem: String.raw`sync failed:\x0a\x1b[31mred`,
      },
    ]);
  });

  it('says nothing where there is nothing to say', () => {
    const [deployment] = found([rolled({ images })]).deployments;

    expect(deployment).not.toHaveProperty('recoveredAt');
    expect(deployment?.sightings).toEqual([
      { source: 'argocd', name: 'b200000000', at: NOON, cluster: 'eu1' },
    ]);
  });

  it('is one sighting without a cluster where a record names none', () => {
    const [deployment] = found([rolled({ images, clusters: [], isUnverified: true })]).deployments;

    expect(deployment?.sightings).toEqual([
      { source: 'argocd', name: 'b200000000', at: NOON, unverified: true },
    ]);
  });
});

it('a pattern of the configuration without a sha is refused by its name', () => {
  expect(() => found([], { tagPatterns: ['v(.*)'] })).toThrow(/^argocd\.tagPatterns\[0\]: /u);
});
