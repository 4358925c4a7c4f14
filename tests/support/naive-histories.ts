/**
 * Raw histories made up in memory, as strange as real ones: a list of steps, played by a maker that keeps the book.
 *
 * Instants fall on few values, so that ties and the exact ends of windows are common.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { NO_TRAILERS, type Commit, type Ref, type Trailers } from '../../src/domain/commit.ts';
import type { ComponentSettings, DatasetSettings, DeploymentOrigin } from '../../src/domain/settings.ts';
import {
  DAY,
  durationMs,
  epochMs,
  HOUR,
  MINUTE,
  SECOND,
  WEEK,
  type EpochMs,
} from '../../src/domain/units.ts';
import { datasetSettings } from './builders.ts';
import type { NaiveInput } from './naive.ts';

export interface MadeHistory extends NaiveInput {
  /** What occurs in it, by name: the test counts them. */
  readonly features: ReadonlySet<string>;
}

interface Step {
  readonly play: Play;
  /** What the step is about; each play reads them as it likes. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** How long after the step before. */
  readonly wait: number;
}

interface Layout {
  readonly name: string;
  readonly components: readonly ComponentSettings[];
  readonly tagPattern: string | null;
  /** How tags are called: `v`, `ui@`, `api-v`. */
  readonly schemes: readonly string[];
}

const UI = { name: 'ui', paths: ['ui/**'], tags: null, environments: [], workflows: [] };
const API = { name: 'api', paths: ['api/**', 'lib/**'], tags: null, environments: [], workflows: [] };

const LAYOUTS: readonly Layout[] = [
  { name: 'whole repository', components: [], tagPattern: null, schemes: ['v', 'v', 'v', 'ui@'] },
  {
    name: 'tag pattern',
    components: [],
    tagPattern: String.raw`^v\d+\.\d+\.\d+$`,
    schemes: ['v', 'v', 'v', 'ui-v'],
  },
  {
    name: 'components by name',
    components: [UI, API],
    tagPattern: null,
    schemes: ['ui@', 'ui-v', 'api@', 'v'],
  },
  {
    name: 'components deployed together',
    components: [
      { ...UI, tags: '^v' },
      { ...API, tags: '^v' },
    ],
    tagPattern: null,
    schemes: ['v'],
  },
  {
    name: 'component without paths',
    components: [{ name: 'all', paths: [], tags: null, environments: [], workflows: [] }, UI],
    tagPattern: null,
    schemes: ['all@', 'all-v', 'ui@'],
  },
];

const START = Date.UTC(2026, 0, 5);
const WAITS = [0, 0, 0, SECOND, 30 * MINUTE, HOUR - SECOND, HOUR, HOUR, DAY, DAY, 3 * DAY, WEEK - DAY, WEEK];
const AUTHORS = ['Ada', 'Brian', 'renovate[bot]', 'Grace'];
const SUBJECTS = [
  'add',
  'add',
  'add',
  'fix (#12)',
  'hotfix: repair',
  'Hotfix',
  'hotfixes explained',
  'hotfix',
];
const PATHS: readonly (readonly string[])[] = [
  ['ui/a.ts'],
  ['ui/a.ts'],
  ['api/b.ts'],
  ['api/b.ts', 'ui/a.ts'],
  ['lib/c.ts', 'docs/d.md'],
  ['docs/d.md'],
  ['README.md'],
  [],
];
/** Originals that no clone has, so that several copies can come from the same one. */
const LOST = ['lost 1', 'lost 2'];

/** The plays, with how often each is chosen. */
const PLAYS = [
  ['commit', 10],
  ['branch', 2],
  ['merge', 4],
  ['octopus', 1],
  ['criss-cross', 1],
  ['pick', 4],
  ['revert', 3],
  ['import', 1],
  ['tag', 8],
  ['tag again', 2],
  ['roll back', 2],
  ['tag two at once', 1],
  ['odd tag', 1],
  ['hotfix branch', 2],
  ['release branch', 2],
  ['ship and revert', 2],
  ['delete branch', 1],
  ['rewrite', 1],
] as const;
type Play = (typeof PLAYS)[number][0];

