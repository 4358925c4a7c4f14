import type { ReportRollout } from '../../domain/report-model.ts';
import { shorten } from './escape.ts';
import { html, type Content, type Markup } from './markup.ts';
import { count, counted, duration } from './words.ts';

/** Names of clusters are long where somebody takes an address for one. */
const CLUSTER_LENGTH = 30;
const PROBLEM_LENGTH = 100;
const REASON_LENGTH = 100;

/** The only cluster by name, several by their number; `null` where none is known. */
export function where(rollout: ReportRollout | null): Content {
  if (rollout === null || rollout.clusters.length === 0) return null;
  const all = rollout.clusters.length + rollout.foldedClusters;
  return all > 1 ? counted(all, 'cluster') : isolated(rollout.clusters[0] ?? '');
}

/** `eu1, us1 and 4 more`. */
function clusterNames({ clusters, foldedClusters }: ReportRollout): Markup {
  const last = foldedClusters === 0 && clusters.length > 1 ? clusters.at(-1) : undefined;
  const names = last === undefined ? clusters : clusters.slice(0, -1);
  return html`${names.map((name, index) => html`${index === 0 ? null : ', '}${isolated(name)}`)}${
    last === undefined ? null : html` and ${isolated(last)}`
  }${foldedClusters === 0 ? null : ` and ${count(foldedClusters)} more`}`;
}

/** What went wrong, in the words of Argo CD; `null` where nothing did. */
export function problemOf(rollout: ReportRollout | null): Content {
  return rollout === null || rollout.problem === null ? null : isolated(rollout.problem, PROBLEM_LENGTH);
}

/** Where it was seen, and what is not known of it. */
export function rolloutSentences(rollout: ReportRollout | null): Markup | null {
  if (rollout === null) return null;
  const { clusters, spread, isUnverified, untraced } = rollout;
  const problem = problemOf(rollout);
  const sentences: Content[] = [
    problem === null ? null : html`<p class="failed">Argo CD says: ${problem}.</p>`,
    clusters.length === 0
      ? null
      : html`<p>
          In
          ${clusterNames(rollout)}${spread === null ? null : `, within ${duration((spread.to - spread.from) / 1000)}`}.
        </p>`,
    isUnverified ? html`<p>Nobody saw it healthy.</p>` : null,
    untraced === null
      ? null
      : html`<p>Its commit is that of the GitOps repository: ${isolated(untraced, REASON_LENGTH)}</p>`,
  ];
  return html`${sentences}`;
}

/** Text from outside, in its own writing direction. */
function isolated(text: string, length = CLUSTER_LENGTH): Markup {
  return html`<bdi>${shorten(text, length)}</bdi>`;
}
