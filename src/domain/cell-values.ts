import type { HumanColumn } from './annotation.ts';
import { isInstant, isoInstant, type EpochMs } from './units.ts';
import { withoutAddress } from './without-address.ts';

/** What people and their spreadsheets write into a cell, in the one form in which it is stored. */

export type CellValue =
  | { readonly kind: 'empty' }
  /** `-`: whatever was said before is taken back. */
  | { readonly kind: 'clear' }
  | { readonly kind: 'value'; readonly value: string }
  /** Cannot be understood; `problem` says what would be. */
  | { readonly kind: 'mistake'; readonly problem: string };

/** The longest text that a cell of Excel holds. */
const LONGEST_NOTE = 32_767;
const LONGEST_NAME = 200;

const FLAGS: readonly HumanColumn[] = ['is_deployment', 'is_hotfix', 'is_rollback', 'failed', 'ignore'];
const INSTANTS: readonly HumanColumn[] = ['deployed_at', 'failed_at', 'recovered_at'];

/** What a cell says. Blanks around it do not matter; the apostrophe that guards a formula must be off. */
export function cellValue(column: HumanColumn, text: string): CellValue {
  const trimmed = text.replaceAll(/\r\n?/gu, '\n').replaceAll('\u00a0', ' ').trim();
  if (trimmed === '') return { kind: 'empty' };
  if (/^[-\u2010-\u2015\u2212]$/u.test(trimmed)) return { kind: 'clear' };
  if (FLAGS.includes(column)) return flag(trimmed);
  if (INSTANTS.includes(column)) return instantCell(trimmed);
  const isNote = column === 'notes';
  // counted before and after, since a name in place of an address may be longer than it
  const value = withoutAddress(trimmed);
  if (Math.max(value.length, trimmed.length) > (isNote ? LONGEST_NOTE : LONGEST_NAME))
    return {
      kind: 'mistake',
      problem: `is longer than ${String(isNote ? LONGEST_NOTE : LONGEST_NAME)} characters`,
    };
  if (!isNote && value.includes('\n')) return { kind: 'mistake', problem: 'must be one line' };
  if (/\p{Surrogate}|\0/u.test(value))
    return { kind: 'mistake', problem: 'holds characters that are no text' };
  return { kind: 'value', value };
}

/** Yes and no as people write them, and TRUE and FALSE as spreadsheets in other languages save them. */
const YES = new Set(
  'yes y true t 1 1.0 1,0 x ✓ ✔ ☑ on wahr ja j vrai oui verdadero sí si s vero sim verdadeiro waar sand sant tosi kyllä prawda tak pravda ano igaz igen истина да 真 是 はい 참 예 doğru evet'.split(
    ' ',
  ),
);
const NO = new Set(
  'no n false f 0 0.0 0,0 ✗ ✘ ☐ off falsch nein faux non falso não nao onwaar nee falsk epätosi ei fałsz nie nepravda ne hamis nem ложь нет 假 否 いいえ 거짓 아니요 yanliş yanlış hayır'.split(
    ' ',
  ),
);

function flag(text: string): CellValue {
  const word = text.toLowerCase().normalize('NFC');
  if (YES.has(word)) return { kind: 'value', value: 'yes' };
  if (NO.has(word)) return { kind: 'value', value: 'no' };
  return { kind: 'mistake', problem: 'is neither yes nor no' };
}

const EXAMPLE = 'write it like 2026-11-20T14:05:00Z or 2026-11-20 14:05 (UTC)';

function instantCell(text: string): CellValue {
  const found = instantIn(text);
  if (typeof found === 'string') return { kind: 'mistake', problem: `${found}; ${EXAMPLE}` };
  return { kind: 'value', value: isoInstant(found) };
}

