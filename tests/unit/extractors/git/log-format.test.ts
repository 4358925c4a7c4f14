import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_TRAILERS, type Commit } from '../../../../src/domain/commit.ts';
import { withoutAddress } from '../../../../src/domain/without-address.ts';
import { logArguments, LogParser } from '../../../../src/extractors/git/log-format.ts';
import { epochMs } from '../../../../src/domain/units.ts';

interface Entry {
  readonly sha: string;
  readonly parents?: readonly string[];
  readonly authored?: string;
  readonly committed?: string;
  readonly author?: string;
  readonly email?: string;
  readonly subject?: string | Buffer;
  readonly body?: string | Buffer;
  readonly paths?: readonly string[];
}

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const idOf = (email: string) => `id of ${email}`;

/** What `git log -z` writes for a commit. */
function bytesOf(entry: Entry, withPaths: boolean): Buffer {
  const { sha, parents = [], authored = '10', committed = '20', author = 'Ada', email = 'a@b.c' } = entry;
  const { subject = 'subject', body = '', paths = [] } = entry;
  const head = [sha, parents.join(' '), authored, committed, author, email, ''].join('\n');
  const message = Buffer.concat([
    Buffer.from(head),
    Buffer.from(subject),
    Buffer.from('\n'),
    Buffer.from(body),
    Buffer.from('\0'),
  ]);
  if (!withPaths) return message;
  const touched = paths.map((path, n) => Buffer.from(`${n === 0 ? '\n' : ''}${path}\0`));
  return Buffer.concat([Buffer.from('\0'), message, ...touched]);
}

function parse(entries: readonly Entry[], withPaths = false): Commit[] {
  const parser = new LogParser(withPaths, idOf);
  return [...entries.flatMap((entry) => parser.push(bytesOf(entry, withPaths))), ...parser.end()];
}

function one(entry: Partial<Entry>, withPaths = false): Commit {
  const [commit] = parse([{ sha: A, ...entry }], withPaths);
  if (commit === undefined) throw new Error('no commit');
  return commit;
}

describe('a commit of git log', () => {
  it('has every field in its place', () => {
    expect(one({ parents: [B, A], author: 'Ada Lovelace', subject: 'Add a thing', body: 'Why.\n' })).toEqual({
      sha: A,
      parents: [B, A],
      author: 'Ada Lovelace',
      authorId: 'id of a@b.c',
      authoredAt: 10_000,
      committedAt: 20_000,
      subject: 'Add a thing',
      trailers: NO_TRAILERS,
      paths: null,
    });
  });

  it('may be a root, and may say nothing', () => {
    expect(one({ subject: '', body: '', author: '', email: '' })).toMatchObject({
      parents: [],
      subject: '',
      author: '',
      authorId: 'id of ',
    });
  });

  it.each([
    ['0', 0],
    ['-86400', -86_400_000],
    ['4102444800', 4_102_444_800_000],
    ['', null],
    ['99999999999999', null],
  ])('authored at %j was authored at %j', (authored, authoredAt) => {
    expect(one({ authored }).authoredAt).toBe(authoredAt);
  });

  it('is text in UTF-8, and Latin-1 where it cannot be', () => {
    expect(one({ subject: 'Ünïcödé 日本 😀' }).subject).toBe('Ünïcödé 日本 😀');
    expect(one({ subject: Buffer.from('Gr\xfc\xdfe', 'latin1') }).subject).toBe('Grüße');
    expect(one({ subject: 'already \uFFFD' }).subject).toBe('already \uFFFD');
  });

  it('keeps every control character of a subject but those that end it', () => {
    const controls = String.fromCharCode(...Array.from({ length: 31 }, (_, n) => n + 1)).replace('\n', '');

    expect(one({ subject: `<script>${controls}\u007f` }).subject).toBe(`<script>${controls}\u007f`);
  });

  it('has no e-mail address in its name and its subject', () => {
    expect(one({ author: 'ada@example.com', subject: 'Thank ada.l+x@mail.example.com!' })).toMatchObject({
      author: '[e-mail]',
      subject: 'Thank [e-mail]!',
    });
  });
});

describe('a message', () => {
  const trailersOf = (body: string | Buffer) => one({ body }).trailers;

  it('names what it was picked from, in order', () => {
    const body = `Why.\n\n(cherry picked from commit ${A})\n(cherry picked from commit ${B.slice(0, 7)})\n`;

    expect(trailersOf(body).cherryPickedFrom).toEqual([A, B.slice(0, 7)]);
  });

  it.each([
    [`This reverts commit ${A}.`, [A]],
    [`This reverts commit ${A}, reversing\nchanges made to ${B}.`, [A]],
    [`This reverts commits ${A} and more`, [A]],
    [`This reverts commit ${A}.\nThis reverts commit ${B}.`, [A, B]],
    ['This reverts commit abc.', []],
    [`This reverts ${A}.`, []],
    [`this reverts commit ${A}.`, []],
  ])('%j reverts %j', (body, reverts) => {
    expect(trailersOf(body).reverts).toEqual(reverts);
  });

  it.each([
    ['Reverts acme/shop#12', [12]],
    ['Reverts #12', [12]],
    ['It Reverts #12', []],
    ['Reverts #12abc', []],
  ])('%j reverts the pull requests %j', (body, pulls) => {
    expect(trailersOf(body).revertsPullRequests).toEqual(pulls);
  });

  it('names its co-authors, without their addresses', () => {
    const body =
      'Co-authored-by: Grace Hopper <g@h.example>\nCo-Authored-By: Zoë <z@e.example>\nCO-AUTHORED-BY: Jo';

    expect(trailersOf(body).coAuthors).toEqual(['Grace Hopper', 'Zoë', 'Jo']);
  });

  it('names its co-authors, however the key is capitalised', () => {
    expect(trailersOf('Co-authored-By: Grace <g@h.example>').coAuthors).toEqual(['Grace']);
  });

  it('that is not UTF-8 still names what it reverts', () => {
    const body = Buffer.from(`Gr\xfc\xdfe\nThis reverts commit ${A}.`, 'latin1');

    expect(trailersOf(body).reverts).toEqual([A]);
  });
});

