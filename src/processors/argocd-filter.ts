import { nameMatcher } from '../domain/wildcard.ts';
import type { PlacedApplication, Placement } from './argocd-placement.ts';

/** Which applications are looked at; * and ? are wildcards. An empty list of what is wanted means all. */
export interface ApplicationFilters {
  /** Namespaces in which the applications themselves are. */
  readonly namespaces: readonly string[];
  readonly componentsToMonitor: readonly string[];
  /** Stronger than `componentsToMonitor`. */
  readonly componentsToIgnore: readonly string[];
}

/** Why an application is left out; each with what it means to a reader. */
export const LEFT_OUT_REASONS = {
  'other-namespace': 'It is in none of the namespaces that are read.',
  ignored: 'The configuration says to ignore its component.',
  'not-monitored': 'Its component is none of those that the configuration lists.',
} as const;
export type LeftOutReason = keyof typeof LEFT_OUT_REASONS;

/** Why an application is left out; `null` for one that is looked at. Made once from the configuration. */
export function applicationFilter({
  namespaces,
  componentsToMonitor,
  componentsToIgnore,
}: ApplicationFilters): (
  application: Pick<PlacedApplication, 'namespace'>,
  placement: Pick<Placement, 'component'>,
) => LeftOutReason | null {
  const isRead = namespaces.length === 0 ? () => true : nameMatcher(namespaces);
  const isWanted = componentsToMonitor.length === 0 ? () => true : nameMatcher(componentsToMonitor);
  const isIgnored = nameMatcher(componentsToIgnore);
  return ({ namespace }, { component }) => {
    if (!isRead(namespace)) return 'other-namespace';
    const name = component.kind === 'known' ? component.value : '';
    if (isIgnored(name)) return 'ignored';
    return isWanted(name) ? null : 'not-monitored';
  };
}
