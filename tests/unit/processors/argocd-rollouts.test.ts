import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rollout } from '../../../src/domain/argocd-settings.ts';
import type { DeploymentRecord } from '../../../src/domain/deployment-record.ts';
import { DAY, epochMs, HOUR, isoInstant, MINUTE } from '../../../src/domain/units.ts';
import { rolloutRecords } from '../../../src/processors/argocd-rollouts.ts';
import type { Shipment } from '../../../src/processors/argocd-shipments.ts';
import { APPLICATIONS, deployedDaily, onDay, shippedIn } from '../../support/argocd/shipped.ts';
import { at, sha } from '../../support/builders.ts';

const TEN = at('2026-03-01T10:00:00Z');

/** The image `shop:<version>` in a cluster, so many minutes after ten. */
function reached(
  cluster: string,
  minutes: number,
  { version = '1', ...some }: Partial<Shipment> & { readonly version?: string } = {},
): Shipment {
  return {
    id: `${cluster}@${String(minutes)}`,
    repository: 'acme/shop',
    component: 'shop',
    environment: 'production',
    cluster,
    at: after(minutes),
    kind: 'deployment',
    images: [{ reference: `quay.io/acme/shop:${version}`, labels: [] }],
    revision: null,
    untraced: null,
    outcome: 'succeeded',
    isUnverified: false,
    problem: null,
    recoveredAt: null,
    notBecause: null,
    ...some,
  };
}

function after(minutes: number) {
  return epochMs(TEN + minutes * MINUTE);
}

const DEGRADED = { outcome: 'failed', problem: 'degraded after the sync' } as const;

/** One line for each record: what, when it was done, where. */
function lines(shipments: readonly Shipment[], rollout: Rollout = 'component'): string[] {
  return rolloutRecords(shipments, { rollout }).map(lineOf);
}

function lineOf({ finishedAt, revision, rollout, outcome }: DeploymentRecord): string {
  const what = rollout?.images.map(({ reference }) => reference.replace('quay.io/acme/', '')).join(' + ');
  const where = rollout?.clusters.map(({ name, at: when }) => `${name} ${time(when)}`).join(', ');
  const failed = outcome === 'failed' ? `, failed: ${rollout?.problem ?? ''}` : '';
  return `${time(finishedAt ?? 0)} ${revision?.slice(0, 6) ?? what ?? ''} (${where ?? ''})${failed}`;
}

function time(instant: number): string {
  return isoInstant(instant).slice(11, 16);
}

describe('the same in three clusters', () => {
  const three = [reached('eu', 0), reached('us', 5), reached('ap', 20)];

  it('is one deployment, done with the last of them', () => {
    expect(rolloutRecords(three, { rollout: 'component' })).toEqual([
      {
        source: 'argocd',
        id: 'eu@0',
        name: 'shop',
        url: null,
        revision: null,
        tag: null,
        environment: 'production',
        workflow: null,
        rollout: {
          component: 'shop',
          clusters: [
            { name: 'eu', at: after(0) },
            { name: 'us', at: after(5) },
            { name: 'ap', at: after(20) },
          ],
          images: [{ reference: 'quay.io/acme/shop:1', labels: [] }],
          untraced: null,
          isUnverified: false,
          problem: null,
          recoveredAt: null,
        },
        finishedAt: after(20),
        outcome: 'succeeded',
        notBecause: null,
      },
    ]);
  });

  it('is three where each cluster counts by itself', () => {
    expect(lines(three, 'cluster')).toEqual([
      '10:00 shop:1 (eu 10:00)',
      '10:05 shop:1 (us 10:05)',
      '10:20 shop:1 (ap 10:20)',
    ]);
  });

  it('is one of each version, as Argo CD shows it', () => {
    const images = ['quay.io/acme/shop:1.0.0', 'quay.io/acme/shop:1.1.0'];
    const shipments = ['eu', 'us', 'ap'].flatMap((name, index) => {
      const model = deployedDaily([], { uid: `web-${name}`, cluster: `https://${name}.example:6443` });
      for (const [day, image] of images.entries())
        onDay(model, day + 1)
          .at(index * 60)
          .sync({ images: [image], then: 'Healthy' });
      return shippedIn(APPLICATIONS, model.looks).shipments;
    });

    expect(lines(shipments)).toEqual([
      '10:02 shop:1.0.0 (eu.example 10:00, us.example 10:01, ap.example 10:02)',
      '10:02 shop:1.1.0 (eu.example 10:00, us.example 10:01, ap.example 10:02)',
    ]);
  });
});

