import { DoraError } from '../../domain/errors.ts';

interface FailureOptions extends ErrorOptions {
  readonly hint: string;
  readonly isFinal?: boolean;
}

/** What a registry refuses, or does not manage to answer. */
export class RegistryFailure extends DoraError {
  /** Every other image of this registry would fail the same way. */
  readonly isFinal: boolean;

  constructor(message: string, { isFinal = false, ...options }: FailureOptions) {
    super('source', message, options);
    this.isFinal = isFinal;
  }
}
