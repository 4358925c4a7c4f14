import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ShippedCommits } from '../../../src/processors/shipped-commits.ts';
import { sha } from '../../support/builders.ts';

const SHA = fc.oneof(
  fc.string({ unit: fc.nat({ max: 15 }).map((digit) => digit.toString(16)), minLength: 40, maxLength: 40 }),
  fc.constantFrom('', 'HEAD', 'A'.repeat(40), sha('a', 64), sha('b').slice(1), `${sha('c')}\n`),
);
const STEP = fc.record({ deployment: fc.nat({ max: 40 }), sha: SHA, looks: fc.boolean() });

it('are those that were added, in order, whenever they are asked for', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 3000, size: 'max' }), (steps) => {
      const commits = new ShippedCommits();
      const expected = new Map<number, string[]>();
      for (const [position, { deployment, sha: one, looks }] of steps.entries()) {
        commits.add(deployment, one);
        const list = expected.get(deployment) ?? [];
        expected.set(deployment, list);
        if (/^[0-9a-f]{40}$/u.test(one)) list.push(one);
        if (looks && position % 50 === 0) expect(commits.of(deployment)).toEqual(list);
      }
      for (let deployment = 0; deployment <= 42; deployment += 1)
        expect(commits.of(deployment)).toEqual(expected.get(deployment) ?? []);
    }),
    { numRuns: 30 },
  );
});

it('are none where there is no such deployment', () => {
  const commits = new ShippedCommits();
  expect(commits.of(0)).toEqual([]);
  commits.add(3, sha('1'));
  expect([commits.of(2), commits.of(3), commits.of(4), commits.of(-1)]).toEqual([[], [sha('1')], [], []]);
});
