import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathMatcher } from '../../../src/processors/path-globs.ts';
import { nameMatcher } from '../../../src/domain/wildcard.ts';

describe('nameMatcher', () => {
  it('knows * for any run, ? for one, and nothing else', () => {
    const matches = nameMatcher(['*[bot]', 'Ada L?velace', 'a.b']);

    expect(
      ['renovate[bot]', '[bot]', 'bot', 'Ada Lovelace', 'Ada Llvelace', 'Ada Lvelace', 'a.b', 'axb'].map(
        matches,
      ),
    ).toEqual([true, true, false, true, true, false, true, false]);
  });

  it('does not mind the case, and wants the whole name', () => {
    const matches = nameMatcher(['dependabot*']);

    expect(['Dependabot', 'DEPENDABOT preview', 'my dependabot'].map(matches)).toEqual([true, true, false]);
  });

  it('matches nothing without patterns', () => {
    expect(nameMatcher([])('')).toBe(false);
  });

  it('stands for more than one line, as hostile names may have', () => {
    expect(nameMatcher(['a*b'])('a\nb')).toBe(true);
  });

  it('matches any name by itself, and any name by *', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(nameMatcher([name])(name)).toBe(true);
        expect(nameMatcher(['*'])(name)).toBe(true);
      }),
    );
  });
});

describe('pathMatcher', () => {
  it.each([
    ['packages/ui/**', 'packages/ui/a.ts', true],
    ['packages/ui/**', 'packages/ui/deep/er/a.ts', true],
    ['packages/ui/**', 'packages/ui/.hidden/a.ts', true],
    ['packages/ui/**', 'packages/ui2/a.ts', false],
    ['docs/', 'docs/a/b.md', true],
    ['docs/', 'docs.md', false],
    ['*.md', 'README.md', true],
    ['*.md', 'docs/README.md', false],
    ['**/*.md', 'docs/README.md', true],
    ['**/*.md', 'README.md', true],
    ['{a,b}/**', 'b/x', true],
    ['**', '.github/workflows/ci.yaml', true],
    ['package-lock.json', 'package-lock.json', true],
    ['package-lock.json', 'x/package-lock.json', false],
  ])('%s takes %s: %s', (glob, path, taken) => {
    expect(pathMatcher([glob])(path)).toBe(taken);
  });

  it('takes what any of the globs does, and nothing without globs', () => {
    expect(pathMatcher(['a/**', 'b/**'])('b/x')).toBe(true);
    expect(pathMatcher([])('a')).toBe(false);
  });

  it('takes every path below a folder that ends in a slash', () => {
    const part = fc.stringMatching(/^[a-z0-9_.-]{1,8}$/u).filter((text) => !/^\.+$/u.test(text));

    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        expect(pathMatcher(['src/'])(`src/${parts.join('/')}`)).toBe(true);
      }),
    );
  });
});
