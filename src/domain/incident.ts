import type { EpochMs } from './units.ts';

/** How an incident was linked to the deployment that caused it. */
export const INCIDENT_LINKS = ['named', 'last-before'] as const;
export type IncidentLink = (typeof INCIDENT_LINKS)[number];

/** What an incident system or a person says went wrong. */
export interface Incident {
  readonly id: string;
  readonly repository: string;
  /** Empty where the repository has several components and the incident names none. */
  readonly component: string;
  readonly openedAt: EpochMs;
  /** `null` while it is open. */
  readonly resolvedAt: EpochMs | null;
  readonly title: string;
  readonly url: string | null;
  /** Id of the deployment that caused it; `null` where none could be named. */
  readonly deployment: string | null;
  /** As the source writes it; `null` where it writes none. */
  readonly severity: string | null;
  /** `named`: its text names the deployment. `last-before`: the last one before it opened. */
  readonly link: IncidentLink | null;
}

/** The incidents by the id of the deployment that caused them; those that none is known to have caused are left out. */
export function byDeployment(incidents: Iterable<Incident>): ReadonlyMap<string, readonly Incident[]> {
  const found = new Map<string, Incident[]>();
  for (const incident of incidents) {
    if (incident.deployment === null) continue;
    const list = found.get(incident.deployment) ?? [];
    found.set(incident.deployment, list);
    list.push(incident);
  }
  return found;
}

/** An incident as its source tells it, not yet linked to anything. */
export interface IncidentRecord {
  /** Unique in the workspace: `github:acme/shop#12`. */
  readonly id: string;
  readonly title: string;
  /** Title and description: what it names is looked for here. */
  readonly text: string;
  readonly url: string | null;
  readonly labels: readonly string[];
  readonly openedAt: EpochMs;
  readonly resolvedAt: EpochMs | null;
  readonly severity: string | null;
  /** The component that the source says it is of; `null` where it says none. */
  readonly component: string | null;
  /** The deployment that the source says caused it; `null` where it says none. */
  readonly deployment: { readonly id: string; readonly name: string; readonly revision: string } | null;
  /** Why it is no incident after all; `null` where it is one. */
  readonly notBecause: 'not-planned' | 'deleted' | null;
}
