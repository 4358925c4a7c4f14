import { Label, PullRequestCommit } from './parts.ts';
import type { PullRequest } from '../../model/pull-request.ts';
import { EVENT_TYPES, type EventType, type Thread } from '../../model/thread.ts';
import { pageOfList, type Page } from '../connection.ts';
import { NotServed } from '../refusal.ts';
import type { Args } from '../served.ts';

export const PAGED = ['first', 'last', 'after'] as const;

/** A list inside of something else, as a field that is paged. */
export function list<Source>(itemsOf: (source: Source) => readonly unknown[]) {
  return {
    args: PAGED,
    resolve: (source: Source, args: Args): Page => pageOfList(itemsOf(source), args),
  };
}

export const timelineItems = {
  args: [...PAGED, 'itemTypes'],
  resolve: (thread: Thread, args: Args): Page => {
    const wanted: readonly EventType[] = args.itemTypes?.map(eventType) ?? EVENT_TYPES;
    const events = thread.timeline.filter(({ type }) => wanted.includes(type));
    return pageOfList(events, args);
  },
};

export function labelsOf(thread: Thread): Label[] {
  return Array.from(thread.labels, (name) => new Label(name));
}

export function commitsOf(request: PullRequest): PullRequestCommit[] {
  return request.commits.map((commit) => new PullRequestCommit(commit));
}

/** `LABELED_EVENT` stands for the type `LabeledEvent`. */
function eventType(itemType: string): EventType {
  const words = itemType.toLowerCase().split('_');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  const type = EVENT_TYPES.find((known) => known === name);
  if (type === undefined) throw new NotServed(`timelineItems of ${itemType}`);
  return type;
}
