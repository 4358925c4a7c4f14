import { describe, expect, it } from 'vitest';
import { missingStreams } from '../../../src/pipeline/missing-streams.ts';
import { emptyState } from '../../../src/storage/state.ts';
import { datasetSettings } from '../../support/builders.ts';

/** The state in which these streams of GitHub are stored, by repository. */
function stored(streams: Readonly<Record<string, readonly string[]>>) {
  const all = Object.entries(streams).flatMap(([scope, names]) =>
    names.map((stream) => {
      const state = {
        source: 'github',
        scope,
        stream,
        checkedAt: '2026-11-20T00:00:00Z',
        cursor: {},
        segments: [],
      };
      return [`github/${scope}/${stream}`, state] as const;
    }),
  );
  return { ...emptyState('key'), streams: Object.fromEntries(all) };
}

const WHOLE = ['pull-requests', 'releases', 'deployments', 'issues-incident'];

describe('what was never extracted', () => {
  it('is nothing where all is there, or where nobody asked GitHub', () => {
    const state = stored({ 'acme/a': WHOLE });

    expect(missingStreams(state, ['acme/a', 'acme/local'], datasetSettings())).toEqual([]);
  });

  it('is said once for all repositories that lack the same, and names the first of many', () => {
    const names = ['acme/a', 'acme/b', 'acme/c', 'acme/d', 'acme/e'];
    const state = stored({
      ...Object.fromEntries(names.map((name) => [name, WHOLE])),
      'acme/f': WHOLE.slice(0, 3),
    });
    const settings = datasetSettings({ incidentLabels: ['incident', 'outage'] });

    expect(missingStreams(state, [...names, 'acme/f'], settings)).toEqual([
      expect.stringMatching(
        /^acme\/a, acme\/b, acme\/c and 2 more: \S.*outage.* were never extracted: run dora-metrics extract$/u,
      ),
      expect.stringMatching(/^acme\/f: \S.*incident.*outage.* were never extracted/u),
    ]);
  });
});
