import type * as z from 'zod';

/** Turns what zod found into lines a person can act on: what, where, who said so, and a guess at what was meant. */

export interface Places {
  /** The layer that set a path. */
  readonly originOf: (path: readonly PropertyKey[]) => string | null;
  /** The keys that are known at a path. */
  readonly keysAt: (path: readonly PropertyKey[]) => readonly string[];
  /** A path in the spelling of whoever set it. */
  readonly asWritten: (path: readonly PropertyKey[]) => readonly PropertyKey[];
}

/** One line for each mistake. */
export function explainIssues(issues: readonly z.core.$ZodIssue[], places: Places): string[] {
  return issues.flatMap(unfolded).flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const known = places.keysAt(issue.path);
      return issue.keys.map((key) => {
        const meant = nearest(key, known);
        const hint = meant === null ? `known keys: ${known.join(', ')}` : `did you mean ${meant}?`;
        return line([...issue.path, key], 'unknown key', hint, places);
      });
    }
    if (issue.code === 'invalid_key') {
      const name = JSON.stringify(issue.path.at(-1));
      return issue.issues.map((inner) =>
        line(issue.path.slice(0, -1), `the name ${name} ${wording(inner)}`, null, places),
      );
    }
    return [line(issue.path, wording(issue), null, places)];
  });
}

/** Where several forms are possible, the mistakes in the one that was meant: the only one of the kind that stands there. */
function unfolded(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const [meant, ...others] = issue.errors.filter(
    (form) => !form.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  );
  if (meant === undefined || others.length > 0) return [issue];
  return meant.flatMap((inner) => unfolded({ ...inner, path: [...issue.path, ...inner.path] }));
}

function line(
  path: readonly PropertyKey[],
  what: string,
  hint: string | null,
  { originOf, asWritten }: Places,
): string {
  const origin = originOf(path);
  const where = origin === null ? '' : ` (${origin})`;
  return `${pathText(asWritten(path))}: ${what}${where}${hint === null ? '' : `; ${hint}`}`;
}

/** `repositories[0].components[1].tags`. */
function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : `${text}${text === '' ? '' : '.'}${String(part)}`,
    '',
  );
}

function wording(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input'))
    return `must be ${article(issue.expected)}`;
  if (issue.code === 'too_small' && typeof issue.minimum === 'number' && issue.origin !== 'array') {
    return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
  }
  if (issue.code === 'too_big' && issue.origin !== 'array') return `must be at most ${issue.maximum}`;
  if (issue.code !== 'invalid_union') return issue.message;
  return (
    issue.errors
      .flat()
      .map(wording)
      .find((text) => text.startsWith('must be ')) ?? 'is not one of the allowed forms'
  );
}

function article(type: string): string {
  const names: Record<string, string> = {
    array: 'a list',
    object: 'a map of keys',
    record: 'a map',
    string: 'a text',
    int: 'a whole number',
  };
  return names[type] ?? `a ${type}`;
}

/** The known word that is nearest to `word`, when it is near enough to be a typing mistake. */
export function nearest(word: string, known: readonly string[]): string | null {
  const ranked = known
    .map((name) => ({ name, distance: distance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.name : null;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, letter] of a.split('').entries()) {
    const current = [row + 1];
    for (const [column, other] of b.split('').entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
