import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROLLOUTS, type Rollout } from '../../../src/domain/argocd-settings.ts';
import { clustersOf, type Deployment, type Outcome } from '../../../src/domain/deployment.ts';
import { epochMs, MINUTE } from '../../../src/domain/units.ts';
import { deduplicate } from '../../../src/processors/deduplicator.ts';
import { at, deployment, sha } from '../../support/builders.ts';

const NOON = at('2026-01-05T12:00:00Z');
const after = (minutes: number) => epochMs(NOON + minutes * MINUTE);

interface Seen {
  readonly revision?: string;
  readonly outcome?: Outcome;
  readonly recovered?: number;
  /** Of a component that is deployed in parts. */
  readonly part?: string;
}

/** What Argo CD did in `cluster`, so many minutes after noon. */
function rolled(
  name: string,
  cluster: string,
  minutes: number,
  { revision = 'a', outcome = 'succeeded', recovered, part }: Seen = {},
): Deployment {
  return deployment(name, after(minutes), {
    id: `argocd:acme/shop:${name}`,
    source: 'argocd',
    revision: sha(revision),
    outcome,
    sightings: [{ source: 'argocd', name, at: after(minutes), cluster, ...(part !== undefined && { part }) }],
    ...(recovered !== undefined && { recoveredAt: after(recovered) }),
  });
}

/** Each deployment in order of time: its name, its minute, how it ended, and the clusters with the minutes. */
function told(records: readonly Deployment[], rollout: Rollout): string[] {
  return deduplicate(records, rollout)
    .toSorted((a, b) => a.finishedAt - b.finishedAt || (a.id < b.id ? -1 : 1))
    .map((one) => {
      const minute = (instant: number) => String((instant - NOON) / MINUTE);
      const clusters = clustersOf(one).map(({ name, at: instant }) => `${name} ${minute(instant)}`);
      const others = one.sightings.flatMap(({ source, name }) => (source === 'argocd' ? [] : [name]));
      const end = one.recoveredAt === undefined ? '' : ` until ${minute(one.recoveredAt)}`;
      const outcome = one.outcome === 'succeeded' ? '' : ` ${one.outcome}`;
      return `${one.name} at ${minute(one.finishedAt)}${outcome}${end}: ${[...clusters, ...others].join(', ')}`;
    });
}

describe('one revision in three clusters', () => {
  const three = [rolled('u', 'us1', 45), rolled('e', 'eu1', 0), rolled('a', 'ap1', 20)];

  it('is one deployment, done when the last of them has it', () => {
    expect(told(three, 'component')).toEqual(['e at 45: eu1 0, ap1 20, us1 45']);
  });

  it('is three deployments where each cluster counts by itself', () => {
    expect(told(three, 'cluster')).toEqual(['e at 0: eu1 0', 'a at 20: ap1 20', 'u at 45: us1 45']);
  });

  it('is two deployments where the last one comes an hour after the first', () => {
    const late = [rolled('e', 'eu1', 0), rolled('a', 'ap1', 20), rolled('u', 'us1', 60)];

    expect(told(late, 'component')).toEqual(['e at 20: eu1 0, ap1 20', 'u at 60: us1 60']);
  });

  it('is one deployment where each cluster gets its parts one after the other', () => {
    const parts = [
      rolled('web', 'eu1', 0, { part: 'web' }),
      rolled('worker', 'eu1', 5, { part: 'worker' }),
      rolled('web-us', 'us1', 10, { part: 'web' }),
    ];

    expect(told(parts, 'component')).toEqual(['web at 10: eu1 0, us1 10']);
    expect(told(parts, 'cluster')).toEqual(['web at 5: eu1 0', 'web-us at 10: us1 10']);
  });

  it('is a deployment where it succeeded, and a failed one where it failed', () => {
    const mixed = [
      rolled('e', 'eu1', 0),
      rolled('a', 'ap1', 20, { outcome: 'failed' }),
      rolled('u', 'us1', 30),
      rolled('s', 'sa1', 40, { outcome: 'failed' }),
    ];

    expect(told(mixed, 'component')).toEqual(['a at 20 failed: ap1 20, sa1 40', 'e at 30: eu1 0, us1 30']);
  });

  it('is over when all that failed are well again, and open while one is not', () => {
    const failed = (name: string, cluster: string, minutes: number, recovered?: number) =>
      rolled(name, cluster, minutes, { outcome: 'failed', ...(recovered !== undefined && { recovered }) });

    expect(told([failed('e', 'eu1', 0, 30), failed('u', 'us1', 10, 20)], 'component')).toEqual([
      'e at 0 failed until 30: eu1 0, us1 10',
    ]);
    expect(told([failed('e', 'eu1', 0, 30), failed('u', 'us1', 10)], 'component')).toEqual([
      'e at 0 failed: eu1 0, us1 10',
    ]);
  });

  it('counts a cluster that needed a second attempt as one of those that have it', () => {
    const records = [
      rolled('e', 'eu1', 0),
      rolled('u', 'us1', 5, { outcome: 'failed' }),
      rolled('v', 'us1', 20),
    ];

    expect(told(records, 'component')).toEqual(['u at 5 failed: us1 5', 'e at 20: eu1 0, us1 20']);
    expect(told(records, 'cluster')).toEqual(['e at 0: eu1 0', 'u at 5 failed: us1 5', 'v at 20: us1 20']);
  });
});

