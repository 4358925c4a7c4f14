import { Issue } from '../../model/issue.ts';
import { PullRequest, Review } from '../../model/pull-request.ts';
import { TimelineEvent } from '../../model/thread.ts';
import { iso, isoOrNull } from '../../model/time.ts';
import { served, type ServedType } from '../served.ts';
import { commitsOf, labelsOf, list, timelineItems } from './lists.ts';
import { Label, PullRequestCommit } from './parts.ts';

const NO_OID = '0'.repeat(40);

const pullRequest = served('PullRequest', PullRequest, {
  id: (request) => request.id,
  fullDatabaseId: (request) => String(request.databaseId),
  number: (request) => request.number,
  title: (request) => request.title,
  url: (request) => `${request.home.url}/pull/${request.number}`,
  state: (request) => request.state,
  isDraft: (request) => request.isDraft,
  merged: (request) => request.state === 'MERGED',
  createdAt: (request) => iso(request.createdAt),
  updatedAt: (request) => iso(request.updatedAt),
  mergedAt: (request) => isoOrNull(request.mergedAt),
  closedAt: (request) => isoOrNull(request.closedAt),
  baseRefName: (request) => request.base,
  headRefName: (request) => request.head,
  headRefOid: (request) => request.commits.at(-1)?.oid ?? NO_OID,
  author: (request) => request.author,
  mergeCommit: (request) => request.mergeCommit,
  labels: list(labelsOf),
  commits: list(commitsOf),
  reviews: list((request) => request.reviews),
  timelineItems,
});

const issue = served('Issue', Issue, {
  id: (of) => of.id,
  number: (of) => of.number,
  title: (of) => of.title,
  body: (of) => of.body,
  bodyText: (of) => of.body,
  url: (of) => `${of.home.url}/issues/${of.number}`,
  state: (of) => of.state,
  stateReason: (of) => of.stateReason,
  createdAt: (of) => iso(of.createdAt),
  updatedAt: (of) => iso(of.updatedAt),
  closedAt: (of) => isoOrNull(of.closedAt),
  author: (of) => of.author,
  labels: list(labelsOf),
  timelineItems,
});

const when = (event: TimelineEvent) => iso(event.at);
const who = (event: TimelineEvent) => event.actor;

/** The events of a time line: one class here, a type each there. */
const events = [
  served('LabeledEvent', TimelineEvent, {
    createdAt: when,
    actor: who,
    label: (event) => new Label(event.label ?? ''),
  }),
  served('UnlabeledEvent', TimelineEvent, {
    createdAt: when,
    actor: who,
    label: (event) => new Label(event.label ?? ''),
  }),
  served('ClosedEvent', TimelineEvent, {
    createdAt: when,
    actor: who,
    stateReason: (event) => event.stateReason,
  }),
  served('ReopenedEvent', TimelineEvent, {
    createdAt: when,
    actor: who,
    stateReason: (event) => event.stateReason,
  }),
  ...['ReadyForReviewEvent', 'ConvertToDraftEvent', 'MergedEvent', 'RenamedTitleEvent'].map((type) =>
    served(type, TimelineEvent, { createdAt: when, actor: who }),
  ),
];

export const THREAD_TYPES: readonly ServedType[] = [
  pullRequest,
  issue,
  ...events,
  served('Label', Label, { name: (label) => label.name }),
  served('PullRequestCommit', PullRequestCommit, { commit: (of) => of.commit }),
  served('PullRequestReview', Review, {
    state: (review) => review.state,
    submittedAt: (review) => isoOrNull(review.submittedAt),
    author: (review) => review.author,
  }),
];
