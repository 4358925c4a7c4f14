import { expect, it } from 'vitest';
import type { DeploymentSource } from '../../../src/domain/deployment.ts';
import { epochMs, MINUTE } from '../../../src/domain/units.ts';
import { deduplicate } from '../../../src/processors/deduplicator.ts';
import { at, deployment, sha } from '../../support/builders.ts';

const NOON = at('2026-01-05T12:00:00Z');

/** A, B, and A again a quarter of an hour later each. */
function thereAndBack(source: DeploymentSource) {
  return ['a', 'b', 'a'].map((revision, n) =>
    deployment(`${revision}${String(n)}`, epochMs(NOON + n * 15 * MINUTE), {
      source,
      revision: sha(revision),
    }),
  );
}

it.each(['github-deployment', 'workflow-run'] as const)(
  'a roll-out that goes back within the hour is one of its own, where %ss tell of every roll-out',
  (source) => {
    expect(deduplicate(thereAndBack(source))).toHaveLength(3);
  },
);

it('two tags of one commit are one deployment, whatever was tagged between them', () => {
  expect(deduplicate(thereAndBack('annotated-tag'))).toHaveLength(2);
});

it('two records of one revision within the hour are one deployment, where nothing else was rolled out between', () => {
  const [first, , third] = thereAndBack('github-deployment');
  expect(deduplicate([first, third].filter((one) => one !== undefined))).toHaveLength(1);
});