describe('a revision that is deployed again within the hour, with another configuration', () => {
  it.each(ROLLOUTS)('is another deployment (%s)', (rollout) => {
    expect(told([rolled('e', 'eu1', 0), rolled('f', 'eu1', 10)], rollout)).toEqual([
      'e at 0: eu1 0',
      'f at 10: eu1 10',
    ]);
  });

  const both = [
    rolled('e', 'eu1', 0),
    rolled('f', 'eu1', 10),
    rolled('u', 'us1', 15),
    rolled('v', 'us1', 25),
  ];

  it('is one deployment of all clusters again, however they overtake each other', () => {
    expect(told(both, 'component')).toEqual(['e at 15: eu1 0, us1 15', 'f at 25: eu1 10, us1 25']);
  });

  it('is another one of each cluster', () => {
    expect(told(both, 'cluster')).toEqual([
      'e at 0: eu1 0',
      'f at 10: eu1 10',
      'u at 15: us1 15',
      'v at 25: us1 25',
    ]);
  });
});

describe('going back within the hour', () => {
  it.each(ROLLOUTS)('is a deployment of its own (%s)', (rollout) => {
    const records = [
      rolled('e1', 'eu1', 0),
      rolled('e2', 'eu1', 10, { revision: 'b' }),
      rolled('e3', 'eu1', 20),
    ];

    expect(told(records, rollout)).toEqual(['e1 at 0: eu1 0', 'e2 at 10: eu1 10', 'e3 at 20: eu1 20']);
  });

  it('is not what a cluster does that comes to each revision after the others', () => {
    const records = [
      rolled('e1', 'eu1', 0),
      rolled('e2', 'eu1', 10, { revision: 'b' }),
      rolled('u1', 'us1', 15),
      rolled('u2', 'us1', 25, { revision: 'b' }),
    ];

    expect(told(records, 'component')).toEqual(['e1 at 15: eu1 0, us1 15', 'e2 at 25: eu1 10, us1 25']);
  });
});

describe('what others say of the same revision', () => {
  const tagged = (name: string, minutes: number) => deployment(name, after(minutes), { revision: sha('a') });

  it('is seen by the roll-out nearest to it, and does not shorten its hour', () => {
    const records = [tagged('v1', -50), rolled('e', 'eu1', 0), rolled('u', 'us1', 45)];

    expect(told(records, 'component')).toEqual(['e at 45: eu1 0, us1 45, v1']);
    expect(told(records, 'cluster')).toEqual(['e at 0: eu1 0, v1', 'u at 45: us1 45']);
    expect(told([...records, tagged('v1-1', 50)], 'cluster')).toEqual([
      'e at 0: eu1 0, v1',
      'u at 45: us1 45, v1-1',
    ]);
  });

  it('is a deployment of its own an hour away', () => {
    const records = [tagged('v1', -60), tagged('v1-1', -70), rolled('e', 'eu1', 0)];

    expect(told(records, 'component')).toEqual(['v1-1 at -70: v1-1, v1', 'e at 0: eu1 0']);
  });
});

describe('the clusters of any records', () => {
  const records = fc
    .uniqueArray(
      fc.record({
        name: fc.stringMatching(/^[a-z]{1,3}$/u),
        cluster: fc.constantFrom('eu1', 'us1', 'unknown'),
        minutes: fc.nat(200),
        revision: fc.constantFrom('a', 'b'),
        outcome: fc.constantFrom<Outcome>('succeeded', 'failed', 'unknown'),
      }),
      { selector: ({ name }) => name, maxLength: 12 },
    )
    .map((each) => each.map(({ name, cluster, minutes, ...rest }) => rolled(name, cluster, minutes, rest)));

  it('are never lost, stand once in a deployment, and depend on no order', () => {
    fc.assert(
      fc.property(records, fc.constantFrom(...ROLLOUTS), (each, rollout) => {
        const kept = deduplicate(each, rollout);
        const seen = kept.flatMap(({ sightings }) => sightings);

        expect(seen.map(({ name }) => name).sort()).toEqual(each.map(({ name }) => name).sort());
        for (const one of kept) expect(clustersOf(one)).toHaveLength(one.sightings.length);
        if (rollout === 'cluster') expect(kept).toHaveLength(each.length);
        expect(told(each.toReversed(), rollout)).toEqual(told(each, rollout));
      }),
    );
  });
});