describe('withoutAddress', () => {
  it.each([
    ['mail ada@example.com now', 'mail [e-mail] now'],
    ['<ada.lovelace+x@mail.example.co.uk>', '<[e-mail]>'],
    ['a@b.de,c@d.fr', '[e-mail],[e-mail]'],
    ['ui@1.2.3', 'ui@1.2.3'],
    ['@acme/ui@1.2.3-rc.1', '@acme/ui@1.2.3-rc.1'],
    ['git@github.com:acme/shop.git', 'git@github.com:acme/shop.git'],
    ['ping @ada', 'ping @ada'],
    ['user@localhost', 'user@localhost'],
    ['no address', 'no address'],
  ])('of %j is %j', (text, without) => {
    expect(withoutAddress(text)).toBe(without);
  });

  it('leaves nothing to find a second time', () => {
    const word = fc.constantFrom(
      'a',
      'ab.c',
      '@',
      '.',
      'example',
      '.com',
      ' ',
      '-',
      '+',
      'git',
      '_',
      '1',
      '<',
    );

    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 12 }).map((words) => words.join('')),
        (text) => {
          const without = withoutAddress(text);

          expect(withoutAddress(without)).toBe(without);
        },
      ),
    );
  });
});

describe('the paths of a commit', () => {
  it('are those that git lists, whatever they are called', () => {
    const paths = ['a b.ts', '\nstarts with a line feed', 'tab\there', 'ümlaut', '"quoted"', '\u0001'];

    expect(one({ paths }, true).paths).toEqual(paths);
    expect(one({ paths: ['\n\n'] }, true).paths).toEqual(['\n\n']);
  });

  it('are none for a commit that touches nothing, and belong to nobody else', () => {
    const commits = parse([{ sha: A }, { sha: B, paths: ['x'] }, { sha: A, paths: [] }], true);

    expect(commits.map(({ sha, paths }) => [sha, paths])).toEqual([
      [A, []],
      [B, ['x']],
      [A, []],
    ]);
  });
});

describe('LogParser', () => {
  it('refuses output that ends inside a record', () => {
    const parser = new LogParser(false, idOf);
    parser.push(Buffer.from(`${A}\n`));

    expect(() => parser.end()).toThrow('git log ended inside a record');
  });

  it('has nothing to say of nothing', () => {
    const parser = new LogParser(true, idOf);

    expect([...parser.push(Buffer.alloc(0)), ...parser.end()]).toEqual([]);
  });

  it('asks for the same fields that it reads', () => {
    expect(logArguments(false)).toContain('--no-patch');
    expect(logArguments(true)).toContain('--name-only');
    expect(logArguments(true).find((argument) => argument.startsWith('--format='))).toMatch(
      /^--format=%x00%H%n/u,
    );
  });

  const line = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll(/[\0\n@]/gu, ''));
  const path = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 12 })
    .map((text) => text.replaceAll('\0', ''))
    .filter((text) => text !== '');
  const entries = fc.array(
    fc.record({
      sha: fc.constantFrom(A, B),
      parents: fc.subarray([A, B]),
      author: line,
      subject: line,
      body: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', '')),
      paths: fc.array(path, { maxLength: 4 }),
    }),
    { maxLength: 6 },
  );

  it.each([false, true])('reads the same wherever the chunks are cut (with paths: %s)', (withPaths) => {
    fc.assert(
      fc.property(entries, fc.array(fc.nat(400), { maxLength: 12 }), (each, cuts) => {
        const all = Buffer.concat(each.map((entry) => bytesOf(entry, withPaths)));
        const edges = [0, ...cuts.map((cut) => Math.min(cut, all.length)), all.length].sort((a, b) => a - b);
        const parser = new LogParser(withPaths, idOf);

        const commits = edges.slice(1).flatMap((end, n) => parser.push(all.subarray(edges[n], end)));

        expect([...commits, ...parser.end()]).toEqual(parse(each, withPaths));
      }),
    );
  });

  it.each([false, true])('gives back what was written (with paths: %s)', (withPaths) => {
    fc.assert(
      fc.property(entries, (each) => {
        const read = parse(each, withPaths).map(({ sha, parents, author, subject, paths }) => ({
          ...{ sha, parents, author, subject, paths },
        }));

        expect(read).toEqual(
          each.map(({ sha, parents, author, subject, paths }) => ({
            ...{ sha, parents, author, subject, paths: withPaths ? paths : null },
          })),
        );
      }),
    );
  });

  it('keeps instants as whole milliseconds', () => {
    expect(one({ authored: '1' }).authoredAt).toBe(epochMs(1000));
  });
});
