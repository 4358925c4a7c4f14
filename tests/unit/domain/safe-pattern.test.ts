import { describe, expect, it } from 'vitest';
import { DoraError } from '../../../src/domain/errors.ts';
import { safePattern } from '../../../src/domain/safe-pattern.ts';

function match(source: string, text: string) {
  return safePattern(source, 'images[0]').match(text);
}

describe('a pattern of the configuration', () => {
  it('matches whole texts, with its groups', () => {
    const found = match('quay.io/(?<org>[^/]+)/(.+)', 'quay.io/acme/shop');

    expect(found?.slice()).toEqual(['quay.io/acme/shop', 'acme', 'shop']);
    expect(found?.groups).toMatchObject({ org: 'acme' });
    expect(match('acme', 'acme/shop')).toBeNull();
    expect(match('a|b', 'ab')).toBeNull();
    expect(match('^a$', 'a')).not.toBeNull();
  });

  it('tells how many groups it has, and what they are called', () => {
    expect(safePattern('(a)(?:b)(?<c>c)[(](\\()', '').groups).toEqual({ count: 3, names: ['c'] });
  });

  it.each(['(', '[a', 'a**', '(?<a>x)(?<a>y)', '\\'])('"%s" is refused: it is none', (source) => {
    expect(() => match(source, '')).toThrow(DoraError);
    expect(() => match(source, '')).toThrow(/^images\[0\]: .* is not a regular expression$/u);
  });

  it.each([
    '(a+)+',
    '(a*)*b',
    '(?:a|aa)+',
    '(?:(?:x|y)z)*',
    '([a-z]+)*@',
    '(?:a{1,9}){5}',
    '(?:a?){40}b',
    '((a+))+',
    String.raw`(a)\1`,
    String.raw`(?<a>a)\k<a>`,
    '(?=a)a',
    '(?!b)a',
    '(?<=a)b',
    '(?<!a)b',
    '.*.*.*.*x',
    '.*a.*a.*a.*ab',
    String.raw`\w+\w+\w+\w+!`,
    'a?a?a?a?a?a?a?aaaaaaa',
    '(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)b',
    '(?:ab)*(?:ab)*(?:ab)*b',
    '[a-z]*[a-y]*[a-x]*[a-w]*!',
  ])('%s is refused: a text could keep it busy', (source) => {
    expect(() => match(source, '')).toThrow(/^images\[0\]: /u);
  });

  it.each([
    '(?:.*/)?components/(?<component>[^/]+)/(?<environment>[^/]+)/(?<cluster>[^/]+)(?:/.*)?',
    'quay.io/[^/]+/[^/]+/[^/]+/[^/]+/[^/]+/x',
    String.raw`v?\d+\.\d+\.\d+(?:-rc\d+)?-g?(?<sha>[0-9a-f]{7,40})`,
    '(?:ab){3}c',
    '(?:dev|prod)-.+',
    String.raw`\p{L}+[)(]\(`,
    'x{2}(?:y)?',
    '(?:dev|test|qa|stg|stage|prod|live|demo)-.+',
    String.raw`[a-z]+\d+[a-z]+\d+[a-z]+`,
    String.raw`[a-z]+\b-[a-z]+$`,
  ])('%s is taken', (source) => {
    expect(() => match(source, '')).not.toThrow();
  });

  it('is done at once with the worst text that it is asked about, and with any longer one', () => {
    const hostile = 'a'.repeat(300);
    const sources = ['.*a.*ab', 'a*a*a*b', '(?:a*)(?:a*)b'];

    const started = performance.now();
    const found = sources.flatMap((source) => [match(source, hostile), match(source, hostile.repeat(1000))]);

    expect(found).toEqual(found.map(() => null));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
