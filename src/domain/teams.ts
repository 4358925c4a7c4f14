import type { TeamSettings } from './settings.ts';
import { nameMatcher } from './wildcard.ts';

/** Where a row belongs. */
export interface Place {
  readonly repository: string;
  /** Empty where the row is of no single component. */
  readonly component: string;
}

/** What the rows that belong to no team stand under, for people; no team may be called so. */
export const NO_TEAM = '(no team)';

/**
 * Tells whether a row belongs to a team: its repository matches one of `repositories`, or its component one of `components`.
 *
 * `*` stands for any run of characters, `?` for one; case does not matter. A row of no single component belongs to the teams of its
 * repository only.
 */
export function teamMatcher({ repositories, components }: TeamSettings): (place: Place) => boolean {
  const isRepository = nameMatcher(repositories);
  const isComponent = nameMatcher(components);
  return ({ repository, component }) =>
    isRepository(repository) || (component !== '' && isComponent(component));
}
