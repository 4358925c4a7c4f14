/**
 * Bytes that only look random, so that two runs that do the same leave the same:
 *
 *     vi.mock('node:crypto', async (original) => countedRandom(await original()));
 *
 * It imports only a type: whoever imports `node:crypto` waits for it.
 */

import type * as crypto from 'node:crypto';

let drawn = 0;

/** Lets what is random begin again: two runs that do the same leave the same. */
export function beginRandom(): void {
  drawn = 0;
}

/** `node:crypto` with bytes that only look random. */
export function countedRandom(actual: typeof crypto) {
  return {
    ...actual,
    randomBytes: (size: number) => {
      drawn += 1;
      return actual.createHash('sha512').update(String(drawn)).digest().subarray(0, size);
    },
  };
}
