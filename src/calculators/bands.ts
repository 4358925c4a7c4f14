import { BAND_LEVELS, CADENCES, type BandLevel, type Cadence, type YearTable } from '../domain/benchmarks.ts';

/** What is needed to name a band. */
export interface BandSettings {
  readonly table: YearTable;
  /** Below so many values no band is given. */
  readonly minimumSample: number;
}

/** The metrics that are placed by their value; frequency is placed by its cadence. */
export type BandedValue = 'leadTime' | 'changeFailRate' | 'timeToRestore';

interface Span {
  readonly level: BandLevel;
  readonly from: number;
  readonly to: number;
}

/**
 * The level of `value` in the year's table: `high`; `high or medium` where the table has both; `between elite and high` where it has
 * neither; `beyond low` past its worst end. `null` for fewer than `minimumSample` values.
 *
 * The better end of a table is open: a change fail rate below the elite number is elite.
 */
export function bandOf(
  metric: BandedValue,
  value: number,
  n: number,
  { table, minimumSample }: BandSettings,
): string | null {
  if (n < minimumSample) return null;
  const spans = BAND_LEVELS.flatMap((level): Span[] => {
    const span = table[metric][level];
    return span === undefined ? [] : [{ level, from: span[0], to: span[1] }];
  });
  return place(value, spans);
}

/** The level of a cadence, worded as for `bandOf`. */
export function bandOfCadence(
  cadence: Cadence,
  n: number,
  { table, minimumSample }: BandSettings,
): string | null {
  if (n < minimumSample) return null;
  const spans = BAND_LEVELS.flatMap((level): Span[] => {
    const named = table.deploymentFrequency[level];
    const rank = named === undefined ? -1 : CADENCES.indexOf(named);
    return rank < 0 ? [] : [{ level, from: rank, to: rank }];
  });
  return place(CADENCES.indexOf(cadence), spans);
}

function place(value: number, spans: readonly Span[]): string | null {
  const holding = spans.filter(({ from, to }) => value >= from && value <= to);
  // two spans that only touch share their border: it belongs to the better one
  const levels = holding.filter(
    ({ from, to }) =>
      from === to || value !== from || !holding.some((other) => other.to === value && other.from < value),
  );
  if (levels.length > 0) return levels.map(({ level }) => level).join(' or ');
  const better = best(
    spans.filter(({ to }) => to < value),
    (span) => span.to,
  );
  const worse = best(
    spans.filter(({ from }) => from > value),
    (span) => -span.from,
  );
  if (better.length === 0) return worse.length === 0 ? null : names(worse);
  return worse.length === 0 ? `beyond ${names(better)}` : `between ${names(better)} and ${names(worse)}`;
}

/** All spans with the greatest score. */
function best(spans: readonly Span[], score: (span: Span) => number): readonly Span[] {
  const greatest = Math.max(...spans.map(score));
  return spans.filter((span) => score(span) === greatest);
}

function names(spans: readonly Span[]): string {
  return spans.map(({ level }) => level).join(' or ');
}

/** Deployment days in the median week, and deployment days a day where no week is whole. */
export function cadenceOf(medianPerWeek: number | null, daysPerDay: number): Cadence {
  if ((medianPerWeek ?? daysPerDay * 7) >= 5) return 'on-demand';
  if ((medianPerWeek ?? daysPerDay * 7) >= 1) return 'weekly';
  if (daysPerDay * 30.436875 >= 1) return 'monthly';
  return daysPerDay * 182.62125 >= 1 ? 'half-yearly' : 'rarer';
}
