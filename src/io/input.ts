import { createReadStream } from 'node:fs';
import path from 'node:path';
import { DoraError, messageOf } from '../domain/errors.ts';

/** Large enough that a file of a gigabyte is not read in a hundred thousand turns. */
const AT_ONCE = 256 * 1024;

/** The bytes of a file that the user names, as they are read. Throws a `DoraError` for one that cannot be read. */
export async function* fileBytes(file: string, folder: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path.resolve(folder, file), { highWaterMark: AT_ONCE }))
      yield asBytes(chunk);
  } catch (error) {
    if (error instanceof DoraError) throw error;
    throw new DoraError('usage', `cannot read ${file}: ${messageOf(error)}`, {
      hint: 'give the path of a file, or - for standard input.',
      cause: error,
    });
  }
}

/** What is piped into the program. Throws a `DoraError` where somebody would have to type it. */
export async function* standardInput(): AsyncGenerator<Uint8Array> {
  if (process.stdin.isTTY)
    throw new DoraError('usage', 'nothing is piped into standard input', {
      hint: 'pipe something in, as in: kubectl get … -o json | dora-metrics …',
    });
  for await (const chunk of process.stdin) yield asBytes(chunk);
}

function asBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('a file is bytes');
}
