import type { ReviewRow, RowFacts } from '../domain/annotation.ts';
import { dayIn } from '../domain/annotation.ts';
import type { AssessedDeployment, Deployment } from '../domain/deployment.ts';
import { SOURCE_WORDS } from '../domain/source-words.ts';
import { printable } from '../domain/printable.ts';
import { rolloutFacts, type RolloutFacts } from '../domain/rollout-facts.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import { epochMs, isInstant } from '../domain/units.ts';
import { firstOfRevision } from './annotated-deployments.ts';
import type { MainLine } from './annotated-commits.ts';
import type { Context } from './commit-rows.ts';
import { revertedCommits } from './failures.ts';
import { mergedBranch, type ComponentMembers } from './repository-history.ts';
import type { Timeline } from './timeline.ts';
import { nameMatcher } from '../domain/wildcard.ts';

/** What the rows of one component are made from. */
export interface SheetRequest {
  readonly component: ComponentMembers;
  readonly timeline: Timeline;
  readonly line: MainLine;
  /** Every deployment that has a row, also those that people set aside. */
  readonly known: readonly Deployment[];
  readonly assessed: readonly AssessedDeployment[];
  readonly hotfixes: ReadonlyMap<number, readonly string[] | null>;
}

/**
 * A row for each thing that a person may have to judge, newest first: every commit of the branch's first-parent line that brings the component
 * something or is a revision of it, and every deployment that is not the first of such a commit.
 */
export function* reviewRows(context: Context, request: SheetRequest): Generator<ReviewRow> {
  const { graph } = context.history;
  const { line, known, component } = request;
  const first = new Map([...firstOfRevision(known)].map(([sha, one]) => [graph.indexOf(sha), one]));
  const words = new Detector(context, request);
  const standing = new Set<string>();
  // the line from its tip on is almost in order of time already; a stable sort keeps it where times are equal
  const commits = line.commits
    .map((index, position) => ({ index, position, at: graph.committedAt(index) }))
    .filter(({ index, position }) => {
      const deployment = first.get(index);
      if (deployment !== undefined) standing.add(deployment.id);
      return deployment !== undefined || brings(line, component, position);
    })
    .reverse()
    .sort((a, b) => b.at - a.at);
  const others = known.filter(({ id }) => !standing.has(id)).sort((a, b) => b.finishedAt - a.finishedAt);
  let next = 0;
  for (const { index, at } of commits) {
    for (; (others[next]?.finishedAt ?? -Infinity) > at; next += 1) yield* words.rowsOf(others[next]);
    yield words.commitRow(index, first.get(index) ?? null);
  }
  for (; next < others.length; next += 1) yield* words.rowsOf(others[next]);
}

function brings(line: MainLine, { members }: ComponentMembers, position: number): boolean {
  if (members === null) return true;
  for (const index of line.broughtBy(position)) if (members.has(index)) return true;
  return false;
}

/** Says in plain words what the machine made of a commit or a deployment. */
class Detector {
  readonly #context: Context;
  readonly #request: SheetRequest;
  readonly #byId: ReadonlyMap<string, AssessedDeployment>;
  readonly #reverted: ReadonlyMap<number, readonly number[]>;
  readonly #isHotfixLabel: (name: string) => boolean;
  readonly #isHotfixBranch: (name: string) => boolean;

  constructor(context: Context, request: SheetRequest) {
    this.#context = context;
    this.#request = request;
    this.#byId = new Map(request.assessed.map((deployment) => [deployment.id, deployment]));
    this.#reverted = revertedCommits(context);
    const { hotfix }: DatasetSettings = context.settings;
    this.#isHotfixLabel = nameMatcher(hotfix.labels);
    this.#isHotfixBranch = nameMatcher(hotfix.branches);
  }

