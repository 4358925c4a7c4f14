import { escapeHtml } from './escape.ts';

/** HTML that is safe to put into the page as it is. Only `html` and `raw` make it. */
export interface Markup {
  readonly kind: 'markup';
  readonly text: string;
}

export type Content = string | number | Markup | null | readonly Content[];

/** The fixed parts of each template, with the indentation of the source taken out. */
const compact = new WeakMap<TemplateStringsArray, readonly string[]>();

/** A piece of HTML: every value in it is escaped unless it is markup itself. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let parts = compact.get(strings);
  if (parts === undefined) {
    parts = strings.map((part) => part.replace(/\s*\n\s*(\/?>)/gu, '$1').replace(/\s*\n\s*/gu, '\n'));
    compact.set(strings, parts);
  }
  let text = parts[0] ?? '';
  values.forEach((value, index) => {
    text += asText(value) + (parts[index + 1] ?? '');
  });
  return raw(text);
}

/** Vouches for `text`: it must not contain anything that came from outside unescaped. */
export function raw(text: string): Markup {
  return { kind: 'markup', text };
}

/** Text in which neither the names of periods, such as `2026-Q3`, nor `2 d 4 h` are torn apart at the end of a line. */
export function unbroken(text: string): Markup {
  const whole = /\b\d{4}-(?:Q\d|W\d\d|\d\d(?:-\d\d)?)\b|\b[\d.]+\s(?:s|min|h|d|y)\b(?:\s\d+\s(?:min|h)\b)?/gu;
  return raw(escapeHtml(text).replace(whole, '<span class="nb">$&</span>'));
}

function asText(value: Content): string {
  if (value === null) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return 'kind' in value ? value.text : value.map(asText).join('');
}
