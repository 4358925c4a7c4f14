import { DoraError } from '../domain/errors.ts';
import type { ExportPlace } from '../storage/export-store.ts';
import { PARQUET } from '../storage/paths.ts';
import { storageAt } from '../storage/storage-at.ts';
import type { ObjectWriter } from '../storage/storage.ts';
import type { Ports } from './ports.ts';

/** Where an export goes: below the workspace, or to the folder or bucket that `output` names. Throws a `DoraError` for what names neither. */
export function exportPlace(
  output: string | null,
  { storage, env, clock, signal = new AbortController().signal }: Ports,
): ExportPlace {
  if (output === null) return { storage, prefix: PARQUET };
  if (output === '') {
    throw new DoraError('usage', '--output is empty', { hint: 'give a folder, or leave the option out.' });
  }
  const inItsWords = wording(output);
  try {
    // nothing is written here on a condition, so nobody has to promise anything
    const found = storageAt({ data: output, env, singleWriter: false, owner: process.pid, clock, signal });
    return { storage: reworded(found.storage, inItsWords), prefix: '' };
  } catch (error) {
    throw inItsWords(error);
  }
}

/** Errors of a place as errors of `--output`: a storage speaks of the workspace, which this is not. */
function wording(output: string): (error: unknown) => unknown {
  const said = (text: string) =>
    text.replaceAll('--data', '--output').replaceAll('the data folder', 'that folder');
  return (error) => {
    if (!(error instanceof DoraError)) return error;
    const { kind, message, hint } = error;
    // a folder that cannot be written was the wrong one to name; a bucket may only be out of order
    const isWrong = kind === 'data' && !output.startsWith('s3:');
    return new DoraError(isWrong ? 'usage' : kind, said(message), {
      ...(hint === undefined ? {} : { hint: said(hint) }),
      cause: error,
    });
  };
}

function reworded(
  storage: ExportPlace['storage'],
  inItsWords: (error: unknown) => unknown,
): ExportPlace['storage'] {
  const trying = async <Result>(action: Promise<Result>): Promise<Result> => {
    try {
      return await action;
    } catch (error) {
      throw inItsWords(error);
    }
  };
  return {
    writerName: storage.writerName,
    locate: (key) => storage.locate(key),
    read: (key) => trying(storage.read(key)),
    list: (prefix) => trying(storage.list(prefix)),
    abandoned: (prefix) => trying(storage.abandoned(prefix)),
    remove: (key) => trying(storage.remove(key)),
    create: async (key): Promise<ObjectWriter> => {
      const writer = await trying(storage.create(key));
      return {
        write: (chunk) => trying(writer.write(chunk)),
        commit: () => trying(writer.commit()),
        abort: () => trying(writer.abort()),
      };
    },
  };
}