const number = fc.integer({ min: 0, max: 1_000_000 });

const step: fc.Arbitrary<Step> = fc.record({
  play: fc.oneof(...PLAYS.map(([play, weight]) => ({ weight, arbitrary: fc.constant<Play>(play) }))),
  a: number,
  b: number,
  c: number,
  wait: fc.constantFrom(...WAITS),
});

const window = fc.constantFrom(0, HOUR, DAY, WEEK, WEEK).map(durationMs);

const settings = fc.record({
  environment: fc.oneof(
    { weight: 9, arbitrary: fc.constant('production') },
    { weight: 1, arbitrary: fc.constant('staging') },
  ),
  deploymentsFrom: fc.constantFrom<readonly DeploymentOrigin[]>(
    ['auto'],
    ['auto'],
    ['auto'],
    ['tags'],
    ['merges'],
    ['tags', 'merges'],
  ),
  exclude: fc.record({
    authors: fc.constantFrom([], ['*[bot]'], ['GRACE']),
    paths: fc.constantFrom([], [], ['docs/**']),
  }),
  failures: fc.record({ revertWithin: window, hotfixWithin: window }),
  hotfix: fc.constant({ branches: ['hotfix/*'], subjects: [String.raw`^hotfix\b`] }),
});

/** Any history, of up to `longest` steps. */
export function histories(longest = 70): fc.Arbitrary<MadeHistory> {
  return fc
    .record({
      layout: fc.constantFrom(...LAYOUTS),
      settings,
      format: fc.constantFrom('sha1', 'sha1', 'sha256'),
      steps: fc.oneof(
        { weight: 1, arbitrary: fc.array(step, { maxLength: 3 }) },
        { weight: 20, arbitrary: fc.array(step, { minLength: 12, maxLength: longest, size: 'max' }) },
      ),
    })
    .map(({ layout, settings: chosen, format, steps }) => {
      const maker = new HistoryMaker(
        layout,
        datasetSettings({
          ...chosen,
          exclude: { ...chosen.exclude, bots: false },
          hotfix: { ...chosen.hotfix, labels: [] },
          failures: { ...chosen.failures, incidentWithin: durationMs(0) },
          tagPattern: layout.tagPattern,
        }),
        format,
      );
      for (const each of steps) maker.play(each);
      return maker.made();
    });
}

interface NewCommit {
  readonly parents: readonly string[];
  readonly subject: string;
  readonly n: number;
  readonly author?: string;
  readonly authoredAt?: EpochMs | null;
  readonly trailers?: Trailers;
  readonly paths?: readonly string[];
}

class HistoryMaker {
  readonly #layout: Layout;
  readonly #settings: DatasetSettings;
  readonly #format: string;
  readonly #withPaths: boolean;
  readonly #features = new Set<string>();
  readonly #commits: Commit[] = [];
  readonly #tags: Ref[] = [];
  #branches: { readonly name: string; tip: string }[] = [];
  #now = START;
  #count = 0;

  constructor(layout: Layout, settings: DatasetSettings, format: string) {
    this.#layout = layout;
    this.#settings = settings;
    this.#format = format;
    this.#withPaths =
      settings.exclude.paths.length > 0 || layout.components.some(({ paths }) => paths.length > 0);
    this.#say(`layout: ${layout.name}`);
    this.#say(`from: ${settings.deploymentsFrom.join('+')}`);
    this.#say(`format: ${format}`);
    this.#say(`environment: ${settings.environment}`);
  }

