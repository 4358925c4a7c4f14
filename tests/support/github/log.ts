import type { FaultName, SeenRequest } from './faults.ts';

/** A request and what came of it. */
export interface LoggedRequest extends SeenRequest {
  /** What it took of the budget. */
  readonly points: number;
  /** How many nodes a query could have given. */
  readonly nodes: number;
  /** Of the answer; 0 where there was none, or none yet. */
  readonly status: number;
  readonly fault: FaultName | null;
  /** It was sent with `If-None-Match`. */
  readonly conditional: boolean;
}

/** A line of the log while its request is being answered. */
export class LogLine implements LoggedRequest {
  readonly index: number;
  readonly kind: SeenRequest['kind'];
  readonly operation: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly conditional: boolean;
  points = 0;
  nodes = 0;
  status = 0;
  fault: FaultName | null = null;

  constructor(seen: SeenRequest, conditional: boolean) {
    this.index = seen.index;
    this.kind = seen.kind;
    this.operation = seen.operation;
    this.variables = seen.variables;
    this.conditional = conditional;
  }
}
