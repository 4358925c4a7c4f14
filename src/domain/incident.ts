import type { EpochMs } from './units.ts';

/** What an incident system or a person says went wrong. */
export interface Incident {
  readonly id: string;
  readonly component: string;
  readonly openedAt: EpochMs;
  /** `null` while it is open. */
  readonly resolvedAt: EpochMs | null;
  readonly title: string;
  /** Id of the deployment that caused it; `null` where none could be named. */
  readonly deployment: string | null;
}
