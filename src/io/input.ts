import { createReadStream } from 'node:fs';
import path from 'node:path';
import { addAbortSignal } from 'node:stream';
import { DoraError, messageOf } from '../domain/errors.ts';

/** A file of a gigabyte is read in some thousand turns; larger pieces take memory until they are collected, and no less time. */
const AT_ONCE = 64 * 1024;

/** The bytes of a file that the user names, as they are read. Throws a `DoraError` for one that cannot be read. */
export async function* fileBytes(
  file: string,
  folder: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const options = { highWaterMark: AT_ONCE, ...(signal !== undefined && { signal }) };
  try {
    for await (const chunk of createReadStream(path.resolve(folder, file), options)) yield asBytes(chunk);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new DoraError('usage', `cannot read ${file}: ${messageOf(error)}`, {
      hint: 'give the path of a file, or - for standard input.',
      cause: error,
    });
  }
}

/** What is piped into the program. Throws a `DoraError` where somebody would have to type it. */
export async function* standardInput(signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  if (process.stdin.isTTY)
    throw new DoraError('usage', 'nothing is piped into standard input', {
      hint: 'pipe something in, as in: kubectl get … -o json | dora-metrics …',
    });
  const input = signal === undefined ? process.stdin : addAbortSignal(signal, process.stdin);
  for await (const chunk of input) yield asBytes(chunk);
}

function asBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('a file is bytes');
}
