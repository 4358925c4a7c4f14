import { DAY } from '../../domain/units.ts';
import {
  DEPLOYMENTS,
  ISSUES,
  MORE_COMMITS,
  MORE_REVIEWS,
  MORE_STATUSES,
  PULL_REQUESTS,
  RELEASES,
} from './documents.ts';
import { firstReviewOf } from './normalise.ts';
import { OVERLAP, type Feed, type Node } from './pass.ts';

export const FEED_NAMES = ['pull-requests', 'releases', 'deployments', 'issues'] as const;
export type FeedName = (typeof FEED_NAMES)[number];

/** A list of a repository: how it is asked for, and how it is followed. */
export interface FeedDefinition {
  readonly feed: Feed;
  readonly document: string;
  /** Its field below `repository`. */
  readonly field: string;
  /** What people read in progress and messages. */
  readonly words: string;
  /** Lists inside an item that may be longer than what a page holds of them. */
  readonly inner: readonly InnerList[];
}

export interface InnerList {
  readonly field: string;
  readonly document: string;
  /** Whether the rest is needed at all. */
  readonly isNeeded: (node: Node) => boolean;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u;

const timeIn =
  (field: 'updatedAt' | 'createdAt') =>
  (node: Node): string => {
    const time = node[field];
    return typeof time === 'string' && INSTANT.test(time) && Number.isFinite(Date.parse(time)) ? time : '';
  };

const ENDED = new Set(['SUCCESS', 'FAILURE', 'ERROR', 'INACTIVE', 'ABANDONED', 'DESTROYED', 'ACTIVE']);

export const FEEDS: Readonly<Record<FeedName, FeedDefinition>> = {
  'pull-requests': {
    feed: {
      kind: 'log',
      timeOf: timeIn('updatedAt'),
      largestPage: 50,
      overlap: OVERLAP,
      isUnfinished: () => false,
      waitsFor: 0,
    },
    document: PULL_REQUESTS,
    field: 'pullRequests',
    words: 'pull requests',
    inner: [
      { field: 'commits', document: MORE_COMMITS, isNeeded: () => true },
      { field: 'reviews', document: MORE_REVIEWS, isNeeded: (node) => firstReviewOf(node) === null },
    ],
  },
  releases: {
    feed: { kind: 'set', timeOf: timeIn('createdAt'), largestPage: 100 },
    document: RELEASES,
    field: 'releases',
    words: 'releases',
    inner: [],
  },
  deployments: {
    feed: {
      kind: 'log',
      timeOf: timeIn('createdAt'),
      largestPage: 100,
      overlap: DAY,
      isUnfinished: ({ state }) => typeof state === 'string' && !ENDED.has(state),
      waitsFor: 30 * DAY,
    },
    document: DEPLOYMENTS,
    field: 'deployments',
    words: 'deployments',
    inner: [{ field: 'statuses', document: MORE_STATUSES, isNeeded: () => true }],
  },
  issues: {
    feed: { kind: 'set', timeOf: timeIn('updatedAt'), largestPage: 100 },
    document: ISSUES,
    field: 'issues',
    words: 'incident issues',
    inner: [],
  },
};
