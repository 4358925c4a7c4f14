import { placesOf } from '../calculators/scopes.ts';
import type { Dataset } from '../domain/dataset.ts';
import { DoraError } from '../domain/errors.ts';
import { printable } from '../domain/printable.ts';
import type { TeamSettings } from '../domain/settings.ts';
import { teamMatcher } from '../domain/teams.ts';
import type { Ports } from './ports.ts';

const MOST_NAMED = 10;

/** Throws where there is no team to group by. */
export function requireTeams(teams: readonly TeamSettings[]): void {
  if (teams.length > 0) return;
  throw new DoraError('usage', 'no teams are configured', {
    hint: 'name them in dora-metrics.yaml: teams: [{ name: payments, repositories: ["acme/pay-*"] }].',
  });
}

/** The team of that name, in any case. Throws where there is none. */
export function teamNamed(name: string, teams: readonly TeamSettings[]): TeamSettings {
  requireTeams(teams);
  const found = teams.find((team) => team.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  const known = teams.slice(0, MOST_NAMED).map((team) => team.name);
  throw new DoraError('usage', `no team is called ${name}`, { hint: `known: ${known.join(', ')}.` });
}

/** A team that owns nothing of the workspace is shown, and is most likely a slip of the pen. */
export function warnOfEmptyTeams(
  { dataset, repositories }: { readonly dataset: Dataset; readonly repositories: readonly string[] },
  teams: readonly TeamSettings[],
  { log }: Ports,
): void {
  // a repository of which nothing is known yet counts as well
  const places = [...placesOf(dataset), ...repositories.map((repository) => ({ repository, component: '' }))];
  const distinct = new Map(places.map((place) => [`${place.repository}\n${place.component}`, place]));
  for (const team of teams) {
    if ([...distinct.values()].some(teamMatcher(team))) continue;
    log.warn(
      `team ${printable(team.name)} has nothing: no extracted repository and no component matches its repositories or components`,
    );
  }
}
