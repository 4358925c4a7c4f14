import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApplicationSnapshot } from '../../../src/domain/argocd.ts';
import { ARGO_SETTINGS } from '../../../src/domain/argocd-event.ts';
import { eventsOf } from '../../../src/processors/argocd-events.ts';
import type { ArgoEvidence } from '../../../src/processors/argocd-evidence.ts';
import { newsOf } from '../../../src/processors/argocd-news.ts';
import { lives, longLife } from '../../support/argocd/life.ts';
import { evidenceOf, linesSeen, snapshotOf, type Look } from '../../support/argocd/looks.ts';
import { randomLooks } from '../../support/argocd/random-life.ts';
import { running } from '../../support/argocd/web.ts';
import { epochMs, MINUTE } from '../../../src/domain/units.ts';
import { sha } from '../../support/builders.ts';

/** What is kept of these looks, taken one after the other. */
function keptOf(looks: readonly Look[]): {
  readonly kept: ApplicationSnapshot[];
  readonly known: ArgoEvidence;
} {
  const kept: ApplicationSnapshot[] = [];
  let known: ArgoEvidence | null = null;
  for (const look of looks) {
    const news = newsOf(known, snapshotOf(look), ARGO_SETTINGS);
    if (news === null) continue;
    kept.push(news.snapshot);
    known = news.evidence;
  }
  if (known === null) throw new RangeError('nobody looked');
  return { kept, known };
}

describe('what is kept of looking', () => {
  it.each(lives())('tells the same events as all looks at $name', ({ looks }) => {
    const { kept } = keptOf(looks);

    expect(eventsOf(evidenceOf(kept))).toEqual(eventsOf(evidenceOf(looks.map(snapshotOf))));
  });

  it.each([false, true])(
    'tells the same events as all looks at any life, in any order (old: %s)',
    (isOld) => {
      const some = randomLooks(isOld).chain((looks) => fc.shuffledSubarray([...looks]));
      fc.assert(
        fc.property(some, (looks) => {
          fc.pre(looks.length > 0);
          const { kept, known } = keptOf(looks);

          expect(evidenceOf(kept)).toEqual(known);
          expect(eventsOf(evidenceOf(kept))).toEqual(eventsOf(evidenceOf(looks.map(snapshotOf))));
        }),
        { numRuns: 150 },
      );
    },
  );

  it('is nothing where only time has passed, however often somebody looks', () => {
    const { looks } = running();
    const last = looks.slice(-1).flatMap(({ seenAt, document }) =>
      Array.from({ length: 1000 }, (_, minute) => ({
        seenAt: epochMs(seenAt + minute * MINUTE),
        document,
      })),
    );

    expect(keptOf([...looks, ...last]).kept).toHaveLength(keptOf(looks).kept.length);
  });

  it('has each entry of the history as often as something new is known of it', () => {
    const { looks } = longLife();
    const { kept } = keptOf(looks);
    const entries = (all: readonly ApplicationSnapshot[]) => all.flatMap(({ history }) => history).length;

    expect([entries(looks.map(snapshotOf)), entries(kept)]).toEqual([706, 80]);
  });

  it('is what follows from time alone: that a deployment is over which nobody saw healthy', () => {
    const model = running()
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')])
      .sync({ then: 'Progressing' });
    const later = model.at(3 * 3600).show();

    expect(linesSeen(later.looks).at(-1)).toMatch(/unverified$/u);
    expect(keptOf(later.looks).kept.at(-1)?.seenAt).toBe(snapshotOf(later.looks.at(-1) ?? never()).seenAt);
  });
});

function never(): never {
  throw new RangeError('there are looks');
}
