import type * as z from 'zod';

/** Turns what zod found into lines a person can act on: what, where, who said so, and a guess at what was meant. */

/** One line for each mistake; `originOf` tells which layer set a path, `keysAt` which keys are known there. */
export function explainIssues(
  issues: readonly z.core.$ZodIssue[],
  originOf: (path: readonly PropertyKey[]) => string | null,
  keysAt: (path: readonly PropertyKey[]) => readonly string[],
): string[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const meant = nearest(key, keysAt(issue.path));
        const hint =
          meant === null ? `known keys: ${keysAt(issue.path).join(', ')}` : `did you mean ${meant}?`;
        return line([...issue.path, key], 'unknown key', originOf([...issue.path, key]), hint);
      });
    }
    return [line(issue.path, wording(issue), originOf(issue.path), null)];
  });
}

function line(
  path: readonly PropertyKey[],
  what: string,
  origin: string | null,
  hint: string | null,
): string {
  const where = origin === null ? '' : ` (${origin})`;
  return `${pathText(path)}: ${what}${where}${hint === null ? '' : `; ${hint}`}`;
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
    return `must be at least ${issue.minimum}`;
  }
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
