import { medianOf, upperRanked, type Dialect } from './medians.ts';
import type { DayMedians } from './bands.ts';
import type { Project } from './project.ts';
import { dayOfDatabase, isIn, listedDays, monthOf, weekOf, type BoardWindow } from './window.ts';

export interface DayCounts extends DayMedians {
  /** What the board goes by to tell "few" from "nothing is known". */
  readonly isCollected: boolean;
  /** The same in the small panel, where the dialect's panel goes by something else. */
  readonly isCollectedInPanel: boolean;
  /** Days with a deployment. */
  readonly days: number;
  readonly weeks: Float64Array;
}

interface MonthOfDays {
  /** `year * 12 + month` */
  readonly month: number;
  readonly days: number;
}

/**
 * Deployment frequency as DevLake counts it: days with at least one successful deployment, not deployments.
 *
 * - Weeks and months that the window cuts off count as they are; those without a deployment count with 0.
 * - MySQL takes deployments of a listed day also where they lie outside of the window by some hours; PostgreSQL does not.
 */
export function deploymentDays({ successes }: Project, window: BoardWindow, dialect: Dialect): DayCounts {
  const counted =
    dialect === 'mysql' ? successes : successes.filter(({ finishedAt }) => isIn(finishedAt, window));
  const deployed = new Set(counted.map(({ finishedAt }) => dayOfDatabase(finishedAt)));
  const days = listedDays(window, dialect);
  const weeks = Float64Array.from(perUnit(days, deployed, weekOf).values()).sort();
  const months = [...perUnit(days, deployed, monthOf)].map(([month, count]) => ({ month, days: count }));
  const six = sixMonths(months, dialect);
  return {
    week: medianOf(weeks, dialect),
    month: medianOf(Float64Array.from(months, ({ days: count }) => count).sort(), dialect),
    sixMonths: dialect === 'mysql' ? upperRanked(six) : medianOf(six, dialect),
    isCollected: dialect === 'mysql' ? upperRanked(six) !== null : six.some((sum) => sum > 0),
    isCollectedInPanel: dialect === 'mysql' ? upperRanked(six) !== null : six.length > 0,
    days: days.filter((day) => deployed.has(day)).length,
    weeks,
  };
}

/** Days with a deployment by week or month, in the order of these. */
function perUnit(
  days: readonly number[],
  deployed: ReadonlySet<number>,
  unitOf: (day: number) => number,
): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const day of days)
    counts.set(unitOf(day), (counts.get(unitOf(day)) ?? 0) + (deployed.has(day) ? 1 : 0));
  return counts;
}

/**
 * Deployment days in the six months up to some of the months, ascending.
 *
 * MySQL keeps every sixth month, counted back from the newest (and anew from the end of every sixth year, because it divides the text of the
 * month). PostgreSQL keeps the last month of each of the blocks June to November and December to May.
 */
function sixMonths(months: readonly MonthOfDays[], dialect: Dialect): Float64Array {
  const blockOf = (month: number) =>
    dialect === 'mysql' ? Math.floor(Math.floor((month - 1) / 12) / 6) : Math.floor(month / 6);
  const fromEnd = new Map<number, number>();
  const sums: number[] = [];
  for (let last = months.length - 1; last >= 0; last -= 1) {
    const block = blockOf(months[last]?.month ?? 0);
    const rank = (fromEnd.get(block) ?? 0) + 1;
    fromEnd.set(block, rank);
    const isKept = dialect === 'mysql' ? rank % 6 === 1 : rank === 1;
    if (isKept)
      sums.push(months.slice(Math.max(0, last - 5), last + 1).reduce((sum, { days }) => sum + days, 0));
  }
  return Float64Array.from(sums).sort();
}