  commitRow(index: number, deployment: Deployment | null): ReviewRow {
    const detected = [
      ...(deployment === null ? [] : this.#deploymentWords(deployment, false)),
      ...this.#revertWords(index),
      ...this.#hotfixWords(index),
    ];
    return this.#row({ kind: 'commit', index, deployment, detected });
  }

  /** The row of a deployment of its own. */
  *rowsOf(deployment: Deployment | undefined): Generator<ReviewRow> {
    if (deployment === undefined) return;
    const index = this.#context.history.graph.indexOf(deployment.revision);
    yield this.#row({
      kind: 'deployment',
      index,
      deployment,
      detected: this.#deploymentWords(deployment, true),
    });
  }

  #row({ kind, index, deployment, detected }: RowParts): ReviewRow {
    const { history, requests } = this.#context;
    const { graph } = history;
    const committedAt = graph.committedAt(index);
    const association = requests.ofCommit(index);
    const owner = this.#request.timeline.attribution.owner[index] ?? -1;
    return {
      kind,
      repository: history.settings.name,
      component: this.#request.timeline.component,
      commit: graph.sha(index),
      committedAt: isInstant(committedAt) ? epochMs(committedAt) : null,
      author: history.author(index),
      title: history.subject(index),
      deployment:
        deployment === null
          ? null
          : { id: deployment.id, name: deployment.name, finishedAt: deployment.finishedAt },
      pullRequest: association?.number ?? null,
      labels: association?.known?.labels.map(printable) ?? [],
      release: this.#request.timeline.deployments[owner]?.name ?? '',
      detected: detected.join('; '),
    };
  }

  #deploymentWords(deployment: Deployment, withDay: boolean): string[] {
    const { source, name, finishedAt, outcome } = deployment;
    const assessed = this.#byId.get(deployment.id);
    const day = withDay ? ` on ${dayIn(finishedAt)}` : '';
    const facts = rolloutFacts(deployment);
    const said = `${WORDS[source] ?? SOURCE_WORDS[source]} ${name}${inClusters(facts)}${day}`;
    const words = source === 'annotation' ? [] : [said];
    if (assessed?.baseline === true) words.push('baseline');
    const problem = facts?.problem ?? null;
    if (outcome !== 'succeeded')
      words.push(`outcome ${outcome}${problem === null ? '' : ` (${shortened(problem)})`}`);
    if (facts?.isUnverified === true) words.push('health not seen');
    if (assessed !== undefined) words.push(...this.#assessmentWords(assessed));
    return words;
  }

  /** What the rules found. What people said stands in their own columns. */
  #assessmentWords({ failures, repairs }: AssessedDeployment): string[] {
    const nameOf = (id: string) => this.#byId.get(id)?.name ?? id;
    const failed = failures.flatMap(({ rule, repairedBy, incident }) => {
      const by = repairedBy === null ? (incident ?? '') : nameOf(repairedBy);
      return rule === 'annotated' ? [] : [`failed: ${rule} ${by}`.trimEnd()];
    });
    return [...failed, ...repairs.map(({ rule, deployment }) => `${rule} of ${nameOf(deployment)}`)];
  }

  #revertWords(index: number): string[] {
    const { graph } = this.#context.history;
    const { attribution, deployments } = this.#request.timeline;
    return (this.#reverted.get(index) ?? []).map((target) => {
      const shipped = deployments[attribution.owner[target] ?? -1]?.name;
      return `revert of ${graph.sha(target).slice(0, 10)}${shipped === undefined ? '' : ` shipped in ${shipped}`}`;
    });
  }

  /** By which of the rules it is a hotfix. */
  #hotfixWords(index: number): string[] {
    if (!this.#request.hotfixes.has(index)) return [];
    const { history, requests } = this.#context;
    const known = requests.ofCommit(index)?.known ?? null;
    if (known?.labels.some(this.#isHotfixLabel) === true) return ['hotfix label'];
    const branch = known?.headBranch ?? mergedBranch(history.subject(index)) ?? '';
    if (this.#isHotfixBranch(branch)) return ['hotfix branch'];
    return [history.isHotfixSubject(history.subject(index)) ? 'hotfix subject' : 'hotfix'];
  }
}

const MOST_CLUSTERS = 3;
const LONGEST_TEXT = 60;

/** ` in eu1, us1 and 4 more`; nothing where no cluster is known. */
function inClusters(facts: RolloutFacts | null): string {
  const names = facts?.clusters.map(({ name }) => shortened(name)) ?? [];
  if (names.length === 0) return '';
  const more = names.length - MOST_CLUSTERS;
  return ` in ${names.slice(0, MOST_CLUSTERS).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}

/** What Argo CD quotes may be long; a cell is small. */
function shortened(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text;
}

interface RowParts {
  readonly kind: RowFacts['kind'];
  readonly index: number;
  readonly deployment: Deployment | null;
  readonly detected: readonly string[];
}

/** What is shorter to read in a cell than the name of the source. */
const WORDS: Readonly<Partial<Record<Deployment['source'], string>>> = {
  release: 'release',
  'annotated-tag': 'tag',
  'lightweight-tag': 'tag',
  'workflow-run': 'run',
};
