import { DoraError, messageOf } from './errors.ts';

/** Whoever writes a longer text than a pattern is ever asked about gets no match, and the time that a match may take has a bound. */
const LONGEST_INPUT = 300;
/** How many repetitions of a pattern may compete for the same characters: the time grows with the length to this power. */
const MOST_RIVALS = 2;

/** How many things may be there or not, or be one thing or another: each doubles the time. */
const MOST_CHOICES = 6;

/** A pattern of the configuration, ready for use. */
export interface SafePattern {
  readonly source: string;
  /** How many groups it has, and the names of those that have one. */
  readonly groups: { readonly count: number; readonly names: readonly string[] };
  /** The match of the whole text; `null` also for a text of more than 300 characters. */
  readonly match: (text: string) => RegExpExecArray | null;
}

/**
 * A regular expression that must match a whole text and cannot take for ever to do so.
 *
 * `where` is for the message (`argocd.paths[0]`). Throws a `DoraError` for what is no regular expression, and for one that a hostile text could keep
 * busy: repetition within repetition, too many repetitions that can take each other's characters, back-references and look-arounds.
 */
export function safePattern(source: string, where: string): SafePattern {
  const expression = compiled(source, where);
  const tokens = tokensOf(source);
  const danger = dangerIn(tokens);
  if (danger !== null)
    throw new DoraError('config', `${where}: ${source} ${danger}`, {
      hint: 'write it as several simpler patterns, or with [^/]+ in place of .+ and .*',
    });
  const names = tokens.flatMap(({ text }) => /^\(\?<(\w+)>$/u.exec(text)?.[1] ?? []);
  const count = tokens.filter(({ text }) => text === '(' || /^\(\?<\w/u.test(text)).length;
  return {
    source,
    groups: { count, names },
    match: (text) => (text.length > LONGEST_INPUT ? null : expression.exec(text)),
  };
}

function compiled(source: string, where: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, 'u');
  } catch (error) {
    throw new DoraError('config', `${where}: ${source} is not a regular expression`, {
      hint: messageOf(error),
      cause: error,
    });
  }
}

interface Token {
  readonly text: string;
  /** How often it may stand there; of a group, said by its end. */
  readonly times: { readonly least: number; readonly most: number };
}

const PIECE =
  /(\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|k<[^>]*>|u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|\d+|[^])|\[(?:\\[^]|[^\]\\])*\]|\(\?(?:<[a-z_$][\w$]*>|<[=!]|[:=!])|[^])([*+?]\??|\{\d+(?:,\d*)?\}\??)?/giu;

/** The pieces of a regular expression that is known to be one, each with its quantifier. */
function tokensOf(source: string): readonly Token[] {
  return Array.from(source.matchAll(PIECE), ([, text = '', quantifier = '']) => ({
    text,
    times: timesOf(quantifier),
  }));
}

function timesOf(quantifier: string): Token['times'] {
  if (quantifier.startsWith('*')) return { least: 0, most: Infinity };
  if (quantifier.startsWith('+')) return { least: 1, most: Infinity };
  if (quantifier.startsWith('?')) return { least: 0, most: 1 };
  const [, least = '1', comma = '', most = ''] = /^\{(\d+)(,?)(\d*)\}/u.exec(quantifier) ?? [];
  return { least: Number(least), most: comma === '' ? Number(least) : most === '' ? Infinity : Number(most) };
}

/** Why a pattern may take for ever, in words that follow it; `null` when it does not. */
function dangerIn(tokens: readonly Token[]): string | null {
  if (tokens.some(({ text }) => /^\\(?:[1-9]|k<)/u.test(text))) return 'refers back to a group';
  if (tokens.some(({ text }) => /^\(\?<?[=!]$/u.test(text))) return 'looks around';
  if (repeatsChoice(tokens)) return 'repeats a group that can match the same text in more than one way';
  const options = tokens.filter(({ times }) => times.least === 0 && times.most === 1);
  if (options.length + groupsWithChoice(tokens) > MOST_CHOICES)
    return 'has too many optional parts and alternatives';
  const rivals = tokens.filter((token, at) => varies(token) && isRival(tokens, at));
  return rivals.length > MOST_RIVALS ? 'has too many repetitions that can match the same text' : null;
}

function groupsWithChoice(tokens: readonly Token[]): number {
  const hasChoice = (from: number, to: number) => tokens.slice(from, to).some(({ text }) => text === '|');
  return tokens.filter(({ text }, at) => text.startsWith('(') && hasChoice(at, endOf(tokens, at))).length;
}

function varies({ times }: Token): boolean {
  return times.most > 1 && times.most !== times.least;
}

/** Whether a group that may stand there more than once holds a repetition or an alternative. */
function repeatsChoice(tokens: readonly Token[]): boolean {
  const open: { hasChoice: boolean }[] = [];
  for (const token of tokens) {
    if (token.text.startsWith('(')) {
      open.push({ hasChoice: false });
    } else if (token.text === ')') {
      const group = open.pop();
      const hasChoice = group?.hasChoice === true;
      if (hasChoice && token.times.most > 1) return true;
      const outer = open.at(-1);
      if (outer !== undefined && (hasChoice || token.times.most !== token.times.least))
        outer.hasChoice = true;
    } else if (token.text === '|' || token.times.most !== token.times.least) {
      const group = open.at(-1);
      if (group !== undefined) group.hasChoice = true;
    }
  }
  return false;
}

/** Whether what follows a repetition could begin with a character of the repetition itself: then there is more than one way to end it. */
function isRival(tokens: readonly Token[], at: number): boolean {
  const repeated = tokens[at];
  const following = followers(tokens, at + 1);
  // of a repeated group it is not looked into
  if (repeated === undefined || repeated.text === ')' || following === null) return true;
  return following.some(({ text }) =>
    SAMPLE.some((character) => can(repeated, character) && can({ text }, character)),
  );
}

/** What names and paths are made of, and one of the other characters. */
const SAMPLE = [...Array.from({ length: 95 }, (_, code) => String.fromCharCode(code + 32)), '\n', 'é'];

function can({ text }: Pick<Token, 'text'>, character: string): boolean {
  return new RegExp(`^${text}$`, 'su').test(character);
}

/** The tokens of which the text may have a character next, from a position on; none at its end. `null` where alternatives make it hard to tell. */
function followers(tokens: readonly Token[], at: number): readonly Token[] | null {
  const token = tokens[at];
  if (token === undefined || token.text === '$') return [];
  if (token.text === '|' || (token.text === ')' && token.times.most > 1)) return null;
  if (/^(?:[)^]|\\b)$/iu.test(token.text)) return followers(tokens, at + 1);
  const end = token.text.startsWith('(') ? endOf(tokens, at) : at;
  if (tokens.slice(at, end).some(({ text }) => text === '|')) return null;
  const here = end === at ? [token] : followers(tokens, at + 1);
  // what need not be there lets what comes after it come next
  const rest = tokens[end]?.times.least === 0 ? followers(tokens, end + 1) : [];
  return here === null || rest === null ? null : [...here, ...rest];
}

/** The position of the bracket that ends the group that begins at `at`. */
function endOf(tokens: readonly Token[], at: number): number {
  let depth = 0;
  for (let end = at; end < tokens.length; end += 1) {
    const text = tokens[end]?.text ?? '';
    if (text.startsWith('(')) depth += 1;
    if (text === ')') depth -= 1;
    if (depth === 0) return end;
  }
  return tokens.length;
}
