/**
 * A second implementation of the definitions in docs/metrics.md for one repository: obvious and slow, written from the text.
 *
 * It shares nothing with `src` but types. Histories are small, so everything is a Set of shas and is worked out again
 * whenever it is asked for. It understands only the settings that `naive-histories.ts` makes.
 */
import type { Commit, RefSnapshot } from '../../src/domain/commit.ts';
import type { ComponentSettings, DatasetSettings, RepositorySettings } from '../../src/domain/settings.ts';

export interface NaiveDeployment {
  readonly id: string;
  readonly component: string;
  readonly name: string;
  readonly revision: string;
  readonly environment: string;
  readonly finishedAt: number;
  readonly estimated: boolean;
  readonly source: string;
  readonly sightings: readonly string[];
  readonly baseline: boolean;
  readonly shippedChanges: number;
  readonly failures: readonly NaiveFailure[];
  readonly repairs: readonly string[];
}

export interface NaiveFailure {
  readonly rule: string;
  readonly failureAt: number;
  readonly recoveredAt: number;
  readonly repairedBy: string;
  readonly commits: readonly string[];
}

export interface NaiveChange {
  readonly component: string;
  readonly commit: string;
  readonly landedAs: string | null;
  readonly deployment: string;
  readonly authoredAt: number;
  readonly leadTime: number;
}

export interface NaiveSetAside {
  readonly kind: 'commit' | 'deployment' | 'incident';
  readonly component: string;
  readonly id: string;
  readonly reason: string;
  readonly deployment: string | null;
  readonly detail: string | null;
}

export interface NaiveDataset {
  readonly deployments: readonly NaiveDeployment[];
  readonly changes: readonly NaiveChange[];
  readonly setAside: readonly NaiveSetAside[];
}

export interface NaiveInput {
  readonly commits: readonly Commit[];
  readonly refs: RefSnapshot;
  readonly repository: RepositorySettings;
  readonly settings: DatasetSettings;
}

type Found = Omit<NaiveDeployment, 'baseline' | 'shippedChanges' | 'failures' | 'repairs'>;

const STRONGEST_FIRST = ['annotated-tag', 'lightweight-tag', 'merge'];

