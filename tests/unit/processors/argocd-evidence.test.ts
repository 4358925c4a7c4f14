import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApplicationSnapshot } from '../../../src/domain/argocd.ts';
import type { ArgoDeployment, ArgoEvent, ArgoGap, FailedAttempt } from '../../../src/domain/argocd-event.ts';
import { eventsOf, step } from '../../../src/processors/argocd-events.ts';
import { joinEvidence, mergeEvidence, type ArgoEvidence } from '../../../src/processors/argocd-evidence.ts';
import { lives } from '../../support/argocd/life.ts';
import { evidenceOf, snapshotOf, type Look } from '../../support/argocd/looks.ts';
import { randomLooks } from '../../support/argocd/random-life.ts';

type Snapshots = readonly ApplicationSnapshot[];

const written = lives().map(({ looks }) => looks.map(snapshotOf));

function toSnapshots(looks: readonly Look[]): Snapshots {
  return looks.map(snapshotOf);
}

/** Lives written by hand and made up, of old and new versions. */
const anyLife = fc.oneof(
  fc.constantFrom(...written),
  randomLooks().map(toSnapshots),
  randomLooks(true).map(toSnapshots),
);
/** Of versions that tell since when the health is what it is: of what they show nothing depends on how often one looks. */
const toldLife = fc.oneof(fc.constantFrom(...written), randomLooks().map(toSnapshots));

/** Some of the snapshots of a life, any number of times, in any order. */
function withSome(life: fc.Arbitrary<Snapshots>): fc.Arbitrary<{ whole: Snapshots; some: Snapshots }> {
  return life.chain((whole) =>
    fc
      .array(fc.nat(whole.length - 1), { minLength: 1, maxLength: 40 })
      .map((picks) => ({ whole, some: picks.flatMap((index) => whole[index] ?? []) })),
  );
}

function deploymentsOf(events: readonly ArgoEvent[]): ArgoDeployment[] {
  return events.filter((event) => event.type === 'deployment');
}

function attemptsOf(events: readonly ArgoEvent[]): FailedAttempt[] {
  return events.filter((event) => event.type === 'failed-attempt');
}

/** Evidence to the byte. */
function bytes(evidence: ArgoEvidence): string {
  return JSON.stringify(evidence);
}

/** A life is some dozens of documents, and each is read anew. */
const SLOW = { timeout: 60_000 };
const RUNS = { numRuns: 50 };

describe('evidence', SLOW, () => {
  it('is the same in whichever order and however often somebody looked', () => {
    fc.assert(
      fc.property(withSome(anyLife), ({ some }) => {
        const once = [...new Set(some)].toSorted((a, b) => (a.seenAt < b.seenAt ? -1 : 1));

        expect(bytes(evidenceOf(some))).toBe(bytes(evidenceOf(once)));
      }),
      RUNS,
    );
  });

  it('can be gathered in parts', () => {
    fc.assert(
      fc.property(withSome(anyLife), fc.nat(), ({ some }, cut) => {
        const at = 1 + (cut % some.length);
        const parts = [some.slice(0, at), some.slice(at)].filter((part) => part.length > 0).map(evidenceOf);

        expect(bytes(parts.reduce((a, b) => joinEvidence(b, a)))).toBe(bytes(evidenceOf(some)));
      }),
      RUNS,
    );
  });

  it('survives being stored as JSON', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const evidence = evidenceOf(life);
        const stored: ArgoEvidence = JSON.parse(bytes(evidence));

        expect(stored).toEqual(evidence);
        expect(eventsOf(stored)).toEqual(eventsOf(evidence));
      }),
      RUNS,
    );
  });

  it('is of one application, at a time', () => {
    const [first, other] = [written[0]?.[0], written[1]?.[0]];
    if (first === undefined || other === undefined) throw new RangeError('there are lives');

    expect(() => mergeEvidence(mergeEvidence(null, first), other)).toThrow(
      'argocd/shop is not argocd/cart-eu1',
    );
    expect(() => mergeEvidence(null, { ...first, seenAt: 'yesterday' })).toThrow('does not say when');
  });
});

