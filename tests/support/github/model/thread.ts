import { Item, type Place } from './collection.ts';
import { whoIs, type Actor, type Who } from './people.ts';

/** The events of a time line that the world keeps; each is called as GraphQL calls its type. */
export const EVENT_TYPES = [
  'LabeledEvent',
  'UnlabeledEvent',
  'ClosedEvent',
  'ReopenedEvent',
  'ReadyForReviewEvent',
  'ConvertToDraftEvent',
  'MergedEvent',
  'RenamedTitleEvent',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

interface EventDetails {
  readonly actor?: Who;
  readonly label?: string;
  readonly stateReason?: string;
}

/** Something that happened to an issue or a pull request. */
export class TimelineEvent {
  readonly type: EventType;
  readonly at: number;
  readonly actor: Actor | null;
  readonly label: string | null;
  readonly stateReason: string | null;

  constructor(type: EventType, at: number, details: EventDetails = {}) {
    this.type = type;
    this.at = at;
    this.actor = whoIs(details.actor ?? null);
    this.label = details.label ?? null;
    this.stateReason = details.stateReason ?? null;
  }
}

export interface ThreadFacts {
  readonly title: string;
  /** Epoch seconds. */
  readonly at: number;
  /** Default `alice`. */
  readonly author?: Who;
  readonly labels?: readonly string[];
}

/** What issues and pull requests have in common: a number, labels, and people who talk. */
export abstract class Thread extends Item {
  readonly number: number;
  readonly author: Actor | null;
  readonly labels = new Set<string>();
  readonly timeline: TimelineEvent[] = [];
  #title: string;

  constructor(place: Place, number: number, facts: ThreadFacts) {
    super(place, facts.at);
    this.number = number;
    this.author = whoIs(facts.author === undefined ? 'alice' : facts.author);
    this.#title = facts.title;
    for (const name of facts.labels ?? []) this.label(name, facts.at);
  }

  get title(): string {
    return this.#title;
  }

  label(name: string, at: number): void {
    this.labels.add(name);
    this.happened('LabeledEvent', at, { label: name });
  }

  unlabel(name: string, at: number): void {
    this.labels.delete(name);
    this.happened('UnlabeledEvent', at, { label: name });
  }

  retitle(title: string, at: number): void {
    this.#title = title;
    this.happened('RenamedTitleEvent', at);
  }

  /** Somebody says something: nothing that is kept changes but `updatedAt`. */
  comment(at: number): void {
    this.touch(at);
  }

  protected happened(type: EventType, at: number, details: EventDetails = {}): void {
    this.timeline.push(new TimelineEvent(type, at, { actor: this.author, ...details }));
    this.touch(at);
  }
}
