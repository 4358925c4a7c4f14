import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCommit } from '../../../src/domain/argocd.ts';
import type { ArgoEvent } from '../../../src/domain/argocd-event.ts';
import { durationMs, MINUTE } from '../../../src/domain/units.ts';
import { lives } from '../../support/argocd/life.ts';
import type { ArgoModel } from '../../support/argocd/model.ts';
import { randomLooks } from '../../support/argocd/random-life.ts';
import {
  APPLICATIONS,
  deployedDaily,
  onDay,
  shippedIn,
  WITH_GITOPS,
  type Workspace,
} from '../../support/argocd/shipped.ts';
import { newborn, WEB } from '../../support/argocd/web.ts';
import { at, sha } from '../../support/builders.ts';

const SHOP = 'quay.io/acme/shop:1.0.0';
const SHOP_2 = 'quay.io/acme/shop:1.1.0';
const UNKNOWN = 'untraced (a sync that fails does not say which images it was for)';

/** A day after these images were deployed, a sync of the next commit that fails. */
function failing(images: readonly string[], retryLimit = 0): ArgoModel {
  const model = onDay(deployedDaily([images], { retryLimit }), 2).sync({ isUnfinished: true });
  return model.failAttempt('webhook is away');
}

/** What is told from the second day on. */
function later(workspace: Workspace, { looks }: ArgoModel): readonly string[] {
  const { lines, nowhere } = shippedIn(workspace, looks);
  return [...lines, ...nowhere].filter((line) => line > '03-02');
}

describe('a sync that fails for good', () => {
  it('failed for what ran before, of which nobody knows whether it would have been replaced', () => {
    const line = `03-02 10:00:30 acme/shop: attempt at ${SHOP}, ${UNKNOWN}, failed (sync failed: webhook is away)`;

    for (const workspace of [APPLICATIONS, WITH_GITOPS])
      expect(later(workspace, failing([SHOP]))).toEqual([line]);
  });

  it('failed for the GitOps repository, where what ran before leads to no commit', () => {
    const failed = 'failed (sync failed: webhook is away)';

    expect(later(WITH_GITOPS, failing(['docker.io/library/nginx:1']))).toEqual([
      `03-02 10:00:30 acme/gitops: attempt at a10000, ${failed}`,
    ]);
    expect(later(WITH_GITOPS, failing(['quay.io/acme/shop:latest']))).toEqual([
      `03-02 10:00:30 acme/gitops: attempt at a10000, untraced (quay.io/acme/shop:latest: The tag moves from build to build and names no commit.), ${failed}`,
    ]);
  });

  it('before anything ever ran failed for the GitOps repository, else for nobody', () => {
    const { looks } = onDay(newborn({ retryLimit: 0 }), 1)
      .sync({ isUnfinished: true })
      .failAttempt('no such namespace', 'Error');

    expect(shippedIn(WITH_GITOPS, looks).lines).toEqual([
      '03-01 10:00:30 acme/gitops: attempt at a00000, failed (sync could not run: no such namespace)',
    ]);
    expect(shippedIn(APPLICATIONS, looks).nowhere).toEqual([
      '03-01 10:00:30 a sync that fails does not say which images it was for',
    ]);
  });

  it('is over with the next deployment that is healthy', () => {
    const model = onDay(failing([SHOP]), 3).sync({ images: [SHOP_2] });

    expect(later(WITH_GITOPS, model)).toEqual([
      `03-02 10:00:30 acme/shop: attempt at ${SHOP}, ${UNKNOWN}, failed (sync failed: webhook is away), well again 03-03 10:00:30`,
      `03-03 10:00:30 acme/shop: ${SHOP_2}`,
    ]);
  });

  it('is over when it is no longer wanted', () => {
    const model = failing([SHOP])
      .at(600)
      .want([sha('a0')]);

    expect(later(WITH_GITOPS, model)).toEqual([
      expect.stringMatching(/webhook is away\), well again 03-02 10:10:30$/u),
    ]);
  });

  it('is over when the application is gone', () => {
    expect(later(WITH_GITOPS, failing([SHOP]).at(600).delete())).toEqual([
      expect.stringMatching(/webhook is away\), well again 03-02 10:10:30$/u),
    ]);
  });
});

