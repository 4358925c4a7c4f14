import path from 'node:path';
import { compareText } from '../domain/compare.ts';
import { DoraError } from '../domain/errors.ts';
import type { ComponentSettings, RepositorySource } from '../domain/settings.ts';
import { nameMatcher } from '../domain/wildcard.ts';
import { foldersIn, readTextFile } from '../io/files.ts';
import type { Repository } from './repository-schema.ts';

/** How a repository is written where only a text stands: `./services/*`, `https://…`, `owner/name` on GitHub. */
export function asRepository(text: string, server: string): { path: string } | { url: string } {
  if (/^\w[\w+.-]*:\/\/|^[\w.-]+@[\w.-]+:/u.test(text)) return { url: text };
  if (/^[\w-][\w.-]*\/[\w.-]+$/u.test(text)) return { url: `${server}/${text}.git` };
  return { path: text };
}

/** Texts in a list of repositories as the maps that they stand for; anything else is left for the schema to judge. */
export function withoutTexts(repositories: unknown, server: string): unknown {
  if (!Array.isArray(repositories)) return repositories;
  const list: readonly unknown[] = repositories;
  return list.map((entry) =>
    typeof entry === 'string' && entry !== '' ? asRepository(entry, server) : entry,
  );
}

export interface ExpandRequest {
  /** The folder that relative paths start from. */
  readonly base: string;
  /** Where `owner/name` is: `https://github.com`. */
  readonly server: string;
}

/**
 * Every repository that the entries stand for, in their order, each once.
 *
 * Throws a `DoraError` for a file that cannot be read, and for an entry that stands for none.
 */
export async function expanded(
  entries: readonly Repository[],
  request: ExpandRequest,
): Promise<readonly RepositorySource[]> {
  const sources: RepositorySource[] = [];
  for (const entry of entries) sources.push(...(await sourcesOf(entry, request)));
  const seen = new Set<string>();
  return sources.filter(({ location, name, branch }) => {
    const key = JSON.stringify([location, name, branch]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

async function sourcesOf(entry: Repository, request: ExpandRequest): Promise<readonly RepositorySource[]> {
  if (entry.file !== undefined) return await inFile(entry.file, entry, request);
  if (entry.url !== undefined || !/[*?]/u.test(entry.path ?? '')) return [sourceFrom(entry, request.base)];
  const pattern = entry.path ?? '';
  const found = await matching(pattern, request.base);
  if (found.length === 0) {
    throw new DoraError('config', `repositories: no folder matches ${pattern}`, {
      hint: `it is looked for from ${request.base}; correct the pattern.`,
    });
  }
  return found.map((location) => sourceFrom({ ...entry, path: location }, request.base));
}

/** A line each; what follows a # is a remark. */
async function inFile(
  file: string,
  entry: Repository,
  { base, server }: ExpandRequest,
): Promise<readonly RepositorySource[]> {
  const text = await readTextFile(path.resolve(base, file));
  const lines = text
    .replace(/^\uFEFF/u, '')
    .split(/\r?\n/u)
    .map((line) => line.replace(/(?:^|\s)#.*$/u, '').trim())
    .filter((line) => line !== '');
  const folder = path.dirname(file);
  const sources: RepositorySource[] = [];
  for (const line of lines) {
    const named = asRepository(line, server);
    const where = 'path' in named && !path.isAbsolute(line) ? { path: path.join(folder, line) } : named;
    const { file: _, ...rest } = entry;
    sources.push(...(await sourcesOf({ ...rest, ...where }, { base, server })));
  }
  return sources;
}

/** The folders that a pattern stands for, by name; hidden ones only where the pattern says so. */
async function matching(pattern: string, base: string): Promise<readonly string[]> {
  const parts = pattern.split('/');
  let found = [pattern.startsWith('/') ? '/' : ''];
  for (const part of parts.filter((one) => one !== '')) {
    if (!/[*?]/u.test(part)) {
      found = found.map((folder) => path.join(folder, part));
      continue;
    }
    const matches = nameMatcher([part]);
    const next: string[] = [];
    for (const folder of found) {
      const names = await foldersIn(path.resolve(base, folder));
      next.push(
        ...names
          .filter((name) => matches(name) && (part.startsWith('.') || !name.startsWith('.')))
          .sort(compareText)
          .map((name) => path.join(folder, name)),
      );
    }
    found = next;
  }
  return found;
}

function sourceFrom(repository: Repository, base: string): RepositorySource {
  const { name = null, branch = null, url } = repository;
  const components: readonly ComponentSettings[] = repository.components;
  if (url !== undefined)
    return { from: { kind: 'url', url, isListed: false }, location: url, name, branch, components };
  const location = repository.path ?? '.';
  return { from: { kind: 'path', path: path.resolve(base, location) }, location, name, branch, components };
}
