import { Refusal, TextRefusal } from './answers.ts';

/** What go-playground's validator finds wrong with a request, all of it in one message. */
export class Validation {
  readonly #request: string;
  readonly #wrong: string[] = [];

  constructor(request: string) {
    this.#request = request;
  }

  text(field: string, value: string): void {
    if (value === '') this.#fail(field, 'required');
  }

  choice(field: string, value: string, choices: readonly string[]): void {
    if (!choices.includes(value)) this.#fail(field, 'oneof');
  }

  number(field: string, value: number): void {
    if (value === 0) this.#fail(field, 'required');
  }

  /** Any instant in place of one that is missing: the request is refused anyway. */
  date(field: string, value: bigint | null): bigint {
    if (value === null) this.#fail(field, 'required');
    return value ?? 0n;
  }

  /** As deployments and pull requests are refused. */
  checkAsObject(): void {
    if (this.#wrong.length > 0)
      throw new Refusal(400, `input json error (400)\nWraps: (2) ${this.#wrong.join('\n')}`);
  }

  /** As issues are. */
  checkAsText(): void {
    if (this.#wrong.length > 0) throw new TextRefusal(this.#wrong.join('\n'));
  }

  #fail(field: string, tag: string): void {
    const name = field.split('.').at(-1) ?? field;
    this.#wrong.push(
      `Key: '${this.#request}.${field}' Error:Field validation for '${name}' failed on the '${tag}' tag`,
    );
  }
}
