import type { RefSnapshot } from '../domain/commit.ts';
import { compareText } from '../domain/compare.ts';
import type { BuiltImage, DeploymentRecord } from '../domain/deployment-record.ts';
import { imageReference } from '../domain/image-reference.ts';
import { printable } from '../domain/printable.ts';
import {
  imageCommit,
  UNTRACED_REASONS,
  type ImageCommitRule,
  type ImageOrigin,
  type Resolution,
} from './image-commits.ts';
import { USUAL_TAG_PATTERNS, type TagPattern } from './image-tags.ts';
import type { RepositoryHistory } from './repository-history.ts';
import { versionTags } from './version-tag.ts';

/** The commit that a record deployed, or why the clone does not have it. */
export type RecordCommit =
  | {
      readonly kind: 'found';
      readonly revision: string;
      /** The tag of the image that it was found by, where people would call the deployment so; else `null`. */
      readonly tag: string | null;
    }
  | { readonly kind: 'unknown'; readonly detail: string };

/** Finds the commits of records in one clone; what they abbreviate is looked up for all of them at once. */
export class RecordCommits {
  readonly #history: RepositoryHistory;
  readonly #tags: ReadonlyMap<string, string>;
  readonly #patterns: readonly TagPattern[];
  /** What exactly one commit begins with, by graph index, and what several do. */
  readonly #beginnings: {
    readonly one: ReadonlyMap<string, number>;
    readonly several: ReadonlySet<string>;
  };

  /** Every record that will be asked for must be among `records`. `patterns` are asked before the usual ones. */
  constructor(
    history: RepositoryHistory,
    { refs }: RefSnapshot,
    records: readonly DeploymentRecord[],
    patterns: readonly TagPattern[],
  ) {
    this.#history = history;
    this.#patterns = [...patterns, ...USUAL_TAG_PATTERNS];
    this.#tags = new Map(
      refs.flatMap(({ kind, name, commit }) => (kind === 'tag' && commit !== null ? [[name, commit]] : [])),
    );
    this.#beginnings = history.graph.beginnings(this.#abbreviations(records));
  }

  hasTag(name: string): boolean {
    return this.#tags.has(name);
  }

  of({ revision, tag, rollout }: DeploymentRecord): RecordCommit {
    const { graph } = this.#history;
    if (rollout !== undefined && rollout.images.length > 0) return this.#builtFrom(rollout.images);
    // the host may have lost the tag of a release that the clone still has
    const named = revision ?? this.#tags.get(tag ?? '') ?? null;
    const index = graph.indexOf(named ?? '');
    if (!graph.has(index)) return { kind: 'unknown', detail: printable(named ?? '') };
    return { kind: 'found', revision: graph.sha(index), tag: null };
  }

  /** Everything that tags and labels of images call a commit and that is none in full. */
  #abbreviations(records: readonly DeploymentRecord[]): ReadonlySet<string> {
    const { graph } = this.#history;
    const found = new Set<string>();
    const collect = (prefix: string): Resolution => {
      if (graph.indexOf(prefix) < 0) found.add(prefix);
      return { kind: 'none' };
    };
    for (const { rollout } of records) for (const image of rollout?.images ?? []) this.#trace(image, collect);
    return found;
  }

  readonly #resolve = (prefix: string): Resolution => {
    const { graph } = this.#history;
    const whole = graph.indexOf(prefix);
    if (graph.has(whole)) return { kind: 'one', sha: graph.sha(whole) };
    if (this.#beginnings.several.has(prefix)) return { kind: 'several' };
    const index = this.#beginnings.one.get(prefix);
    return index === undefined ? { kind: 'none' } : { kind: 'one', sha: graph.sha(index) };
  };

  #trace({ reference, labels }: BuiltImage, resolve: ImageOrigin['resolve']): TracedImage {
    const refused = (why: string): TracedImage => ({ kind: 'unknown', why: `${shown(reference)}: ${why}` });
    const image = imageReference(reference);
    if (image === null) return refused('It is not the name of an image.');
    const commit = imageCommit(image, labels, {
      // a clone does not tell what its repository is called elsewhere: a label counts where it has the commit
      repository: null,
      resolve,
      tagCommit: (tag) => this.#tags.get(tag) ?? null,
      patterns: this.#patterns,
    });
    if (commit.kind === 'untraced') return refused(UNTRACED_REASONS[commit.reason]);
    if (commit.isInClone !== true) return refused(UNTRACED_REASONS['unknown-commit']);
    const index = this.#history.graph.indexOf(commit.sha);
    return { kind: 'traced', index, tag: nameIn(image.tag, commit.rule) };
  }

  #builtFrom(images: readonly BuiltImage[]): RecordCommit {
    const found = images.map((image) => this.#trace(image, this.#resolve));
    const traced = found.filter((each) => each.kind === 'traced');
    const newest = this.#newest(traced.map(({ index }) => index));
    if (newest === null) {
      const reasons = found.flatMap((each) => (each.kind === 'unknown' ? [each.why] : []));
      return { kind: 'unknown', detail: firstOf(reasons) };
    }
    const tag = traced.find((each) => each.index === newest && each.tag !== null)?.tag ?? null;
    return { kind: 'found', revision: this.#history.graph.sha(newest), tag };
  }

  /** The one that contains all others; where none does, the last that was committed. */
  #newest(indexes: readonly number[]): number | null {
    const { graph } = this.#history;
    const byLevel = [...new Set(indexes)].sort(
      (a, b) => graph.level(b) - graph.level(a) || compareText(graph.sha(a), graph.sha(b)),
    );
    const [top, ...others] = byLevel;
    if (top === undefined || others.every((other) => graph.isAncestor(other, top))) return top ?? null;
    const committedAt = (index: number) => {
      const at = graph.committedAt(index);
      return Number.isNaN(at) ? -Infinity : at;
    };
    // the sort keeps the order by level where the dates are the same
    return byLevel.reduce((best, next) => (committedAt(next) > committedAt(best) ? next : best), top);
  }
}

type TracedImage =
  | { readonly kind: 'traced'; readonly index: number; readonly tag: string | null }
  /** `quay.io/acme/shop:latest: The tag moves …` */
  | { readonly kind: 'unknown'; readonly why: string };

/** A longer name is no name any more, but for a version. */
const LONGEST_NAME = 20;
const LONGEST_VERSION = 40;
const { isVersion } = versionTags(null);

/** A tag that says which build it is. One that is a sha is told shorter by the commit, and one that moves tells nothing. */
function nameIn(tag: string | null, rule: ImageCommitRule): string | null {
  if (tag === null) return null;
  const isName = isVersion(tag)
    ? tag.length <= LONGEST_VERSION
    : rule === 'tag-pattern' && tag.length <= LONGEST_NAME;
  return isName ? tag : null;
}

const LONGEST_REFERENCE = 300;

function shown(reference: string): string {
  const text = printable(reference);
  return text.length > LONGEST_REFERENCE ? `${text.slice(0, LONGEST_REFERENCE - 1)}…` : text;
}

/** Of so many images it is said why they lead to no commit. */
const MOST_REASONS = 3;

function firstOf(reasons: readonly string[]): string {
  const more = reasons.length - MOST_REASONS;
  return [...reasons.slice(0, MOST_REASONS), ...(more > 0 ? [`And ${String(more)} more.`] : [])].join(' ');
}
