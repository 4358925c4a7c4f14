import picomatch from 'picomatch';

/** A matcher for paths inside a repository: `packages/ui/**`, `*.md`, `docs/` (all below), `!docs/old/**` (but not these). No glob matches nothing. */
export function pathMatcher(globs: readonly string[]): (path: string) => boolean {
  const whole = globs.map((glob) => (glob.endsWith('/') ? `${glob}**` : glob));
  const wanted = whole.filter((glob) => !glob.startsWith('!'));
  const unwanted = whole.flatMap((glob) => (glob.startsWith('!') ? [glob.slice(1)] : []));
  if (wanted.length === 0) return () => false;
  // a file name may hold a line feed
  const options = { dot: true, flags: 's' };
  const matches = picomatch(wanted, options);
  const isExcepted = unwanted.length === 0 ? () => false : picomatch(unwanted, options);
  return (path) => matches(path) && !isExcepted(path);
}
