import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deduplicate } from '../../../src/processors/deduplicator.ts';
import { DEPLOYMENT_SOURCES } from '../../../src/domain/deployment.ts';
import { epochMs, HOUR } from '../../../src/domain/units.ts';
import { at, deployment, sha } from '../../support/builders.ts';

const NOON = at('2026-11-20T12:00:00Z');
const after = (milliseconds: number) => epochMs(NOON + milliseconds);
const names = (deployments: readonly { readonly name: string }[]) =>
  deployments.map(({ name }) => name).sort();

describe('deduplicate', () => {
  it('makes one deployment of two tags on one commit within the hour, and keeps both as evidence', () => {
    const light = deployment('v1.0.0', NOON, { source: 'lightweight-tag' });
    const annotated = deployment('shop-1.0.0', after(HOUR - 1));

    const [kept, ...others] = deduplicate([light, annotated]);

    expect(others).toEqual([]);
    expect(kept).toMatchObject({ name: 'shop-1.0.0', finishedAt: after(HOUR - 1), estimated: false });
    expect(kept?.sightings.map(({ name }) => name)).toEqual(['shop-1.0.0', 'v1.0.0']);
  });

  it('keeps two that are an hour apart', () => {
    expect(names(deduplicate([deployment('a', NOON), deployment('b', after(HOUR))]))).toEqual(['a', 'b']);
  });

  it('measures the hour from the first of the group, so a chain does not grow for ever', () => {
    const chain = [0, 40, 80, 120].map((minutes) => deployment(String(minutes), after(minutes * 60_000)));

    expect(names(deduplicate(chain))).toEqual(['0', '80']);
  });

  it.each([
    ['revision', { revision: sha('2') }],
    ['component', { component: 'ui' }],
    ['environment', { environment: 'staging' }],
    ['repository', { repository: 'acme/api' }],
  ])('keeps two that differ in their %s', (_, other) => {
    expect(deduplicate([deployment('a', NOON), deployment('b', NOON, other)])).toHaveLength(2);
  });

  it('prefers the stronger source, then the earlier one, then the smaller id', () => {
    const merge = deployment('m', NOON, { source: 'merge' });

    expect(names(deduplicate([merge, deployment('l', after(9), { source: 'lightweight-tag' })]))).toEqual([
      'l',
    ]);
    expect(names(deduplicate([deployment('b', after(9)), deployment('a', after(8))]))).toEqual(['a']);
    expect(names(deduplicate([deployment('b', NOON), deployment('a', NOON)]))).toEqual(['a']);
  });

  const records = fc
    .uniqueArray(
      fc.record({
        name: fc.stringMatching(/^[a-z]{1,3}$/u),
        minutes: fc.nat(300),
        revision: fc.constantFrom('1', '2'),
        source: fc.constantFrom(...DEPLOYMENT_SOURCES),
      }),
      { selector: ({ name }) => name, maxLength: 12 },
    )
    .map((each) =>
      each.map(({ name, minutes, revision, source }) =>
        deployment(name, after(minutes * 60_000), { revision: sha(revision), source }),
      ),
    );

  it('loses no sighting, in whatever order the records come', () => {
    fc.assert(
      fc.property(records, (each) => {
        const byName = (found: ReturnType<typeof deduplicate>) =>
          found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
        const kept = deduplicate(each);

        expect(names(kept.flatMap(({ sightings }) => sightings))).toEqual(names(each));
        expect(byName(deduplicate(each.toReversed()))).toEqual(byName(kept));
      }),
    );
  });
});