const TIME = String.raw`(?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?)?\s*(?<half>[ap]\.?m\.?)?`;
const ZONE = String.raw`\s*(?<zone>z|utc|gmt|[+-]\d\d:?\d\d)?`;
const REST = String.raw`(?:(?:[t,]|\s)\s*${TIME}${ZONE})?$`;
/** Year first: one order of month and day. */
const YEAR_FIRST = new RegExp(
  String.raw`^(?<year>\d{4})(?<s>[-/.])(?<month>\d{1,2})\k<s>(?<day>\d{1,2})${REST}`,
  'iu',
);
/** Points between: day first, wherever it is written. */
const POINTS = new RegExp(String.raw`^(?<day>\d{1,2})\.\s?(?<month>\d{1,2})\.\s?(?<year>\d{4})${REST}`, 'iu');
/** Anything else: day or month first, which only a number above 12 tells. */
const EITHER = new RegExp(
  String.raw`^(?<first>\d{1,2})[-/](?<second2>\d{1,2})[-/](?<year>\d{4})${REST}`,
  'iu',
);
const NAMED = new RegExp(
  String.raw`^(?:(?<day>\d{1,2})[-\s.]+(?<name>[a-z]{3,9})\.?|(?<name2>[a-z]{3,9})\.?\s+(?<day2>\d{1,2}),?)[-\s]+(?<year>\d{4})${REST}`,
  'iu',
);
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

type Groups = Readonly<Record<string, string | undefined>>;

/** The instant, or why there is none. A time without a zone is UTC, as all times in the sheet are. */
function instantIn(text: string): EpochMs | string {
  const fixed = (YEAR_FIRST.exec(text) ?? POINTS.exec(text))?.groups;
  if (fixed !== undefined) return instantOf(fixed, Number(fixed['month']), Number(fixed['day']));
  const either = EITHER.exec(text)?.groups;
  if (either !== undefined) return eitherOrder(either);
  const named = NAMED.exec(text)?.groups;
  const month = named === undefined ? 0 : monthNamed(named['name'] ?? named['name2'] ?? '');
  if (named !== undefined && month > 0) return instantOf(named, month, Number(named['day'] ?? named['day2']));
  if (/^\d{5}(?:[.,]\d+)?$/u.test(text))
    return 'is the number of a day, as a spreadsheet keeps dates: format the cell as text';
  if (/^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,2}\b/u.test(text)) return 'has no year of four digits';
  return 'is not a date that can be understood';
}

/** Day and month in whatever order; only a number above 12, or two of the same, tell which is which. */
function eitherOrder(groups: Groups): EpochMs | string {
  const [first, second] = [Number(groups['first']), Number(groups['second2'])];
  if (first !== second && first <= 12 && second <= 12)
    return 'may be day and month or month and day (format the column as text)';
  return first > 12 ? instantOf(groups, second, first) : instantOf(groups, first, second);
}

/** 1 for January, from its first three letters in English; 0 for what is no month. */
function monthNamed(name: string): number {
  return MONTHS.findIndex((known) => name.toLowerCase().startsWith(known)) + 1;
}

function instantOf(groups: Groups, month: number, day: number): EpochMs | string {
  const year = Number(groups['year']);
  const hour = hourOf(groups);
  if (hour === null) return 'has no such hour';
  const [minute, second] = [Number(groups['minute'] ?? 0), Number(groups['second'] ?? 0)];
  const fraction = Math.floor(Number(`0.${groups['fraction'] ?? '0'}`) * 1000);
  if (minute > 59 || second > 59) return 'has no such time';
  const midnight = Date.UTC(2000, month - 1, day);
  const date = new Date(midnight);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return 'is no day of the calendar';
  const zone = zoneMinutes(groups['zone']);
  if (zone === null) return 'has no such time zone';
  const instant = date.getTime() + ((hour * 60 + minute - zone) * 60 + second) * 1000 + fraction;
  return isInstant(instant) ? instant : 'is out of range';
}

function hourOf(groups: Groups): number | null {
  const hour = Number(groups['hour'] ?? 0);
  const half = groups['half']?.toLowerCase().charAt(0);
  if (half === undefined) return hour <= 23 ? hour : null;
  if (hour < 1 || hour > 12) return null;
  return (hour % 12) + (half === 'p' ? 12 : 0);
}

function zoneMinutes(zone: string | undefined): number | null {
  if (zone === undefined || /^[a-z]/iu.test(zone)) return 0;
  const digits = zone.replace(':', '');
  const [hours, minutes] = [Number(digits.slice(1, 3)), Number(digits.slice(3, 5))];
  if (hours > 14 || minutes > 59) return null;
  return (digits.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
