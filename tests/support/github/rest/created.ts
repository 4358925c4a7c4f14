const DAY = 86_400;
const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?$/u;

/** From when to when, epoch seconds, both included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * What GitHub's search takes for a time: `A..B`, `A..*`, `*..B`, `>=A`, `>A`, `<=B`, `<B` or `A`, of days or of
 * moments. `null` when it is none of them.
 */
export function spanOf(text: string): Span | null {
  const between = /^(.+)\.\.(.+)$/u.exec(text);
  if (between !== null) {
    const from = between[1] === '*' ? ALWAYS : momentOf(between[1]);
    const to = between[2] === '*' ? ALWAYS : momentOf(between[2]);
    return from === null || to === null ? null : { from: from.from, to: to.to };
  }
  const [, sign = '', rest = ''] = /^([<>]=?)?(.+)$/u.exec(text) ?? [];
  const moment = momentOf(rest);
  if (moment === null) return null;
  switch (sign) {
    case '>=':
      return { from: moment.from, to: Infinity };
    case '>':
      return { from: moment.to + 1, to: Infinity };
    case '<=':
      return { from: -Infinity, to: moment.to };
    case '<':
      return { from: -Infinity, to: moment.from - 1 };
    default:
      return moment;
  }
}

const ALWAYS: Span = { from: -Infinity, to: Infinity };

/** A second, or a whole day. */
function momentOf(text: string | undefined): Span | null {
  if (text === undefined || !MOMENT.test(text)) return null;
  const from = Math.floor(Date.parse(text) / 1000);
  return { from, to: text.includes('T') ? from : from + DAY - 1 };
}