describe('a sync that succeeds after it failed again and again', () => {
  /** Fails three times, then succeeds with these images. */
  function succeeding(images: readonly string[]): ArgoModel {
    const model = failing([SHOP], 5);
    for (let retry = 0; retry < 2; retry += 1) model.at(10).retry().at(5).failAttempt('webhook is away');
    return model.at(10).retry().finish({ images });
  }

  it('failed for the images that it deployed in the end', () => {
    const failed = 'failed (sync fails again and again: webhook is away. Retrying attempt #3 at 10:16AM.)';

    expect(later(WITH_GITOPS, succeeding([SHOP_2]))).toEqual([
      `03-02 10:00:30 acme/shop: attempt at ${SHOP_2}, ${failed}, well again 03-02 10:01:40`,
      `03-02 10:01:40 acme/shop: ${SHOP_2}`,
    ]);
  });

  it('failed for those that stayed, where it changed none', () => {
    const [attempt, deployed] = later({ ...WITH_GITOPS, isChanged: () => true }, succeeding([SHOP]));

    expect(attempt).toContain(`acme/shop: attempt at ${SHOP}, failed`);
    expect(deployed).toBe('03-02 10:01:40 acme/gitops: a10000');
  });

  it('failed at nothing, where it deployed once more what ran already', () => {
    const model = deployedDaily([[SHOP]], { retryLimit: 5 }).at('2026-03-02T10:00:00Z');
    model.sync({ isUnfinished: true }).failAttempt('webhook is away');
    for (let retry = 0; retry < 2; retry += 1) model.at(10).retry().at(5).failAttempt('webhook is away');
    model
      .at(10)
      .retry()
      .finish({ images: [SHOP] });

    expect(later(WITH_GITOPS, model)).toEqual([
      expect.stringMatching(/attempt at .*, redeployed$/u),
      '03-02 10:01:40 acme/gitops: a00000, redeployed',
    ]);
  });
});

describe('a deployment that is not well', () => {
  function crashing(): ArgoModel {
    return onDay(deployedDaily([[SHOP]]), 2)
      .sync({ images: [SHOP_2], then: 'Degraded' })
      .at(600)
      .reconcile();
  }
  const LINE = `03-02 10:00:30 acme/shop: ${SHOP_2}, failed (degraded after the sync)`;

  it('failed, until it is well by itself', () => {
    expect(later(WITH_GITOPS, crashing())).toEqual([LINE]);
    expect(later(WITH_GITOPS, crashing().at(600).becomes('Healthy'))).toEqual([
      `${LINE}, well again 03-02 10:20:31`,
    ]);
  });

  it('failed, until the next one is well', () => {
    const model = crashing();
    model.at(600).rollback({ revisions: [sha('a0')], sources: [WEB], images: [SHOP], then: 'Progressing' });

    expect(later(WITH_GITOPS, model.at(30).becomes('Healthy'))).toEqual([
      `${LINE}, well again 03-02 10:21:32`,
      `03-02 10:21:01 acme/shop: ${SHOP}`,
    ]);
  });

  it('failed, until the application is gone', () => {
    expect(later(WITH_GITOPS, crashing().at(600).delete())).toEqual([`${LINE}, well again 03-02 10:20:31`]);
  });

  it('failed where it takes longer than it may, or where everything is gone', () => {
    const slow = onDay(deployedDaily([[SHOP]]), 2).sync({ images: [SHOP_2], then: 'Progressing' });
    const gone = onDay(deployedDaily([[SHOP]]), 2)
      .sync({ images: [SHOP_2] })
      .at(60)
      .wipe()
      .at(600)
      .reconcile();
    const failures = { progressingFor: durationMs(10 * MINUTE) };

    expect(later({ ...WITH_GITOPS, failures }, slow.at(1200).reconcile())).toEqual([
      expect.stringContaining('failed (still progressing after the time that a rollout may take)'),
    ]);
    expect(later(WITH_GITOPS, gone)).toEqual([expect.stringContaining('failed (everything was gone)')]);
  });
});

