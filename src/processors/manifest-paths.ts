/** The path of the source and those of the annotation, which are relative to it unless they begin with a slash. */
export function manifestPaths(path: string, manifestGeneratePaths: string | null): readonly string[] {
  const others = (manifestGeneratePaths ?? '')
    .split(';')
    .map((text) => text.trim())
    .filter((text) => text !== '' && text !== '.')
    .map((text) => (text.startsWith('/') ? text.slice(1) : `${path}/${text}`));
  return [...new Set([path, ...others].map(normalised))].sort();
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
