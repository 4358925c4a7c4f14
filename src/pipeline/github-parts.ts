import { workflowOf, type DatasetSettings } from '../domain/settings.ts';
import type { FeedName } from '../extractors/github/feeds.ts';
import { ISSUES, RUNS, streamFor } from './repositories.ts';

/** What a stream is asked by, and what it is called in the workspace. */
export type Part =
  | { readonly kind: 'feed'; readonly feed: FeedName; readonly stream: string; readonly label: string | null }
  | { readonly kind: 'runs'; readonly stream: string; readonly workflow: string };

/** Everything that the settings ask GitHub for. */
export function partsOf(settings: DatasetSettings): Part[] {
  const feeds = (['pull-requests', 'releases', 'deployments'] as const).map((feed): Part => ({
    kind: 'feed',
    feed,
    stream: feed,
    label: null,
  }));
  const issues = settings.incidentLabels.map((label): Part => ({
    kind: 'feed',
    feed: 'issues',
    stream: streamFor(ISSUES, label),
    label,
  }));
  const runs = settings.deploymentsFrom.flatMap((origin): Part[] => {
    const workflow = workflowOf(origin);
    return workflow === null ? [] : [{ kind: 'runs', stream: streamFor(RUNS, workflow), workflow }];
  });
  return [...feeds, ...issues, ...runs];
}
