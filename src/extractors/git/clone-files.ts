import path from 'node:path';
import { fileExists, textOrNull } from '../../io/files.ts';

/** What a look at the files of a clone tells without asking git, which for a thousand repositories saves seconds. */

/** The folder in which a clone keeps everything; `null` for a folder inside a work tree and for a linked work tree. */
export function plainFolder(directory: string): string | null {
  const isClone = (folder: string) =>
    fileExists(path.join(folder, 'HEAD')) && fileExists(path.join(folder, 'objects'));
  return [path.join(directory, '.git'), directory].find(isClone) ?? null;
}

/**
 * The address as it stands in the clone's own file, where that is plain to see; `null` where git must be asked.
 *
 * Includes, quotes, comments and a second address are git's business.
 */
export function originInFile(directory: string): string | null {
  const folder = plainFolder(directory);
  const file = folder === null ? null : textOrNull(path.join(folder, 'config'));
  if (file === null || /^\s*\[include|worktreeConfig/imu.test(file)) return null;
  const sections = file
    .split(/^(?=\s*\[)/mu)
    .filter((section) => /^\s*\[remote "origin"\]\s*$/mu.test(section));
  const urls = sections.flatMap((section) => [...section.matchAll(/^\s*url\s*=\s*(\S+)\s*$/gimu)]);
  const url = urls.length === 1 ? urls[0]?.[1] : undefined;
  return url === undefined || /["\\#;]/u.test(url) ? null : url;
}
