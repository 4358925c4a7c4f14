import picomatch from 'picomatch';

/** A matcher for paths inside a repository; no glob matches nothing. `packages/ui/**`, `*.md`, `docs/` (all below). */
export function pathMatcher(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => false;
  return picomatch(
    globs.map((glob) => (glob.endsWith('/') ? `${glob}**` : glob)),
    { dot: true },
  );
}
