import { DoraError } from '../domain/errors.ts';
import { safePattern, type SafePattern } from '../domain/safe-pattern.ts';

/** What the paths of an application's sources say of its place. */

type Field = 'component' | 'environment' | 'cluster';
const FIELDS: readonly Field[] = ['component', 'environment', 'cluster'];

interface WithSources {
  readonly sources: readonly { readonly path?: string | null | undefined }[];
}

interface Reading {
  readonly value: string;
  /** The path that it was read from. */
  readonly path: string;
  /** By a pattern of the configuration, and not by a usual one. */
  readonly isConfigured: boolean;
}

export interface PathReader {
  /** What the patterns find for a field; `null` where they find nothing, and where the sources disagree. */
  readonly agreed: (application: WithSources, field: Field) => Reading | null;
  /** The one environment whose name a folder has; `null` where there is none, and where there are two. */
  readonly agreedSegment: (application: WithSources) => Reading | null;
}

/** How GitOps repositories are usually laid out; a folder below does not matter. */
const USUAL: readonly string[] = [
  '(?:.*/)?components/(?<component>[^/]+)/(?<environment>[^/]+)(?:/(?<cluster>[^/]+)(?:/.*)?)?',
  '(?:.*/)?overlays/(?<environment>[^/]+)(?:/.*)?',
];

/**
 * Reads paths by the patterns of the configuration and then by the usual ones.
 *
 * Of a usual pattern only known names are environments. Throws a `DoraError` for a pattern that is none or has none of the
 * three groups.
 */
export function pathReader(
  sources: readonly string[],
  environmentOf: (name: string) => string | null,
  where: string,
): PathReader {
  const patterns = [
    ...sources.map((source, at) => ({
      pattern: withGroups(source, `${where}[${String(at)}]`),
      isConfigured: true,
    })),
    ...USUAL.map((source) => ({ pattern: withGroups(source, where), isConfigured: false })),
  ];
  const read = (path: string, field: Field): Reading | null => {
    for (const { pattern, isConfigured } of patterns) {
      const groups = pattern.match(path)?.groups ?? {};
      const found = groups[field] ?? '';
      const environment = environmentOf(groups['environment'] ?? '');
      const value = field === 'environment' ? (environment ?? found) : found;
      // where no environment stands, a usual layout is another one that looks like it: `base` is none, and what follows it no cluster
      const isOther = !isConfigured && field !== 'component' && environment === null;
      if (value !== '' && !isOther) return { value, path, isConfigured };
    }
    return null;
  };
  const segments = (path: string): readonly Reading[] =>
    path.split('/').flatMap((name) => {
      const value = environmentOf(name);
      return value === null ? [] : [{ value, path, isConfigured: false }];
    });
  return {
    agreed: (application, field) => theOnly(pathsOf(application).flatMap((path) => read(path, field) ?? [])),
    agreedSegment: (application) => theOnly(pathsOf(application).flatMap(segments)),
  };
}

function withGroups(source: string, where: string): SafePattern {
  const pattern = safePattern(source, where);
  if (!FIELDS.some((field) => pattern.groups.names.includes(field)))
    throw new DoraError('config', `${where}: ${source} does not say what stands where in the path`, {
      hint: 'name a group: (?<component>[^/]+), (?<environment>[^/]+) or (?<cluster>[^/]+)',
    });
  return pattern;
}

/** Without what makes no difference between folders: `./a//b/` is `a/b`. A chart from a registry has no path. */
function pathsOf({ sources }: WithSources): readonly string[] {
  return sources
    .map(({ path }) => (path ?? '').split('/').filter((part) => part !== '' && part !== '.'))
    .filter((parts) => parts.length > 0)
    .map((parts) => parts.join('/'));
}

/** All that were read, where they say the same. */
function theOnly(readings: readonly Reading[]): Reading | null {
  const [first, ...others] = readings;
  return first !== undefined && others.every(({ value }) => value === first.value) ? first : null;
}