/** `note` is told of the rare turns that the rules take, so that a test can count them. */
export function naiveDataset(
  { commits, refs, repository, settings }: NaiveInput,
  note: (turn: string) => void = () => undefined,
): NaiveDataset {
  // what no ref reaches is no part of the repository any more
  const everything = new Clone(commits);
  const tips = [refs.branch?.commit ?? null, ...refs.refs.map((ref) => ref.commit)];
  const reached = union(tips.flatMap((tip) => (tip === null ? [] : [everything.ancestors(tip)])));
  const clone = new Clone(commits.filter(({ sha }) => reached.has(sha)));
  const onBranch = refs.branch === null ? new Set<string>() : clone.ancestors(refs.branch.commit);
  const components: readonly ComponentSettings[] =
    repository.components.length > 0
      ? repository.components
      : [{ name: repository.name, paths: [], tags: null, environments: [], workflows: [] }];

  const deployments: NaiveDeployment[] = [];
  const changes: NaiveChange[] = [];
  const setAside: NaiveSetAside[] = [];
  const excluded = (sha: string) => isExcluded(clone.get(sha), settings);
  const touches = (sha: string, { paths }: ComponentSettings) => touchesAny(clone.get(sha), paths);

  for (const sha of reached) {
    const aside = (reason: string) =>
      setAside.push({ kind: 'commit', component: '', id: sha, reason, deployment: null, detail: '' });
    if (clone.isMerge(sha)) aside('merge-commit');
    else if (excluded(sha)) aside('excluded');
    else if (!components.some((component) => touches(sha, component))) aside('outside-component');
  }

  for (const component of components.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const found: Found[] = [];
    if (settings.deploymentsFrom.some((origin) => origin !== 'merges')) {
      for (const tag of refs.refs) {
        if (tag.kind !== 'tag' || !isTagOf(tag.name, component, repository, settings)) continue;
        const id = idOf('tag', repository.name, component.name, tag.name);
        const aside = (reason: string) =>
          setAside.push({
            kind: 'deployment',
            component: component.name,
            id,
            reason,
            deployment: null,
            detail: tag.commit ?? '',
          });
        if (tag.commit === null) {
          aside('not-a-commit');
          continue;
        }
        if (!clone.has(tag.commit)) {
          aside('unknown-revision');
          continue;
        }
        const finishedAt = tag.taggedAt ?? clone.get(tag.commit).committedAt;
        if (finishedAt === null) {
          aside('invalid-date');
          continue;
        }
        const environment = tag.name.includes('-rc.') ? 'staging' : 'production';
        if (environment !== settings.environment) {
          aside('other-environment');
          continue;
        }
        const estimated = tag.taggedAt === null;
        const source = estimated ? 'lightweight-tag' : 'annotated-tag';
        found.push({
          id,
          component: component.name,
          name: tag.name,
          revision: tag.commit,
          environment,
          finishedAt,
          estimated,
          source,
          sightings: [`${source} ${tag.name} ${String(finishedAt)}`],
        });
      }
    }
    if (settings.deploymentsFrom.includes('merges')) {
      const line = fromFirstParents(clone, refs, repository, component);
      found.push(...line.map((merge) => ({ ...merge, environment: settings.environment })));
    }

    const timeline = inOrder(oneOfEach(found), clone);
    for (const [position, { finishedAt, id, revision }] of timeline.entries()) {
      const next = timeline[position + 1];
      if (next?.finishedAt !== finishedAt) continue;
      note('deployments at the same instant');
      if (next.id < id && clone.ancestors(next.revision).has(revision)) note('ancestors before smaller ids');
    }
    const seen = new Set<string>();
    /** What each deployment brought: its ancestors without those of all earlier ones. */
    const brought = timeline.map(({ revision }) => {
      const news = new Set([...clone.ancestors(revision)].filter((sha) => !seen.has(sha)));
      for (const sha of news) seen.add(sha);
      return news;
    });
    const carrier = (sha: string) => brought.findIndex((news) => news.has(sha));

    const baseline = timeline[0];
    const homeRoots = baseline === undefined ? null : new Set(clone.rootsOf(baseline.revision));
    const imported = (sha: string) =>
      homeRoots !== null && !clone.rootsOf(sha).some((root) => homeRoots.has(root));

    const eligible = (sha: string) =>
      !excluded(sha) && (clone.isMerge(sha) || touches(sha, component)) && !imported(sha);
    /** The one commit of its change that counts; `null` while none is deployed. */
    const counted = (sha: string): string | null => {
      const candidates = clone
        .sameChange(sha)
        .filter((other) => eligible(other) && carrier(other) >= 0)
        .sort((a, b) => {
          if (carrier(a) !== carrier(b)) return carrier(a) - carrier(b);
          const copies = Number(clone.source(a) !== null) - Number(clone.source(b) !== null);
          if (copies !== 0) return copies;
          return a < b ? -1 : 1;
        });
      return candidates[0] ?? null;
    };

    const shippedChanges = timeline.map(() => 0);
    for (const sha of reached) {
      if (clone.isMerge(sha) || excluded(sha) || !touches(sha, component)) continue;
      const position = carrier(sha);
      const deployment = timeline[position];
      const aside = (reason: string) =>
        setAside.push({
          kind: 'commit',
          component: component.name,
          id: sha,
          reason,
          deployment: deployment?.id ?? null,
          detail: reason === 'duplicate-change' ? counted(sha) : '',
        });
      if (deployment === undefined) {
        if (!onBranch.has(sha)) aside('other-branch');
        else if (imported(sha)) aside('imported-history');
        else if (counted(sha) !== null && counted(sha) !== sha) aside('duplicate-change');
        else aside('unreleased');
        continue;
      }
      if (position === 0) aside('before-baseline');
      else if (imported(sha)) aside('imported-history');
      else if (counted(sha) !== sha) aside('duplicate-change');
      else {
        const original = clone.original(sha);
        const { authoredAt } = clone.get(original);
        if (original !== sha && excluded(original)) note('a copy of an excluded original');
        if (authoredAt === deployment.finishedAt) note('a change authored when it was deployed');
        if (authoredAt === null) aside('invalid-date');
        else if (authoredAt > deployment.finishedAt) aside('authored-after-deployment');
        else {
          shippedChanges[position] = (shippedChanges[position] ?? 0) + 1;
          changes.push({
            component: component.name,
            commit: original,
            landedAs: original === sha ? null : sha,
            deployment: deployment.id,
            authoredAt,
            leadTime: (deployment.finishedAt - authoredAt) / 1000,
          });
        }
      }
    }

    const findings: { rule: string; failed: number; repairer: number; commit: string | null }[] = [];

    // V1 V2 V1 marks V2
    for (const [position, { revision }] of timeline.entries()) {
      const next = timeline[position + 1];
      if (next === undefined || next.revision === revision) continue;
      const wasThere = timeline.slice(0, position).some((earlier) => earlier.revision === next.revision);
      if (wasThere && clone.ancestors(revision).has(next.revision)) {
        findings.push({ rule: 'rollback', failed: position, repairer: position + 1, commit: null });
      }
    }

    /** A revert is void when a valid one that ships with it takes it back. */
    const isVoid = (revert: string): boolean =>
      clone
        .shas()
        .some(
          (other) =>
            other !== revert &&
            clone.reverted(other).includes(revert) &&
            carrier(other) === carrier(revert) &&
            !isVoid(other),
        );
    for (const revert of reached) {
      const repairer = carrier(revert);
      const repair = timeline[repairer];
      if (clone.reverted(revert).length === 0 || repairer < 1 || repair === undefined) continue;
      if (!touches(revert, component)) continue;
      if (isVoid(revert)) {
        note('a revert is taken back by what ships with it');
        continue;
      }
      for (const target of clone.reverted(revert)) {
        for (const sha of clone.sameChange(target)) {
          const failed = carrier(sha);
          const blamed = timeline[failed];
          if (failed === repairer) note('a revert ships with what it reverts');
          if (failed === 0) note('a revert of something before the baseline');
          if (failed < 1 || failed >= repairer || blamed === undefined) continue;
          const gap = repair.finishedAt - blamed.finishedAt;
          if (gap === settings.failures.revertWithin) note('a revert at the very end of its window');
          if (gap > settings.failures.revertWithin) {
            note('a revert after its window');
            continue;
          }
          if (!clone.isMerge(sha) && !touches(sha, component)) continue;
          if (!clone.ancestors(repair.revision).has(sha)) {
            note('a revert on another line than a copy of what it reverts');
            continue;
          }
          if (sha !== target) note('a revert blames the deployment of a copy');
          findings.push({ rule: 'revert', failed, repairer, commit: revert });
        }
      }
    }

    for (const sha of reached) {
      const repairer = carrier(sha);
      const repair = timeline[repairer];
      if (repairer < 1 || repair === undefined || excluded(sha) || imported(sha)) continue;
      const branch = clone.mergedBranch(sha);
      const isHotfix =
        branch === null ? /^hotfix(?!\w)/i.test(clone.get(sha).subject) : branch.startsWith('hotfix/');
      if (!isHotfix) continue;
      if (clone.isMerge(sha)) {
        if (carrier(clone.get(sha).parents[1] ?? '') !== repairer) {
          note('a hotfix branch shipped before its merge did');
          continue;
        }
        const ofBranch = [...clone.broughtByMerge(sha)].filter((other) => carrier(other) === repairer);
        if (!ofBranch.some((other) => touches(other, component))) {
          note('a hotfix branch of another component');
          continue;
        }
      } else if (!touches(sha, component)) continue;
      else if (counted(sha) !== sha) {
        note('a hotfix that is a copy counted elsewhere');
        continue;
      }
      const built = timeline.findLastIndex(
        ({ revision }, position) => position < repairer && clone.ancestors(repair.revision).has(revision),
      );
      const blamed = timeline[built];
      if (blamed === undefined) {
        note('a hotfix built on no deployment');
        continue;
      }
      if (built < repairer - 1) note('a hotfix spares the deployment before it');
      const gap = repair.finishedAt - blamed.finishedAt;
      if (gap === settings.failures.hotfixWithin) note('a hotfix at the very end of its window');
      if (gap > settings.failures.hotfixWithin) {
        note('a hotfix after its window');
        continue;
      }
      findings.push({ rule: 'hotfix', failed: built, repairer, commit: sha });
    }

    for (const [position, deployment] of timeline.entries()) {
      const failures: NaiveFailure[] = [];
      const repairs: string[] = [];
      for (const rule of ['rollback', 'revert', 'hotfix']) {
        for (const [other, partner] of timeline.entries()) {
          const evidence = findings.filter(
            (finding) => finding.rule === rule && finding.failed === position && finding.repairer === other,
          );
          if (evidence.length > 0) {
            const proving = new Set(evidence.flatMap(({ commit }) => (commit === null ? [] : [commit])));
            failures.push({
              rule,
              failureAt: deployment.finishedAt,
              recoveredAt: partner.finishedAt,
              repairedBy: partner.id,
              commits: [...proving].sort(),
            });
          }
          if (findings.some((f) => f.rule === rule && f.failed === other && f.repairer === position)) {
            repairs.push(`${rule} ${partner.id}`);
          }
        }
      }
      deployments.push({
        ...deployment,
        baseline: position === 0,
        shippedChanges: shippedChanges[position] ?? 0,
        failures,
        repairs,
      });
    }
  }

  if (settings.deploymentsFrom.some((origin) => origin !== 'merges')) {
    for (const tag of refs.refs) {
      if (tag.kind !== 'tag') continue;
      if (components.some((component) => isTagOf(tag.name, component, repository, settings))) continue;
      setAside.push({
        kind: 'deployment',
        component: '',
        id: idOf('tag', repository.name, repository.name, tag.name),
        reason: 'not-a-version',
        deployment: null,
        detail: tag.commit ?? '',
      });
    }
  }
  return { deployments, changes, setAside };
}

