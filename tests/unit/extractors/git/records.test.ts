import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_TRAILERS, type Commit, type RefSnapshot } from '../../../../src/domain/commit.ts';
import { epochMs } from '../../../../src/domain/units.ts';
import {
  commitRecord,
  parseCommit,
  parseRefRecords,
  refChanges,
  refRecords,
} from '../../../../src/extractors/git/normalise.ts';
import { parseRefs, REFS_FORMAT } from '../../../../src/extractors/git/refs-format.ts';
import { at, branch, commit, sha, tag, trailers } from '../../../support/builders.ts';

const text = fc.string({ unit: 'binary', maxLength: 20 });
const hex = fc.stringMatching(/^[0-9a-f]{40}$/u);
const instant = fc.option(fc.integer({ min: -1e12, max: 1e13 }).map((value) => epochMs(value)));

const commits: fc.Arbitrary<Commit> = fc.record({
  sha: hex,
  parents: fc.array(hex, { maxLength: 3 }),
  author: text,
  authorId: fc.stringMatching(/^[0-9a-f]{16}$/u),
  authoredAt: instant,
  committedAt: instant,
  subject: text,
  trailers: fc.oneof(
    fc.constant(NO_TRAILERS),
    fc.record({
      cherryPickedFrom: fc.array(hex, { maxLength: 2 }),
      reverts: fc.array(hex, { maxLength: 2 }),
      revertsPullRequests: fc.array(fc.nat(), { maxLength: 2 }),
      coAuthors: fc.array(text, { maxLength: 2 }),
    }),
  ),
  paths: fc.option(fc.array(text, { maxLength: 3 })),
});

const keysOf = (value: unknown) => (typeof value === 'object' && value !== null ? Object.keys(value) : []);

describe('a raw commit', () => {
  it('is one line, and comes back as it was', () => {
    fc.assert(
      fc.property(commits, (each) => {
        const line = commitRecord(each);

        expect(line).not.toContain('\n');
        expect(parseCommit(JSON.parse(line))).toEqual(each);
      }),
    );
  });

  it('leaves out what it has not', () => {
    expect(keysOf(JSON.parse(commitRecord(commit('a'))))).toEqual([
      'sha',
      'parents',
      'author',
      'authorId',
      'authoredAt',
      'committedAt',
      'subject',
    ]);
    expect(commitRecord(commit('a', { paths: [], trailers: trailers({ reverts: ['1234567'] }) }))).toMatch(
      /"trailers":\{.*\},"paths":\[\]\}$/u,
    );
  });

  it.each([null, 'text', 7, {}, { sha: 1 }, { sha: 'a', parents: 'b' }])('is not %j', (record) => {
    expect(() => parseCommit(record)).toThrow(RangeError);
  });

  it('is read with empty trailers where they make no sense, and refused where they are no object', () => {
    const record = { ...JSON.parse(commitRecord(commit('a'))), trailers: { reverts: [1], coAuthors: 'x' } };

    expect(parseCommit(record).trailers).toEqual(NO_TRAILERS);
    expect(() => parseCommit({ ...record, trailers: 'x' })).toThrow(RangeError);
    expect(parseCommit({ ...record, authoredAt: 'x', trailers: {} }).authoredAt).toBeNull();
  });
});