  made(): MadeHistory {
    if (this.#commits.length === 0) this.#say('empty repository');
    const main = this.#branches.find(({ name }) => name === 'main');
    return {
      commits: this.#commits,
      refs: {
        refs: [
          ...this.#branches.map(({ name, tip }): Ref => ({
            kind: 'branch',
            name,
            commit: tip,
            taggedAt: null,
          })),
          ...this.#tags,
        ],
        branch: main === undefined ? null : { name: 'main', commit: main.tip },
      },
      repository: { name: 'acme/shop', components: this.#layout.components },
      settings: this.#settings,
      features: this.#features,
    };
  }

  play({ play, a, b, c, wait }: Step): void {
    this.#now += wait;
    if (this.#branches.length === 0) {
      if (play === 'odd tag') this.#oddTag(a);
      else if (play !== 'delete branch')
        this.#branches.push({ name: 'main', tip: this.#commit({ parents: [], subject: 'first', n: a }) });
      return;
    }
    const branch = pick(this.#branches, a);
    switch (play) {
      case 'commit':
        branch.tip = this.#commit({ parents: [branch.tip], subject: pick(SUBJECTS, b), n: c });
        break;
      case 'branch':
        this.#branchFrom(b % 2 === 0 ? branch.tip : this.#recent(b), c);
        break;
      case 'merge':
        this.#merge(branch, pick(this.#branches, b), c);
        break;
      case 'octopus':
        this.#octopus(branch, b);
        break;
      case 'criss-cross':
        this.#crissCross(branch, pick(this.#branches, b));
        break;
      case 'pick':
        this.#pick(this.#recent(b), branch, c);
        break;
      case 'revert':
        this.#revert(b, branch, c);
        break;
      case 'import':
        this.#import(branch, b, c);
        break;
      case 'tag':
        this.#tag(b % 5 === 0 ? this.#recent(c) : branch.tip, c);
        break;
      case 'tag again':
        this.#tagAgain(b, c);
        break;
      case 'roll back':
        this.#rollBack(b, c);
        break;
      case 'tag two at once':
        this.#say('two tags at one instant');
        this.#tag(branch.tip, 0);
        this.#tag(pick(this.#branches, b).tip, 2);
        break;
      case 'odd tag':
        this.#oddTag(b);
        break;
      case 'hotfix branch':
        this.#hotfixBranch(branch, b, c);
        break;
      case 'release branch':
        this.#releaseBranch(b, c);
        break;
      case 'ship and revert':
        this.#shipAndRevert(branch, b, c);
        break;
      case 'delete branch':
        if (branch.name !== 'main') {
          this.#say('deleted branch');
          this.#branches = this.#branches.filter((other) => other !== branch);
        }
        break;
      case 'rewrite': {
        const [parent] = this.#get(branch.tip).parents;
        if (parent !== undefined) {
          this.#say('rewritten history');
          branch.tip = parent;
        }
        break;
      }
    }
  }

  #branchFrom(commit: string, n: number): { readonly name: string; tip: string } {
    this.#count += 1;
    const kind = pick(['release', 'hotfix', 'feature'], n);
    const made = { name: `${kind}/${String(this.#count)}`, tip: commit };
    this.#branches.push(made);
    return made;
  }

  #merge(into: { tip: string }, from: { readonly name: string; readonly tip: string }, n: number): void {
    if (into.tip === from.tip) return;
    const subject = pick(
      [
        `Merge branch '${from.name}'`,
        `Merge branch '${from.name}' into main`,
        `Merge pull request #7 from acme/${from.name}`,
        `Merge remote-tracking branch 'origin/${from.name}'`,
        'hotfix: joined by hand',
      ],
      n,
    );
    this.#say('merge');
    if (from.name.startsWith('hotfix/')) this.#say('merge of a hotfix branch');
    into.tip = this.#commit({ parents: [into.tip, from.tip], subject, n });
  }

  #octopus(into: { tip: string }, n: number): void {
    const others = this.#branches.filter(({ tip }) => tip !== into.tip).map(({ tip }) => tip);
    const parents = [...new Set([into.tip, ...others])].slice(0, 3 + (n % 2));
    if (parents.length < 3) return;
    this.#say('octopus merge');
    into.tip = this.#commit({ parents, subject: `Merge branches`, n });
  }

  #crissCross(one: { tip: string }, other: { tip: string }): void {
    if (one.tip === other.tip) return;
    this.#say('criss-cross merge');
    const [a, b] = [one.tip, other.tip];
    one.tip = this.#commit({ parents: [a, b], subject: `Merge branch 'x'`, n: 9 });
    other.tip = this.#commit({ parents: [b, a], subject: `Merge branch 'y'`, n: 9 });
  }

  #pick(from: string, onto: { tip: string }, n: number): void {
    const original = this.#get(from);
    if (original.parents.length > 1 && n % 3 > 0) return;
    const lost = this.#shaOf(pick(LOST, n));
    const chain = original.trailers.cherryPickedFrom;
    const forms: readonly { readonly name: string; readonly shas: readonly string[] }[] = [
      { name: 'cherry-pick', shas: [from] },
      { name: 'cherry-pick with its chain', shas: [...chain, from] },
      { name: 'cherry-pick, abbreviated', shas: [from.slice(0, 7 + (n % 4))] },
      { name: 'cherry-pick of a missing commit', shas: [lost] },
      { name: 'cherry-pick of a missing copy', shas: [from, lost] },
      { name: 'cherry-pick of a copy of a missing commit', shas: [lost, from] },
      { name: 'cherry-pick of two commits', shas: [this.#recent(n), from] },
    ];
    const { name, shas } = pick(forms, n);
    this.#say(name);
    if (shas.length > 2) this.#say('long chain of cherry-picks');
    if (original.trailers.reverts.length > 0) this.#say('copy of a revert');
    const { subject, author, authoredAt, trailers, paths } = original;
    onto.tip = this.#commit({
      parents: [onto.tip],
      subject,
      n,
      // now and then somebody else's name on it, or adapted to its new place
      author: n % 5 === 4 ? 'Ada' : author,
      authoredAt,
      trailers: { ...trailers, cherryPickedFrom: shas },
      ...(paths !== null && { paths: n % 7 === 3 ? [...paths, 'ui/a.ts'] : paths }),
    });
  }

  #revert(n: number, on: { tip: string }, form: number): void {
    const lastRevert = this.#commits.findLast(({ trailers }) => trailers.reverts.length > 0)?.sha;
    const target = form % 3 === 0 && lastRevert !== undefined ? lastRevert : this.#recent(n);
    this.#undo([target, ...(form % 7 === 2 ? [this.#recent(form)] : [])], on, form);
  }

  #undo(targets: readonly string[], on: { tip: string }, form: number): void {
    const [target = '', ...others] = targets;
    const { subject, paths, parents, trailers } = this.#get(target);
    this.#say('revert');
    if (parents.length > 1) this.#say('revert of a merge');
    if (trailers.reverts.length > 0) this.#say('revert of a revert');
    if (trailers.cherryPickedFrom.length > 0) this.#say('revert of a copy');
    const named = form % 4 === 1 ? target.slice(0, 7 + (form % 5)) : target;
    on.tip = this.#commit({
      parents: [on.tip],
      subject: `Revert "${subject}"`,
      n: form,
      trailers: { ...NO_TRAILERS, reverts: [named, ...others] },
      ...(paths !== null && { paths: form % 5 === 3 ? [...paths, 'ui/a.ts'] : paths }),
    });
  }

  #import(into: { tip: string }, length: number, n: number): void {
    this.#say('imported history');
    const library = this.#branches.find(({ name }) => name === 'library');
    let tip = library?.tip ?? this.#commit({ parents: [], subject: 'library', n });
    for (let more = length % 3; more > 0; more -= 1)
      tip = this.#commit({ parents: [tip], subject: pick(SUBJECTS, n + more), n: n + more });
    if (library !== undefined) {
      this.#say('imported twice');
      library.tip = tip;
    } else if (n % 3 === 0) this.#branches.push({ name: 'library', tip });
    if (into.tip === tip) return;
    into.tip = this.#commit({ parents: [into.tip, tip], subject: `Merge branch 'library'`, n });
  }

  #tag(commit: string, n: number): void {
    this.#count += 1;
    const scheme = pick(this.#layout.schemes, n >> 3);
    const suffix = (n >> 5) % 8 === 3 ? '-rc.1' : '';
    const isAnnotated = n % 3 !== 2;
    this.#say(isAnnotated ? 'annotated tag' : 'lightweight tag');
    if (suffix !== '') this.#say('prerelease');
    this.#tags.push({
      kind: 'tag',
      name: `${scheme}1.0.${String(this.#count)}${suffix}`,
      commit,
      taggedAt: isAnnotated ? epochMs(this.#now) : null,
    });
  }

  #tagAgain(n: number, form: number): void {
    const tagged = this.#tags.findLast(({ commit }) => commit !== null && this.#has(commit));
    if (tagged?.commit === undefined || tagged.commit === null) return;
    this.#say('two tags on one commit');
    const taggedAt = tagged.taggedAt;
    // most of them close to the first, whatever time it is by now
    if (taggedAt !== null && n % 4 > 0) {
      const gap = pick([0, SECOND, HOUR - SECOND, HOUR, HOUR + SECOND], n >> 2);
      this.#say(gap < HOUR ? 'two tags within an hour' : 'two tags an hour apart');
      this.#now = Math.max(this.#now, taggedAt + gap);
    }
    this.#tag(tagged.commit, form);
  }

  #rollBack(n: number, form: number): void {
    const commits = [...new Set(this.#tags.flatMap(({ commit }) => commit ?? []))].filter((commit) =>
      this.#has(commit),
    );
    const earlier = commits.slice(0, -1);
    if (earlier.length === 0) return;
    this.#say('tag on an earlier release');
    this.#tag(n % 2 === 0 ? pick(earlier.slice(-1), 0) : pick(earlier, n), form * 3);
  }

  #oddTag(n: number): void {
    this.#count += 1;
    const tip = this.#branches[0]?.tip ?? null;
    const scheme = pick(this.#layout.schemes, n >> 3);
    const odd = pick(
      [
        { name: 'nightly', commit: tip, feature: 'tag that is no version' },
        { name: `${scheme}9.0.${String(this.#count)}`, commit: null, feature: 'tag of a file' },
        {
          name: `${scheme}9.0.${String(this.#count)}`,
          commit: this.#shaOf('unknown'),
          feature: 'tag of an unknown commit',
        },
      ],
      n,
    );
    if (this.#tags.some(({ name }) => name === odd.name)) return;
    this.#say(odd.feature);
    this.#tags.push({ kind: 'tag', name: odd.name, commit: odd.commit, taggedAt: epochMs(this.#now) });
  }

  /** A branch from a release or a branch, a commit or two, often tagged or merged back, sometimes both. */
  #hotfixBranch(base: { readonly name: string; tip: string }, n: number, form: number): void {
    this.#say('hotfix flow');
    const paths = form % 4 === 1 ? { paths: ['api/b.ts'] } : {};
    if (form % 4 === 1) {
      // something for one component before the branch, so that only the branch itself is of another
      base.tip = this.#commit({ parents: [base.tip], subject: 'add', n, paths: ['ui/a.ts'] });
    }
    const made = this.#branchFrom(n % 2 === 0 ? base.tip : this.#lastTagged(base.tip), 1);
    made.tip = this.#commit({ parents: [made.tip], subject: pick(SUBJECTS, n), n: form, ...paths });
    if (form % 3 === 0) this.#tag(made.tip, 3 * form);
    this.#now += pick(WAITS, form);
    this.#merge(base, made, n);
    if (form % 2 === 0) this.#tag(base.tip, 3 * n);
  }

  /** A change, a release, its revert, perhaps the revert of that, in any order with a second release. */
  #shipAndRevert(on: { tip: string }, n: number, form: number): void {
    this.#say('shipped and reverted');
    const made = this.#commit({ parents: [on.tip], subject: pick(SUBJECTS, n), n: form });
    on.tip = made;
    this.#tag(on.tip, 0);
    this.#now += pick(WAITS, n);
    this.#undo([made], on, n % 4);
    const revert = on.tip;
    if (form % 3 === 1) this.#undo([revert], on, form % 4);
    if (form % 6 === 4) this.#undo([on.tip], on, form % 4);
    if (form % 7 === 3) this.#merge(pick(this.#branches, n), { name: 'x', tip: revert }, n);
    this.#tag(on.tip, 0);
  }

  /** A branch from a release, with something from elsewhere on it, tagged while the others go on. */
  #releaseBranch(n: number, form: number): void {
    this.#say('release branch');
    const base = this.#lastTagged(this.#recent(n));
    const made = this.#branchFrom(base, 0);
    this.#pick(this.#recent(n), made, form);
    this.#now += pick(WAITS, n);
    this.#tag(made.tip, 3 * form);
  }

  #lastTagged(otherwise: string): string {
    const tagged = this.#tags.findLast(({ commit }) => commit !== null && this.#has(commit));
    return tagged?.commit ?? otherwise;
  }

  #commit({ parents, subject, n, author, authoredAt, trailers, paths }: NewCommit): string {
    const sha = this.#newSha(n);
    const time = epochMs(this.#now);
    const dates = this.#dates(n >> 4, time);
    this.#commits.push({
      sha,
      parents,
      author: author ?? pick(AUTHORS, n >> 2),
      authorId: '0',
      authoredAt: authoredAt === undefined ? dates.authoredAt : authoredAt,
      committedAt: dates.committedAt,
      subject,
      trailers: trailers ?? NO_TRAILERS,
      paths: this.#withPaths ? (parents.length > 1 ? [] : (paths ?? pick(PATHS, n))) : null,
    });
    return sha;
  }

  #dates(n: number, time: EpochMs): Pick<Commit, 'authoredAt' | 'committedAt'> {
    switch (n % 20) {
      case 1:
      case 2:
        return { authoredAt: epochMs(time - 3 * DAY), committedAt: time };
      case 3:
        this.#say('author clock ahead');
        return { authoredAt: epochMs(time + 2 * DAY), committedAt: time };
      case 4:
        this.#say('committed before its parent');
        return { authoredAt: time, committedAt: epochMs(time - 40 * DAY) };
      case 5:
        this.#say('author date that git cannot read');
        return { authoredAt: null, committedAt: time };
      case 6:
        this.#say('committer date that git cannot read');
        return { authoredAt: time, committedAt: null };
      default:
        return { authoredAt: time, committedAt: time };
    }
  }

  /** Every so often a sha begins like the one before, so that an abbreviation names two commits. */
  #newSha(n: number): string {
    const fresh = this.#shaOf(String(this.#commits.length));
    const previous = this.#commits.at(-1)?.sha;
    if (previous === undefined || n % 11 !== 7) return fresh;
    this.#say('ambiguous abbreviation');
    return previous.slice(0, 9) + fresh.slice(9);
  }

  #shaOf(text: string): string {
    return createHash(this.#format).update(text).digest('hex');
  }

  #has(sha: string): boolean {
    return this.#commits.some((commit) => commit.sha === sha);
  }

  #get(sha: string): Commit {
    const found = this.#commits.find((commit) => commit.sha === sha);
    if (found === undefined) throw new Error(`no commit ${sha}`);
    return found;
  }

  /** One of the last commits, seldom an old one. */
  #recent(n: number): string {
    const among = n % 6 === 0 ? this.#commits : this.#commits.slice(-8);
    return pick(among, n >> 3).sha;
  }

  #say(feature: string): void {
    this.#features.add(feature);
  }
}

function pick<Item>(items: readonly Item[], n: number): Item {
  const item = items[n % items.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
