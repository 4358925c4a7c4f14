import type { Deployment, DeploymentSource } from '../domain/deployment.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import { DAY } from '../domain/units.ts';

/** What `auto` chooses from, strongest first. Tags of both kinds are one source. */
const CHAIN: readonly (readonly DeploymentSource[])[] = [
  ['github-deployment'],
  ['workflow-run'],
  ['release'],
  ['annotated-tag', 'lightweight-tag'],
];

/** A source that has said nothing for so long was given up: the others speak again. */
const GIVEN_UP_AFTER = 180 * DAY;

/**
 * Of the deployments that `auto` found, those of the strongest source of their time, and the rest.
 *
 * From its first record until it is given up, a source silences the weaker ones; what lies before or after only they can know, unless it is of a
 * revision that the stronger one tells of itself. A source that the settings name is never silenced.
 */
export function strongestOfTheirTime(
  deployments: readonly Deployment[],
  { deploymentsFrom }: DatasetSettings,
): { readonly kept: readonly Deployment[]; readonly silenced: readonly Deployment[] } {
  if (!deploymentsFrom.includes('auto')) return { kept: deployments, silenced: [] };
  const named = new Set(deploymentsFrom.flatMap((origin) => NAMED[origin] ?? []));
  const spans = CHAIN.map((sources) => spanOf(deployments.filter(({ source }) => sources.includes(source))));
  const isKept = ({ source, finishedAt, revision }: Deployment): boolean => {
    const rank = CHAIN.findIndex((sources) => sources.includes(source));
    if (named.has(source) || rank < 0) return true;
    return !spans
      .slice(0, rank)
      .some(({ from, to, revisions }) => (finishedAt >= from && finishedAt < to) || revisions.has(revision));
  };
  return { kept: deployments.filter(isKept), silenced: deployments.filter((one) => !isKept(one)) };
}

const NAMED: Readonly<Record<string, readonly DeploymentSource[]>> = {
  tags: ['annotated-tag', 'lightweight-tag'],
  merges: ['merge'],
  releases: ['release'],
  'github-deployments': ['github-deployment'],
};

/** When a source speaks: from its first to its last record, and until it counts as given up. And of what. */
function spanOf(deployments: readonly Deployment[]) {
  const times = deployments.map(({ finishedAt }) => finishedAt);
  const from = times.reduce((least, time) => Math.min(least, time), Infinity);
  const to = times.reduce((most, time) => Math.max(most, time), -Infinity) + GIVEN_UP_AFTER;
  return { from, to, revisions: new Set(deployments.map(({ revision }) => revision)) };
}