describe('the refs of a repository', () => {
  const parsed = (lines: readonly string[]) =>
    parseRefRecords(lines.map((line): unknown => JSON.parse(line)));

  it('come back as they were', () => {
    const snapshot: RefSnapshot = {
      branch: { name: 'main', commit: sha('a') },
      refs: [branch('main', 'a'), tag('v1', 'a', at('2026-01-01T00:00:00Z')), tag('file', null)],
    };

    expect(parsed(refRecords(snapshot))).toEqual(snapshot);
    expect(parsed(refRecords({ branch: null, refs: [] }))).toEqual({ branch: null, refs: [] });
  });

  it('come back from a list and what has changed since, in the order of git', () => {
    const before: RefSnapshot = {
      branch: { name: 'main', commit: sha('a') },
      refs: [branch('main', 'a'), branch('old', 'b'), tag('v1', 'a'), tag('v2', 'a'), tag('v3', 'b')],
    };
    const after: RefSnapshot = {
      branch: { name: 'trunk', commit: sha('c') },
      refs: [
        branch('main', 'a'),
        branch('trunk', 'c'),
        tag('old', 'c'),
        tag('v1', 'a'),
        tag('v10', 'c'),
        tag('v3', 'c', at('2026-01-01T00:00:00Z')),
      ],
    };
    const changes = refChanges(before, after);

    expect(parsed([...refRecords(before), ...changes])).toEqual(after);
    // one line for the branch, two that are gone, four that are new or have moved
    expect(changes).toHaveLength(7);
    expect(parsed([...refRecords(before), ...refChanges(before, before)])).toEqual(before);
    // git's own list has the fields in another order
    const listed = before.refs.map(({ name, kind, commit: target, taggedAt }) => ({
      name,
      kind,
      commit: target,
      taggedAt,
    }));
    expect(refChanges(before, { ...before, refs: listed })).toHaveLength(1);
    const none = { branch: null, refs: [] };
    expect(parsed([...refRecords(before), ...refChanges(before, none)])).toEqual(none);
  });

  it('are not what has changed, to a version that knows whole lists only', () => {
    const [first = ''] = refChanges({ branch: null, refs: [] }, { branch: null, refs: [] });

    // it asks each line for a name
    expect(JSON.parse(first)).not.toHaveProperty('name');
  });

  it.each([[null], [{}], [{ name: 'x' }], [{ kind: 'changes', head: {} }]])('are not %j', (record) => {
    expect(() => parseRefRecords([record])).toThrow(RangeError);
  });

  it('of a kind from the future are passed over', () => {
    expect(parseRefRecords([{ kind: 'note', name: 'x', commit: sha('a') }]).refs).toEqual([]);
  });
});

describe('git for-each-ref', () => {
  const list = (...fields: readonly (readonly string[])[]) =>
    fields.map((line) => `${line.join('\t')}\n`).join('');

  it('is asked for as many fields as are read', () => {
    expect(REFS_FORMAT.split('%09')).toHaveLength(6);
  });

  it('lists branches, and leaves out the symbolic head of a remote', () => {
    const output = list(
      ['refs/remotes/origin/HEAD', 'commit', sha('a'), '', '', ''],
      ['refs/remotes/origin/feature/x', 'commit', sha('b'), '', '', ''],
    );

    expect(parseRefs(output, 'refs/remotes/origin/').map(({ ref }) => ref)).toEqual([
      branch('feature/x', 'b'),
    ]);
  });

  it('lists lightweight, annotated and odd tags', () => {
    const output = list(
      ['refs/tags/light', 'commit', sha('a'), '', '', ''],
      ['refs/tags/annotated', 'tag', sha('1'), 'commit', sha('b'), '1767571200'],
      ['refs/tags/blob', 'blob', sha('2'), '', '', ''],
      ['refs/tags/tree', 'tag', sha('3'), 'tree', sha('4'), '1767571200'],
      ['refs/tags/nested', 'tag', sha('5'), 'tag', sha('6'), '1767571200'],
      ['refs/tags/HEAD', 'commit', sha('c'), '', '', ''],
    );
    const taggedAt = at('2026-01-05T00:00:00Z');

    const found = parseRefs(output, 'refs/heads/');

    expect(found.map(({ ref }) => ref)).toEqual([
      tag('light', 'a'),
      tag('annotated', 'b', taggedAt),
      tag('blob', null),
      tag('tree', null, taggedAt),
      tag('nested', null, taggedAt),
      tag('HEAD', 'c'),
    ]);
    expect(found.filter(({ isNested }) => isNested).map(({ fullName }) => fullName)).toEqual([
      'refs/tags/nested',
    ]);
  });

  it('lists nothing of an empty repository', () => {
    expect(parseRefs('', 'refs/heads/')).toEqual([]);
  });

  it('may name a time that no calendar has', () => {
    const [found] = parseRefs(
      list(['refs/tags/x', 'tag', sha('1'), 'commit', sha('a'), '9e15']),
      'refs/heads/',
    );

    expect(found?.ref.taggedAt).toBeNull();
  });
});
