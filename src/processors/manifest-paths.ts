/**
 * The path of a source and those of the annotation, which are relative to it unless they begin with a slash; in the order of their names.
 *
 * A source without a path of its own (`null`) has the files that other sources ask for: those of the annotation, or any of its repository. A pattern
 * stands for the folder in which all that it can match is.
 */
export function manifestPaths(path: string | null, manifestGeneratePaths: string | null): readonly string[] {
  const others = (manifestGeneratePaths ?? '')
    .split(';')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => `${text.startsWith('/') ? '' : (path ?? '')}/${withoutPattern(text)}`);
  const own = path === null && others.length > 0 ? [] : [path ?? '.'];
  return [...new Set([...own, ...others].map(normalised))].sort();
}

/** Up to the first part with a wildcard of Go's `filepath.Match`. */
function withoutPattern(path: string): string {
  const parts = path.split('/');
  const pattern = parts.findIndex((part) => /[*?[\\]/u.test(part));
  return parts.slice(0, pattern === -1 ? parts.length : pattern).join('/');
}

/** Without `.` and `..`; the whole repository where the path leads out of it. */
function normalised(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (parts.pop() === undefined) return '.';
    } else parts.push(part);
  }
  return parts.length === 0 ? '.' : parts.join('/');
}