describe('events of some of the looks', SLOW, () => {
  it('are deployments of the whole, and what they do not show of it is a gap or later than the last of them', () => {
    fc.assert(
      fc.property(withSome(anyLife), ({ whole, some }) => {
        const all = new Map(deploymentsOf(eventsOf(evidenceOf(whole))).map((event) => [event.key, event]));
        const events = eventsOf(evidenceOf(some));
        const shown = deploymentsOf(events);

        for (const { key, revisions, content, startedAt, deployedAt, sources } of shown) {
          expect(all.get(key)).toMatchObject({ revisions, content, startedAt, deployedAt, sources });
          all.delete(key);
        }
        const gaps = events.filter((event) => event.type === 'gap');
        for (const unseen of all.values()) expect(isAccountedFor(unseen, shown, gaps)).toBe(true);
      }),
      RUNS,
    );
  });

  it('call a deployment what the whole calls it, where nothing is missing before it', () => {
    fc.assert(
      fc.property(withSome(anyLife), ({ whole, some }) => {
        const all = new Map(deploymentsOf(eventsOf(evidenceOf(whole))).map(({ key, kind }) => [key, kind]));
        const broken = new Set<string>();

        for (const { application, isAfterGap, key, kind } of deploymentsOf(eventsOf(evidenceOf(some)))) {
          if (isAfterGap) broken.add(application.series);
          if (!broken.has(application.series)) expect(kind).toBe(all.get(key));
        }
      }),
      RUNS,
    );
  });

  it('know of no failed attempt that the whole does not know, nor of it sooner', () => {
    fc.assert(
      fc.property(withSome(anyLife), ({ whole, some }) => {
        const all = new Map(attemptsOf(eventsOf(evidenceOf(whole))).map((event) => [event.key, event]));

        for (const attempt of attemptsOf(eventsOf(evidenceOf(some)))) {
          const known = all.get(attempt.key);
          expect(known?.revisions).toEqual(attempt.revisions);
          expect(known?.at).toBeLessThanOrEqual(attempt.at);
          expect(known?.attempts).toBeGreaterThanOrEqual(attempt.attempts);
        }
      }),
      RUNS,
    );
  });

  it('call nothing a success of which the whole knows nothing, where Argo CD tells since when', () => {
    fc.assert(
      fc.property(withSome(toldLife), ({ whole, some }) => {
        const all = new Map(deploymentsOf(eventsOf(evidenceOf(whole))).map((event) => [event.key, event]));

        for (const { key, status, healthyAt } of deploymentsOf(eventsOf(evidenceOf(some)))) {
          const known = all.get(key);
          if (status === 'success') expect(['success', 'failed']).toContain(known?.status);
          if (known?.healthyAt !== null && healthyAt !== null) {
            expect(known?.healthyAt).toBeLessThanOrEqual(healthyAt);
          }
        }
      }),
      RUNS,
    );
  });
});

describe('a step', SLOW, () => {
  it('says what is new or not what it was, so that all steps together say everything', () => {
    fc.assert(
      fc.property(withSome(anyLife), ({ some }) => {
        const said = new Map<string, ArgoEvent>();
        let evidence: ArgoEvidence | null = null;
        for (const snapshot of some) {
          const { events, withdrawn, evidence: next }: ReturnType<typeof step> = step(evidence, snapshot);
          for (const event of events) {
            expect(said.get(event.key)).not.toEqual(event);
            said.set(event.key, event);
          }
          for (const key of withdrawn) expect(said.delete(key)).toBe(true);
          evidence = next;
        }
        const all = eventsOf(evidenceOf(some));

        expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
        expect(said).toEqual(new Map(all.map((event) => [event.key, event])));
      }),
      RUNS,
    );
  });

  it('says nothing when nothing has changed', () => {
    for (const life of written) {
      const [last] = life.slice(-1);
      if (last !== undefined) expect(step(evidenceOf(life), last).events).toEqual([]);
    }
  });
});

/** Whether a deployment that is not shown is in a gap, or after the newest one that is shown of its life, or in a life nobody saw. */
function isAccountedFor(
  { application: { series }, id, deployedAt }: ArgoDeployment,
  shown: readonly ArgoDeployment[],
  gaps: readonly ArgoGap[],
): boolean {
  const own = shown.filter((event) => event.application.series === series);
  if (own.every((event) => event.deployedAt < deployedAt)) return true;
  return gaps.some(
    ({ application, ids, before }) =>
      application.series === series &&
      ids !== null &&
      ids.from <= id &&
      id <= ids.to &&
      before !== null &&
      deployedAt < before,
  );
}
