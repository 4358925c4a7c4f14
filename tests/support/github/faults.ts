import type { Answer } from '../answer.ts';

/** Everything that a server can be told to get wrong, by name. */
export const FAULTS = [
  'bad-gateway',
  'gateway-timeout',
  'something-went-wrong',
  'resource-limits',
  'rate-limited',
  'rate-limit',
  'rate-limited-403',
  'secondary-retry-after',
  'secondary-429',
  'secondary-bare',
  'secondary-200',
  'abuse',
  'reset',
  'cut',
  'hang',
  'partial',
  'not-json',
  'server-error',
  'saml',
  'unauthorized',
  'not-found',
  'forbidden',
  'insufficient-scopes',
  'echo-token',
] as const;

export type FaultName = (typeof FAULTS)[number];

export interface FaultSettings {
  readonly name: FaultName;
  /** How long a limit lasts: until the reset, or in `Retry-After`. Default 60. */
  readonly seconds?: number;
  /** Only pages of more than so many entries fail, as when GitHub runs out of time. */
  readonly above?: number;
}

/** A fault by its name, or with particulars. */
export type Fault = FaultName | FaultSettings;

/** What the one who decides about faults sees of a request. */
export interface SeenRequest {
  /** From 0 on, in the order of their arrival. */
  readonly index: number;
  readonly kind: 'graphql' | 'rest';
  /** The name of the operation, or the path. */
  readonly operation: string;
  /** Of the query, or of the path. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** How an answer goes out: whole, half of it, not at all, or never. */
export type Delivery =
  | { readonly kind: 'whole' | 'cut'; readonly answer: Answer }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' };

/** The fault with its particulars, unless it lets this request pass. */
export function faultFor(fault: Fault | null, { variables }: SeenRequest): FaultSettings | null {
  if (fault === null) return null;
  const settings = typeof fault === 'string' ? { name: fault } : fault;
  const size = Number(variables['first'] ?? variables['last'] ?? variables['per_page'] ?? 30);
  return settings.above !== undefined && size <= settings.above ? null : settings;
}
