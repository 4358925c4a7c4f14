import type { FailureRule, Outcome } from '../../domain/deployment.ts';
import type { IncidentLink } from '../../domain/incident.ts';
import type { MetricName, MissingReason } from '../../domain/metrics-report.ts';

/** Between a number and its unit: the two are never torn apart. */
const NBSP = '\u00a0';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365.25 * DAY;

export const METRIC_TITLES: Readonly<Record<MetricName, string>> = {
  deploymentFrequency: 'Deployment frequency',
  leadTime: 'Lead time for changes',
  changeFailRate: 'Change fail rate',
  timeToRestore: 'Time to restore',
  reworkRate: 'Rework rate',
};

interface Missing {
  readonly why: string;
  /** The one thing to do about it. */
  readonly remedy: string;
}

export const MISSING: Readonly<Record<MissingReason, Missing>> = {
  'no-deployments': {
    why: 'No deployment finished in this period.',
    remedy: 'If there was one, make it known: tags.pattern names its tags, deployments.from another source.',
  },
  'no-shipped-changes': {
    why: 'No deployment of this period shipped a change.',
    remedy: 'See what was not counted: the changes may lie before the baseline or be excluded.',
  },
  'no-known-outcomes': {
    why: 'No deployment of this period has a known outcome.',
    remedy:
      'Let whatever deploys report how it ended; tags, releases and merges count as deployments that succeeded.',
  },
  'no-failures': {
    why: 'No failure is known in this period, so there was nothing to restore.',
    remedy:
      'If there was one, make it known: an issue with a label of incidents.github.labels, a revert by git, or a subject that hotfix.subjects matches.',
  },
  'no-recoveries': {
    why: 'No failure of this period is over yet.',
    remedy: 'Look at the open ones among the failures.',
  },
  'no-incidents': {
    why: 'No incident is known in this period.',
    remedy:
      'If there was one, give its issue a label of incidents.github.labels, and extract with GITHUB_TOKEN.',
  },
  'no-resolved-incidents': {
    why: 'No incident of this period is resolved yet.',
    remedy: 'Resolve it where it was opened, and extract again.',
  },
};

export const RULE_WORDS: Readonly<Record<FailureRule, string>> = {
  annotated: 'a person said so',
  incident: 'an incident is linked to it',
  rollout: 'its rollout failed',
  rollback: 'rolled back',
  revert: 'needed a revert',
  hotfix: 'needed a hotfix',
};

/** Why a deployment is taken for the cause of an incident. */
export const LINK_WORDS: Readonly<Record<IncidentLink, string>> = {
  named: 'the incident names it',
  'last-before': 'the last before it opened',
};

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  unknown: 'outcome unknown',
};

/** Seconds in the words people use: the two largest units, the second one only where it says something. */
export function duration(seconds: number): string {
  const minutes = Math.round(seconds / MINUTE);
  const hours = Math.round(seconds / HOUR);
  const days = Math.round(seconds / DAY);
  if (Math.round(seconds) < MINUTE) return unit(Math.round(seconds), 's');
  if (minutes < 60) return unit(minutes, 'min');
  if (minutes < 24 * 60) return twoUnits(minutes, 60, ['h', 'min']);
  if (hours < 14 * 24) return twoUnits(hours, 24, ['d', 'h']);
  if (days < 730) return unit(days, 'd');
  return unit(decimal(seconds / YEAR, 1), 'y');
}

function twoUnits(total: number, size: number, [large, small]: readonly [string, string]): string {
  const first = unit(Math.floor(total / size), large);
  return total % size === 0 ? first : `${first} ${unit(total % size, small)}`;
}

function unit(value: number | string, name: string): string {
  return `${String(value)}${NBSP}${name}`;
}

/** `1,234`. */
export function count(value: number): string {
  return decimal(value, 0);
}

/** At most `digits` decimals, no trailing zeros, groups of three. */
function decimal(value: number, digits: number): string {
  const [whole = '0', rest = ''] = value.toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/gu, ',');
  const fraction = rest.replace(/0+$/u, '');
  return fraction === '' ? grouped : `${grouped}.${fraction}`;
}

/** `11 %`; one decimal where a whole number would hide something. */
export function percent(fraction: number): string {
  const value = fraction * 100;
  if (value > 0 && value < 0.1) return `<${NBSP}0.1${NBSP}%`;
  if (value > 99.9 && value < 100) return `>${NBSP}99.9${NBSP}%`;
  return `${decimal(value, value < 10 || value > 99 ? 1 : 0)}${NBSP}%`;
}

/** `1 deployment`, `19 deployments`. */
export function counted(value: number, noun: string): string {
  return `${count(value)}${NBSP}${plural(value, noun)}`;
}

export function plural(value: number, noun: string): string {
  return value === 1 ? noun : `${noun}s`;
}

/** How often, in the largest unit that makes it at least one. */
export function cadence(perDay: number): string {
  const rates = [
    { per: perDay, word: 'a day' },
    { per: perDay * 7, word: 'a week' },
    { per: (perDay * 365.25) / 12, word: 'a month' },
  ];
  const fit = rates.find(({ per }) => per >= 0.95) ?? { per: perDay * 365.25, word: 'a year' };
  return `${decimal(fit.per, fit.per < 10 ? 1 : 0)} ${fit.word}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
