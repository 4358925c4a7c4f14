import type { MissingReason } from './metrics-report.ts';

/** Why there is no value, in the few words that fit a cell. */
export const REASON_WORDS: Readonly<Record<MissingReason, string>> = {
  'no-deployments': 'no deployments',
  'no-shipped-changes': 'nothing shipped',
  'no-known-outcomes': 'outcomes unknown',
  'no-failures': 'no failures',
  'no-recoveries': 'none recovered',
  'no-incidents': 'no incidents',
  'no-resolved-incidents': 'none resolved',
};
