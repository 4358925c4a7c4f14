import { describe, expect, it } from 'vitest';
import type { AssessedDeployment } from '../../../src/domain/deployment.ts';
import { devlakeResult } from '../../../src/domain/devlake.ts';
import { assessed, at, failure } from '../../support/builders.ts';

const MORNING = at('2026-01-12T10:00:00Z');
const NOON = at('2026-01-12T12:00:00Z');

function said(failed: boolean | null): AssessedDeployment['annotation'] {
  return { rows: ['r1'], failed, hotfix: null, rollback: null };
}

describe('what DevLake is told of a deployment', () => {
  it.each([
    ['succeeded', 'SUCCESS'],
    ['failed', 'FAILURE'],
    ['unknown', 'UNKNOWN'],
  ] as const)('that %s is %s', (outcome, result) => {
    expect(devlakeResult(assessed('v1', MORNING, { outcome }))).toBe(result);
  });

  it.each(['succeeded', 'unknown'] as const)(
    'that %s and that a person calls failed is FAILURE',
    (outcome) => {
      const failures = [failure(MORNING, null, { rule: 'annotated' })];

      expect(devlakeResult(assessed('v1', MORNING, { outcome, annotation: said(true), failures }))).toBe(
        'FAILURE',
      );
    },
  );

  it.each(['incident', 'rollback', 'revert', 'hotfix'] as const)(
    'that succeeded and failed by the rule %s stays SUCCESS',
    (rule) => {
      const failures = [failure(MORNING, NOON, { rule })];

      expect(devlakeResult(assessed('v1', MORNING, { failures }))).toBe('SUCCESS');
    },
  );

  it('that a person said something else of says what its outcome says', () => {
    expect(devlakeResult(assessed('v1', MORNING, { annotation: said(null) }))).toBe('SUCCESS');
    expect(devlakeResult(assessed('v1', MORNING, { annotation: said(false) }))).toBe('SUCCESS');
  });
});
