/** An error as GitHub words it, with the type that clients look at. */
export class Refusal extends Error {
  /** For instance `NOT_FOUND`; `null` for an error that has no type. */
  readonly type: string | null;
  readonly extensions: Readonly<Record<string, unknown>> | null;

  constructor(
    type: string | null,
    message: string,
    extensions: Readonly<Record<string, unknown>> | null = null,
  ) {
    super(message);
    this.type = type;
    this.extensions = extensions;
  }
}

/** Somebody asks for what this server does not know how to answer: the test has to learn of it. */
export class NotServed extends Error {
  constructor(what: string) {
    super(`not served by the test server: ${what}`);
  }
}

/** One error of an answer, as JSON. */
export interface ErrorJson {
  readonly type?: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly locations?: readonly { readonly line: number; readonly column: number }[];
  readonly message: string;
}