describe('a rollout', () => {
  it('ends after a day: what comes later is another one', () => {
    const minutes = DAY / MINUTE;

    expect(lines([reached('eu', 0), reached('us', minutes - 1), reached('ap', minutes)])).toEqual([
      '09:59 shop:1 (eu 10:00, us 09:59)',
      '10:00 shop:1 (ap 10:00)',
    ]);
  });

  it('begins anew where a cluster gets the same again, and takes the others along', () => {
    expect(lines([reached('eu', 0), reached('us', 5), reached('eu', 60), reached('us', 65)])).toEqual([
      '10:05 shop:1 (eu 10:00, us 10:05)',
      '11:05 shop:1 (eu 11:00, us 11:05)',
    ]);
  });

  it('is of one component, one environment and one thing', () => {
    const shipments = [
      reached('eu', 0),
      reached('us', 1, { component: 'cart' }),
      reached('ap', 2, { environment: 'staging' }),
      reached('us', 3, { version: '2' }),
      reached('us', 4, { kind: 'attempt', ...DEGRADED }),
      reached('us', 5, { images: [], revision: sha('a1') }),
      reached('us', 6, { notBecause: 'redeployed' }),
      reached('us', 7),
    ];

    expect(lines(shipments)).toEqual([
      '10:00 shop:1 (eu 10:00, us 10:07)',
      '10:01 shop:1 (us 10:01)',
      '10:02 shop:1 (ap 10:02)',
      '10:03 shop:2 (us 10:03)',
      '10:04 shop:1 (us 10:04), failed: degraded after the sync',
      '10:05 a10000 (us 10:05)',
      '10:06 shop:1 (us 10:06)',
    ]);
  });

  it('is of the same images in whichever order they are told', () => {
    const images = ['a', 'b'].map((name) => ({ reference: `quay.io/acme/${name}:1`, labels: [] }));

    expect(lines([reached('eu', 0, { images }), reached('us', 1, { images: images.toReversed() })])).toEqual([
      '10:01 a:1 + b:1 (eu 10:00, us 10:01)',
    ]);
  });

  it('has a cluster that nobody can name as another one each time', () => {
    expect(lines([reached('unknown', 0), reached('unknown', 1)])).toEqual([
      '10:00 shop:1 (unknown 10:00)',
      '10:01 shop:1 (unknown 10:01)',
    ]);
  });
});

describe('the end of a rollout', () => {
  it('is that of the last cluster, but none that came after the next version was on its way', () => {
    const shipments = [
      reached('eu', 0),
      reached('us', 30),
      reached('eu', 60, { version: '2' }),
      reached('ap', 90),
      reached('us', 95, { version: '2' }),
    ];

    expect(lines(shipments)).toEqual([
      '10:30 shop:1 (eu 10:00, us 10:30, ap 11:30)',
      '11:35 shop:2 (eu 11:00, us 11:35)',
    ]);
  });

  it.each([
    ['a sync that failed', { kind: 'attempt', version: '2', ...DEGRADED } as const],
    ['what was set aside', { version: '2', notBecause: 'no-op' } as const],
    ['another component', { version: '2', component: 'cart' }],
    ['another environment', { version: '2', environment: 'staging' }],
  ])('is not changed by %s', (_, other) => {
    expect(lines([reached('eu', 0), reached('eu', 10, other), reached('us', 20)])).toContain(
      '10:20 shop:1 (eu 10:00, us 10:20)',
    );
  });

  it('of a laggard alone is its own', () => {
    expect(lines([reached('eu', 0, { version: '2' }), reached('us', 60)])).toEqual([
      '10:00 shop:2 (eu 10:00)',
      '11:00 shop:1 (us 11:00)',
    ]);
  });
});