/** The commits of one clone, with their relations spelled out. */
class Clone {
  readonly #commits: ReadonlyMap<string, Commit>;
  readonly #ancestors = new Map<string, ReadonlySet<string>>();
  readonly #depths = new Map<string, number>();

  constructor(commits: readonly Commit[]) {
    this.#commits = new Map(commits.map((commit) => [commit.sha, commit]));
  }

  has(sha: string): boolean {
    return this.#commits.has(sha);
  }

  get(sha: string): Commit {
    const commit = this.#commits.get(sha);
    if (commit === undefined) throw new Error(`no commit ${sha}`);
    return commit;
  }

  shas(): string[] {
    return [...this.#commits.keys()];
  }

  isMerge(sha: string): boolean {
    return this.get(sha).parents.length > 1;
  }

  /** The commit and everything before it. */
  ancestors(sha: string): ReadonlySet<string> {
    const known = this.#ancestors.get(sha);
    if (known !== undefined) return known;
    if (!this.has(sha)) return new Set();
    const parents = this.get(sha).parents.map((parent) => this.ancestors(parent));
    const all = union([new Set([sha]), ...parents]);
    this.#ancestors.set(sha, all);
    return all;
  }

  /** The longest way down to a root. */
  depth(sha: string): number {
    const known = this.#depths.get(sha);
    if (known !== undefined) return known;
    const depth = Math.max(0, ...this.get(sha).parents.map((parent) => this.depth(parent) + 1));
    this.#depths.set(sha, depth);
    return depth;
  }

  rootsOf(sha: string): string[] {
    return [...this.ancestors(sha)].filter((other) => this.get(other).parents.length === 0);
  }

  /** What a merge joins to its first parent. */
  broughtByMerge(sha: string): ReadonlySet<string> {
    const [first, ...others] = this.get(sha).parents;
    const before = this.ancestors(first ?? '');
    const joined = union(others.map((parent) => this.ancestors(parent)));
    return new Set([...joined].filter((other) => !before.has(other)));
  }

  /** The commit that a full or unambiguously abbreviated sha names. */
  named(text: string): string | null {
    const candidates = text.length < 7 ? [] : this.shas().filter((sha) => sha.startsWith(text));
    return candidates.length === 1 ? (candidates[0] ?? null) : null;
  }

  /** Where a copy was picked from: a commit of this clone, `missing …`, or `null` for what is no copy. */
  source(sha: string): string | null {
    const { cherryPickedFrom } = this.get(sha).trailers;
    const known = cherryPickedFrom
      .map((text) => this.named(text))
      .filter((other) => other !== null && other !== sha);
    const nearest = known.at(-1) ?? null;
    if (nearest !== null) return nearest;
    return cherryPickedFrom[0] === undefined ? null : `missing ${cherryPickedFrom[0]}`;
  }

  /** The end of the chain of copies, which may be a commit that is missing. */
  change(sha: string): string {
    const source = this.source(sha);
    if (source === null) return sha;
    return source.startsWith('missing ') ? source : this.change(source);
  }

  original(sha: string): string {
    const change = this.change(sha);
    return this.has(change) ? change : sha;
  }

  sameChange(sha: string): string[] {
    const change = this.change(sha);
    return this.shas().filter((other) => this.change(other) === change);
  }

  reverted(sha: string): string[] {
    return this.get(sha).trailers.reverts.flatMap((text) => this.named(text) ?? []);
  }

  mergedBranch(sha: string): string | null {
    if (!this.isMerge(sha)) return null;
    const { subject } = this.get(sha);
    const words = subject.split(' ');
    if (subject.startsWith('Merge pull request #')) return words[5]?.replace('acme/', '') ?? null;
    if (subject.startsWith("Merge branch '")) return words[2]?.replaceAll("'", '') ?? null;
    if (subject.startsWith("Merge remote-tracking branch '"))
      return words[3]?.replaceAll("'", '').replace('origin/', '') ?? null;
    return null;
  }
}

function union(sets: readonly ReadonlySet<string>[]): Set<string> {
  const all = new Set<string>();
  for (const set of sets) for (const item of set) all.add(item);
  return all;
}

function isExcluded({ author, paths }: Commit, { exclude }: DatasetSettings): boolean {
  const byAuthor = exclude.authors.some((name) =>
    name.startsWith('*')
      ? author.toLowerCase().endsWith(name.slice(1).toLowerCase())
      : author.toLowerCase() === name.toLowerCase(),
  );
  const byPath = paths !== null && paths.length > 0 && paths.every((path) => isUnderAny(path, exclude.paths));
  return byAuthor || byPath;
}

function touchesAny({ paths }: Commit, globs: readonly string[]): boolean {
  return globs.length === 0 || (paths ?? []).some((path) => isUnderAny(path, globs));
}

/** Globs are only ever `folder/**`. */
function isUnderAny(path: string, globs: readonly string[]): boolean {
  return globs.some((glob) => path.startsWith(glob.replace('**', '')));
}

function isTagOf(
  tag: string,
  { name, tags }: ComponentSettings,
  { components }: RepositorySettings,
  { tagPattern }: DatasetSettings,
): boolean {
  const pattern = tags ?? tagPattern;
  if (pattern !== null) return new RegExp(pattern).test(tag);
  if (components.length > 0) return new RegExp(`^${name}(@|-v)[0-9]`).test(tag);
  return /^(\w+@|\w+-v|v)\d+\.\d+\.\d+(-rc\.\d+)?$/.test(tag);
}

function idOf(source: string, repository: string, component: string, name: string): string {
  return [source, repository, ...(component === repository ? [] : [component]), name].join(':');
}

/** Each commit on the first-parent line that brings something for the component. */
function fromFirstParents(
  clone: Clone,
  { branch }: RefSnapshot,
  { name: repository }: RepositorySettings,
  { name: component, paths }: ComponentSettings,
): Omit<Found, 'environment'>[] {
  const line: { sha: string; at: number }[] = [];
  for (let at = branch?.commit; at !== undefined && clone.has(at); at = clone.get(at).parents[0]) {
    const { committedAt } = clone.get(at);
    if (committedAt !== null) line.unshift({ sha: at, at: committedAt });
  }
  return line.flatMap(({ sha, at }, position) => {
    const before = union(line.slice(0, position).map((earlier) => clone.ancestors(earlier.sha)));
    const brought = [...clone.ancestors(sha)].filter((other) => !before.has(other));
    if (!brought.some((other) => touchesAny(clone.get(other), paths))) return [];
    return [
      {
        id: idOf('merge', repository, component, sha),
        component,
        name: sha.slice(0, 10),
        revision: sha,
        finishedAt: at,
        estimated: true,
        source: 'merge',
        sightings: [`merge ${sha} ${String(at)}`],
      },
    ];
  });
}

/** Records of one revision less than an hour after the first of them are one deployment; the strongest source speaks for it. */
function oneOfEach(found: readonly Found[]): Found[] {
  const kept: Found[] = [];
  let left = [...found];
  while (left.length > 0) {
    const first = left.reduce((a, b) =>
      b.finishedAt < a.finishedAt || (b.finishedAt === a.finishedAt && b.id < a.id) ? b : a,
    );
    const same = (other: Found) =>
      other.revision === first.revision && other.finishedAt - first.finishedAt < 3_600_000;
    const group = left.filter(same).sort((a, b) => {
      const strength = STRONGEST_FIRST.indexOf(a.source) - STRONGEST_FIRST.indexOf(b.source);
      if (strength !== 0) return strength;
      if (a.finishedAt !== b.finishedAt) return a.finishedAt - b.finishedAt;
      return a.id < b.id ? -1 : 1;
    });
    const [strongest] = group;
    if (strongest !== undefined)
      kept.push({ ...strongest, sightings: group.flatMap(({ sightings }) => sightings) });
    left = left.filter((other) => !same(other));
  }
  return kept;
}

/** By time; at the same instant the shorter history first, so an ancestor always comes before its descendants; then by id. */
function inOrder(deployments: readonly Found[], clone: Clone): Found[] {
  return deployments.toSorted((a, b) => {
    if (a.finishedAt !== b.finishedAt) return a.finishedAt - b.finishedAt;
    const depth = clone.depth(a.revision) - clone.depth(b.revision);
    if (depth !== 0) return depth;
    return a.id < b.id ? -1 : 1;
  });
}
