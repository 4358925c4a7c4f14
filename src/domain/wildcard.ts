/**
 * A matcher for names: `*` stands for any run of characters, `?` for one, everything else for itself.
 *
 * Not a path glob on purpose: brackets are common in names (`renovate[bot]`) and mean themselves here.
 */
export function nameMatcher(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.length === 0) return () => false;
  const sources = patterns.map((pattern) =>
    pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll(/\*+/g, '.*')
      .replaceAll('?', '.'),
  );
  const expression = new RegExp(`^(?:${sources.join('|')})$`, 'isu');
  return (name) => expression.test(name);
}