describe('a rollout that fails in one cluster of three', () => {
  const well = { ...DEGRADED, recoveredAt: after(50) };

  it('failed, and says where', () => {
    expect(lines([reached('eu', 0), reached('us', 5, DEGRADED), reached('ap', 20)])).toEqual([
      '10:20 shop:1 (eu 10:00, us 10:05, ap 10:20), failed: degraded after the sync (us)',
    ]);
  });

  it('failed there alone, where each cluster counts by itself', () => {
    expect(lines([reached('eu', 0), reached('us', 5, DEGRADED)], 'cluster')).toEqual([
      '10:00 shop:1 (eu 10:00)',
      '10:05 shop:1 (us 10:05), failed: degraded after the sync',
    ]);
  });

  it('names each problem once, and every cluster', () => {
    const gone = { ...DEGRADED, problem: 'everything was gone' };

    expect(lines([reached('eu', 0, DEGRADED), reached('us', 5, gone), reached('ap', 20, DEGRADED)])).toEqual([
      '10:20 shop:1 (eu 10:00, us 10:05, ap 10:20), failed: degraded after the sync; everything was gone (eu, us, ap)',
    ]);
  });

  it('is well again when all are', () => {
    const recoveries = [
      [reached('eu', 0), reached('us', 5, well)],
      [reached('eu', 0, { ...well, recoveredAt: after(70) }), reached('us', 5, well)],
      [reached('eu', 0, DEGRADED), reached('us', 5, well)],
      [reached('eu', 0), reached('us', 5)],
    ].map((shipments) => rolloutRecords(shipments, { rollout: 'component' })[0]?.rollout?.recoveredAt);

    expect(recoveries).toEqual([after(50), after(70), null, null]);
  });

  it('is unverified where one of them is', () => {
    const [record] = rolloutRecords([reached('eu', 0), reached('us', 5, { isUnverified: true })], {
      rollout: 'component',
    });

    expect(record?.rollout).toMatchObject({ isUnverified: true });
  });
});

describe('any shipments', () => {
  const some = fc
    .array(
      fc.record({
        cluster: fc.constantFrom('eu', 'us', 'ap', 'unknown'),
        minutes: fc.oneof(fc.nat(30), fc.nat(3 * (DAY / MINUTE))),
        version: fc.constantFrom('1', '2', '3'),
        component: fc.constantFrom('shop', 'cart'),
        isFailed: fc.boolean(),
        notBecause: fc.constantFrom(null, null, 'redeployed' as const),
      }),
      { maxLength: 40 },
    )
    .map((all) =>
      all.map(({ cluster, minutes, isFailed, ...rest }, index) =>
        reached(cluster, minutes, { ...rest, ...(isFailed ? DEGRADED : {}), id: `web#${String(index)}` }),
      ),
    );
  const rollouts = fc.constantFrom<Rollout>('component', 'cluster');

  it('give the same records in whichever order they come', () => {
    const inTwoOrders = some.chain((shipments) =>
      fc.tuple(fc.constant(shipments), fc.shuffledSubarray(shipments, { minLength: shipments.length })),
    );
    fc.assert(
      fc.property(inTwoOrders, rollouts, ([shipments, shuffled], rollout) => {
        expect(rolloutRecords(shuffled, { rollout })).toEqual(rolloutRecords(shipments, { rollout }));
      }),
    );
  });

  it('are each told once, in a record that has every cluster once', () => {
    fc.assert(
      fc.property(some, rollouts, (shipments, rollout) => {
        const clusters = rolloutRecords(shipments, { rollout }).map(
          (record) => record.rollout?.clusters ?? [],
        );
        const text = ({ name, at: when }: { name: string; at: number }) => `${name} ${String(when)}`;

        expect(clusters.flat().map(text).sort()).toEqual(
          shipments.map(({ cluster, at: when }) => text({ name: cluster, at: when })).sort(),
        );
        for (const all of clusters) expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
      }),
    );
  });

  it('fail as often as they failed, end between their first and their last cluster, and come in the order of their ends', () => {
    fc.assert(
      fc.property(some, rollouts, (shipments, rollout) => {
        const records = rolloutRecords(shipments, { rollout });
        const ends = records.map(({ finishedAt }) => finishedAt ?? 0);

        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
        for (const [index, { rollout: told, outcome }] of records.entries()) {
          const times = told?.clusters.map(({ at: when }) => when) ?? [];
          expect(ends[index]).toBeGreaterThanOrEqual(Math.min(...times));
          expect(ends[index]).toBeLessThanOrEqual(Math.max(...times));
          expect(Math.max(...times) - Math.min(...times)).toBeLessThan(24 * HOUR);
          expect(told?.problem === null).toBe(outcome === 'succeeded');
        }
        const failed = records.filter(({ outcome }) => outcome === 'failed').length;
        expect(failed).toBeLessThanOrEqual(shipments.filter(({ outcome }) => outcome === 'failed').length);
      }),
    );
  });
});