describe('a deployment that nobody saw healthy', () => {
  it.each([
    ['yet', 60],
    ['while it counts', 7200],
  ])('%s succeeded as far as is known, and says so', (_, seconds) => {
    const model = onDay(deployedDaily([[SHOP]]), 2).sync({ images: [SHOP_2], then: 'Progressing' });

    expect(later(WITH_GITOPS, model.at(seconds).reconcile())).toEqual([
      `03-02 10:00:30 acme/shop: ${SHOP_2}, unverified`,
    ]);
  });
});

describe('the place of a deployment', () => {
  it('is the one that the rules find at the time', () => {
    const sources = [{ ...WEB, path: 'components/shop/production/eu1' }];
    const model = deployedDaily([[SHOP]], { sources, name: 'web-eu1' });
    model
      .at(3600)
      .want([sha('a1')], [{ ...WEB, path: 'components/shop/staging/eu1' }])
      .sync({ images: [SHOP_2] });

    expect(shippedIn(APPLICATIONS, model.looks).shipments).toMatchObject([
      {
        id: 'web#0@2026-03-01T10:00:30Z',
        component: 'web-eu1',
        environment: 'production',
        cluster: 'eu1.example',
      },
      {
        id: 'web#1@2026-03-01T11:01:01Z',
        component: 'web-eu1',
        environment: 'staging',
        cluster: 'eu1.example',
      },
    ]);
  });

  it('is unknown where none does, and never a guess', () => {
    expect(shippedIn(APPLICATIONS, deployedDaily([[SHOP]]).looks).shipments).toMatchObject([
      { component: 'web', environment: 'unknown', at: at('2026-03-01T10:00:30Z') },
    ]);
    expect(shippedIn(APPLICATIONS, deployedDaily([[SHOP]], { cluster: '' }).looks).shipments).toMatchObject([
      { cluster: 'unknown' },
    ]);
  });

  it('of a sync that failed is the one that is wanted', () => {
    const model = failing([SHOP]);

    expect(shippedIn(APPLICATIONS, model.looks).shipments.at(-1)).toMatchObject({
      component: 'web',
      cluster: 'eu1.example',
    });
  });
});

describe('everything that happened', () => {
  /** Keys of what a repository can be found for: a sync of no commit leads nowhere. */
  function keysOf(events: readonly ArgoEvent[]): string[] {
    return events.flatMap((event) =>
      (event.type === 'deployment' || event.type === 'failed-attempt') && event.revisions.some(isCommit)
        ? [event.key]
        : [],
    );
  }
  const workspace = {
    ...WITH_GITOPS,
    images: [{ image: 'web', repository: 'https://github.com/acme/shop' }],
  };

  it.each(lives())('is told once where the GitOps repository is known: $name', ({ looks }) => {
    const { events, shipments } = shippedIn({ repositories: ['acme/gitops'] }, looks);

    expect(shipments.map(({ id }) => id)).toEqual(keysOf(events));
  });

  it('is told in any life, and to each repository once', () => {
    fc.assert(
      fc.property(fc.boolean().chain(randomLooks), (looks) => {
        fc.pre(looks.length > 0);
        const { events, shipments } = shippedIn(workspace, looks);
        const told = shipments.map(({ id, repository }) => `${repository} ${id}`);

        expect(new Set(told).size).toBe(told.length);
        expect(shipments.map(({ id }) => id)).toEqual(expect.arrayContaining(keysOf(events)));
      }),
      { numRuns: 50 },
    );
  });

  it('is well again only after it failed', () => {
    fc.assert(
      fc.property(randomLooks(), (looks) => {
        fc.pre(looks.length > 0);
        for (const { at: failedAt, recoveredAt, outcome } of shippedIn(workspace, looks).shipments) {
          expect(recoveredAt ?? failedAt).toBeGreaterThanOrEqual(failedAt);
          if (outcome === 'succeeded') expect(recoveredAt).toBeNull();
        }
      }),
      { numRuns: 50 },
    );
  });
});
