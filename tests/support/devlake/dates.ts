/** Instants as Go's `time.Parse` and the layouts of DevLake read them, in nanoseconds since 1970. */

type Fraction = 'any' | 'none' | 3 | 6;
type Zone = 'utc' | 'letter' | 'colon' | 'plain';

interface Layout {
  /** The first layout whose pattern is found in the text is the one that counts, whether it can read it or not. */
  readonly when: RegExp;
  readonly separator: 'T' | ' ' | '';
  readonly seconds: boolean;
  readonly fraction: Fraction;
  readonly zone: Zone;
}

const LAYOUTS: readonly Layout[] = [
  { when: /[+-]\d{4}$/u, separator: 'T', seconds: true, fraction: 'any', zone: 'plain' },
  { when: /\d{6}[+-]\d{2}:\d{2}$/u, separator: 'T', seconds: true, fraction: 6, zone: 'colon' },
  { when: /\d{3}[+-]\d{2}:\d{2}$/u, separator: 'T', seconds: true, fraction: 3, zone: 'colon' },
  { when: /[+-]\d{2}:\d{2}$/u, separator: 'T', seconds: true, fraction: 'any', zone: 'colon' },
  {
    when: /\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/u,
    separator: ' ',
    seconds: true,
    fraction: 'none',
    zone: 'utc',
  },
  { when: /[+-]\d{2}-\d{2}$/u, separator: '', seconds: false, fraction: 'none', zone: 'utc' },
  { when: /\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/u, separator: ' ', seconds: false, fraction: 'none', zone: 'utc' },
];

const RFC_3339: Layout = { when: /^/u, separator: 'T', seconds: true, fraction: 'any', zone: 'letter' };

/** Go reads `.` and `,` alike, where the layout says nothing of a fraction. */
const FRACTIONS: Readonly<Record<Fraction, string>> = {
  any: '(?:[.,](?<fraction>\\d+))?',
  none: '',
  3: '\\.(?<fraction>\\d{3})',
  6: '\\.(?<fraction>\\d{6})',
};

const ZONES: Readonly<Record<Zone, string>> = {
  utc: '',
  letter: 'Z',
  colon: '(?<sign>[+-])(?<zh>\\d{2}):(?<zm>\\d{2})',
  plain: '(?<sign>[+-])(?<zh>\\d{2})(?<zm>\\d{2})',
};

const NANOS = 1_000_000n;

/** `null` for what DevLake cannot read. */
export function instantOf(text: string): bigint | null {
  const layout = LAYOUTS.find(({ when }) => when.test(text)) ?? RFC_3339;
  const { groups } = patternOf(layout).exec(text) ?? {};
  if (groups === undefined) return null;
  const part = (name: string): number => Number(groups[name] ?? 0);
  const [year, month, day] = [part('year'), part('month'), part('day')];
  const [hour, minute, second] = [part('hour'), part('minute'), part('second')];
  const isTime = hour < 24 && minute < 60 && second < 60 && part('zh') <= 24 && part('zm') <= 60;
  // setUTCFullYear, as Date.UTC takes the year 26 for 1926
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (!isTime || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const seconds = hour * 3600 + minute * 60 + second;
  const offset = (part('zh') * 3600 + part('zm') * 60) * (groups['sign'] === '-' ? -1 : 1);
  const fraction = BigInt((groups['fraction'] ?? '').slice(0, 9).padEnd(9, '0'));
  return BigInt(date.getTime() + (seconds - offset) * 1000) * NANOS + fraction;
}

function patternOf({ separator, seconds, fraction, zone }: Layout): RegExp {
  const date = '(?<year>\\d{4})-(?<month>\\d{2})-(?<day>\\d{2})';
  if (separator === '') return new RegExp(`^${date}$`, 'u');
  // one digit is enough for the hour, as Go has always had it
  const second = seconds ? `:(?<second>\\d{2})${FRACTIONS[fraction]}` : '';
  const time = `(?<hour>\\d{1,2}):(?<minute>\\d{2})${second}`;
  return new RegExp(`^${date}${separator}${time}${ZONES[zone]}$`, 'u');
}

/** As it is kept in a column `datetime(3)`: rounded to milliseconds. */
export function columnOf(instant: bigint): string {
  const half = instant + NANOS / 2n;
  const rest = half % NANOS;
  return new Date(Number((half - (rest < 0n ? rest + NANOS : rest)) / NANOS)).toISOString();
}

/** Whole seconds from one instant to another, towards zero. */
export function secondsBetween(from: bigint, to: bigint): number {
  return Number((to - from) / (1000n * NANOS));
}

/** Whole minutes as an unsigned number of 64 bits: less than nothing becomes very much. */
export function minutesBetween(from: bigint, to: bigint): bigint {
  return BigInt.asUintN(64, (to - from) / (60_000n * NANOS));
}
