import { bisectRight } from 'd3-array';
import type { Deployment, DeploymentSource } from '../domain/deployment.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import { DAY } from '../domain/units.ts';

/** What `auto` chooses from, strongest first. Tags of both kinds are one source. */
const CHAIN: readonly (readonly DeploymentSource[])[] = [
  ['argocd'],
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
 * From each of its records on, until it is given up, a source silences the weaker ones; what lies before or after only they can know, unless it is of a
 * revision that the stronger one tells of itself. A source that the settings name is never silenced.
 */
export function strongestOfTheirTime(
  deployments: readonly Deployment[],
  { deploymentsFrom }: DatasetSettings,
): { readonly kept: readonly Deployment[]; readonly silenced: readonly Deployment[] } {
  if (!deploymentsFrom.includes('auto')) return { kept: deployments, silenced: [] };
  const named = new Set(deploymentsFrom.flatMap((origin) => NAMED[origin] ?? []));
  const voices = CHAIN.map(
    (sources) => new Voice(deployments.filter(({ source }) => sources.includes(source))),
  );
  const isKept = ({ source, finishedAt, revision }: Deployment): boolean => {
    const rank = CHAIN.findIndex((sources) => sources.includes(source));
    if (named.has(source) || rank < 0) return true;
    return !voices.slice(0, rank).some((voice) => voice.speaksAt(finishedAt) || voice.tellsOf(revision));
  };
  return { kept: deployments.filter(isKept), silenced: deployments.filter((one) => !isKept(one)) };
}

const NAMED: Readonly<Record<string, readonly DeploymentSource[]>> = {
  tags: ['annotated-tag', 'lightweight-tag'],
  merges: ['merge'],
  releases: ['release'],
  argocd: ['argocd'],
  'github-deployments': ['github-deployment'],
};

/** When a source speaks, and of what. */
class Voice {
  readonly #times: readonly number[];
  readonly #revisions: ReadonlySet<string>;

  constructor(found: readonly Deployment[]) {
    // who does not know how anything ended takes nothing from those who do
    const deployments = found.filter(({ outcome }) => outcome !== 'unknown');
    this.#times = deployments.map(({ finishedAt }) => finishedAt).sort((a, b) => a - b);
    this.#revisions = new Set(deployments.map(({ revision }) => revision));
  }

  /** Whether it has said something before, and not too long ago. */
  speaksAt(time: number): boolean {
    const last = this.#times[bisectRight(this.#times, time) - 1];
    return last !== undefined && time - last < GIVEN_UP_AFTER;
  }

  tellsOf(revision: string): boolean {
    return this.#revisions.has(revision);
  }
}
