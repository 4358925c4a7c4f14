import { Refusal, TextRefusal } from './answers.ts';
import { instantOf } from './dates.ts';

/** A body as gin and mapstructure read it: one JSON object, keys in any case, types weak. */

export type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object in a body; an empty body is one without fields. What is not JSON, or not an object, is an error of the server. */
export function bodyOf(text: string, contentType: string): Fields {
  if (contentType.startsWith('multipart/form-data;') || /^[ \t\r\n]*$/u.test(text)) return {};
  const value = jsonOf(text);
  if (value === null) return {};
  if (isObject(value)) return value;
  const kind = Array.isArray(value) ? 'array' : typeof value;
  throw new Refusal(500, `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
}

function jsonOf(text: string): unknown {
  const trimmed = text.trimStart();
  try {
    return JSON.parse(trimmed);
  } catch (error) {
    // Go's decoder stops after the first value, whatever follows
    const end = endOfFirst(trimmed);
    if (end !== null && end < trimmed.length) return jsonOf(trimmed.slice(0, end));
    const isCut = end === null || /end of JSON|unterminated/iu.test(String(error));
    throw new Refusal(500, isCut ? 'unexpected EOF' : 'invalid character looking for beginning of value');
  }
}

/** Where the first object or array of a text ends; `null` if it does not, or there is none. */
function endOfFirst(text: string): number | null {
  if (!/^[{[]/u.test(text)) return null;
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/gsu)) {
    if (token === '{' || token === '[') depth++;
    if (token === '}' || token === ']') depth--;
    if (depth === 0) return index + token.length;
  }
  return null;
}

/** The fields of an object, each as the type that is asked for; what cannot be it is noted, and said in the end. */
export class Decoded {
  readonly #fields: Fields;
  readonly #wrong: string[];

  constructor(fields: Fields, wrong: string[] = []) {
    this.#fields = fields;
    this.#wrong = wrong;
  }

  /** Refuses the body if any of its fields was wrong. */
  check(): void {
    const { length } = this.#wrong;
    if (length > 0)
      throw new TextRefusal(
        `${length} error(s) decoding:\n\n${this.#wrong.map((line) => `* ${line}`).join('\n')}`,
      );
  }

  text(name: string): string {
    const value = this.#value(name);
    if (value === null) return '';
    if (typeof value === 'string') return value;
    if (typeof value === 'boolean') return value ? '1' : '0';
    if (typeof value === 'number') return numberText(value);
    return this.#fail(name, 'string', '');
  }

  date(name: string): bigint | null {
    const value = this.#value(name);
    if (value === null) return null;
    const instant = typeof value === 'string' ? instantOf(value) : null;
    if (instant === null) return this.#fail(name, 'time', null);
    return instant;
  }

  /** A whole number of either sign. */
  whole(name: string): number {
    return Number(this.#integer(name, 'int', /^[+-]?(?:0|[1-9]\d*)$/u));
  }

  /** A whole number of 64 bits without sign: less than nothing becomes very much. */
  unsigned(name: string): bigint {
    return BigInt.asUintN(64, this.#integer(name, 'uint', /^(?:0|[1-9]\d*)$/u));
  }

  float(name: string): number {
    const value = this.#value(name);
    if (value === null || value === '') return 0;
    const number = typeof value === 'object' ? Number.NaN : Number(value);
    return Number.isNaN(number) ? this.#fail(name, 'float64', 0) : number;
  }

  flag(name: string): boolean {
    const value = this.#value(name);
    if (value === null || value === '') return false;
    if (typeof value === 'boolean') return value;
    if (typeof value === 'number') return value !== 0;
    if (typeof value === 'string' && /^(?:1|t|T|TRUE|true|True)$/u.test(value)) return true;
    if (typeof value === 'string' && /^(?:0|f|F|FALSE|false|False)$/u.test(value)) return false;
    return this.#fail(name, 'bool', false);
  }

  /** A list of objects; a single one will do, and an empty one is an empty list. */
  list(name: string): readonly Decoded[] {
    const value = this.#value(name);
    if (value === null || (isObject(value) && Object.keys(value).length === 0)) return [];
    const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
    return entries.map((entry, index) => {
      if (isObject(entry)) return new Decoded(entry, this.#wrong);
      const nothing = new Decoded({}, this.#wrong);
      if (entry === null) return nothing;
      return this.#fail(`${name}[${index}]`, 'map', nothing);
    });
  }

  #integer(name: string, type: string, pattern: RegExp): bigint {
    const value = this.#value(name);
    if (value === null || value === '') return 0n;
    if (typeof value === 'number') return BigInt(Math.trunc(value));
    if (typeof value === 'boolean') return value ? 1n : 0n;
    if (typeof value === 'string' && pattern.test(value)) return BigInt(value.replace('+', ''));
    return this.#fail(name, type, 0n);
  }

  /** `null` for what is missing too. */
  #value(name: string): unknown {
    if (Object.hasOwn(this.#fields, name)) return this.#fields[name];
    const wanted = name.toLowerCase();
    const key = Object.keys(this.#fields).find((other) => other.toLowerCase() === wanted);
    return key === undefined ? null : this.#fields[key];
  }

  #fail<T>(name: string, type: string, instead: T): T {
    this.#wrong.push(`'${name}' expected type '${type}', got unconvertible value`);
    return instead;
  }
}

/** As Go writes a number without an exponent. */
function numberText(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  return Math.abs(value) >= 1 ? String(BigInt(value)) : value.toFixed(100).replace(/0+$/u, '');
}
