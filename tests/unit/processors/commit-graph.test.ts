import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommitGraph } from '../../../src/processors/commit-graph.ts';
import { epochMs } from '../../../src/domain/units.ts';

type Parents = readonly (readonly number[])[];

function shaOf(format: string, n: number): string {
  return createHash(format).update(String(n)).digest('hex');
}

/** A graph of commits 0, 1, 2 …; each names its parents, which are smaller. */
function graphOf(parents: Parents, format = 'sha1', order?: readonly number[]): CommitGraph {
  const graph = new CommitGraph(4);
  for (const n of order ?? [...parents.keys()]) {
    const each = (parents[n] ?? []).map((parent) => shaOf(format, parent));
    graph.add({ sha: shaOf(format, n), parents: each, authoredAt: epochMs(n), committedAt: null });
  }
  return graph;
}

function ancestors(parents: Parents, n: number): Set<number> {
  const found = new Set([n]);
  // parents come before their children
  for (let other = n; other >= 0; other -= 1) {
    if (found.has(other)) for (const parent of parents[other] ?? []) found.add(parent);
  }
  return found;
}

const dags: fc.Arbitrary<Parents> = fc
  .array(fc.array(fc.nat(1000), { maxLength: 4 }), { minLength: 1, maxLength: 25 })
  .map((lists) => lists.map((list, n) => (n === 0 ? [] : [...new Set(list.map((value) => value % n))])));

const FORMATS = ['sha1', 'sha256'];

describe.each(FORMATS)('a commit graph with %s', (format) => {
  it('keeps names, parents and dates, through several growths', () => {
    const parents = Array.from({ length: 3000 }, (_, n) => (n === 0 ? [] : n < 3 ? [0] : [n - 1, n - 3]));

    const graph = graphOf(parents, format);

    const wrong = parents.filter((list, n) => {
      const index = graph.indexOf(shaOf(format, n));
      const known = Array.from({ length: graph.parentCount(index) }, (_, k) =>
        graph.sha(graph.parent(index, k)),
      );
      return (
        graph.sha(index) !== shaOf(format, n) ||
        graph.authoredAt(index) !== n ||
        !Number.isNaN(graph.committedAt(index)) ||
        JSON.stringify(known) !== JSON.stringify(list.map((parent) => shaOf(format, parent)))
      );
    });
    expect(wrong).toEqual([]);
    expect(graph.size).toBe(3000);
  });

  it('knows which commit is an ancestor of which, in whatever order they came', () => {
    const shuffled = dags.chain((parents) =>
      fc.tuple(
        fc.constant(parents),
        fc.shuffledSubarray([...parents.keys()], { minLength: parents.length, maxLength: parents.length }),
      ),
    );

    fc.assert(
      fc.property(shuffled, ([parents, order]) => {
        const graph = graphOf(parents, format, order);
        const index = (n: number) => graph.indexOf(shaOf(format, n));

        for (const n of parents.keys()) {
          const known = [...parents.keys()].filter((other) => graph.isAncestor(index(other), index(n)));
          expect(new Set(known)).toEqual(ancestors(parents, n));
        }
      }),
    );
  });

  it('expands an abbreviation that names one commit, and no other', () => {
    const graph = graphOf([[], [0], [1]], format);
    const whole = shaOf(format, 1);

    const expanded = graph.expand(
      new Set([whole.slice(0, 7), whole.slice(0, 12), whole, whole.slice(0, 6), `${whole}0`, '0000000']),
    );

    expect([...expanded]).toEqual(
      expect.arrayContaining([
        [whole.slice(0, 7), 1],
        [whole.slice(0, 12), 1],
        [whole, 1],
      ]),
    );
    expect(expanded.size).toBe(3);
  });
});

describe('a commit graph', () => {
  it('does not expand what two commits begin with', () => {
    const graph = new CommitGraph();
    const [a, b] = ['a'.repeat(39) + '1', 'a'.repeat(39) + '2'];
    for (const sha of [a, b]) graph.add({ sha, parents: [], authoredAt: null, committedAt: null });

    expect([...graph.expand(new Set(['aaaaaaa', a.slice(0, 39), a]))]).toEqual([[a, 0]]);
  });

  it('tells what several commits begin with from what none does', () => {
    const graph = new CommitGraph();
    for (const last of ['1', '2'])
      graph.add({ sha: 'a'.repeat(39) + last, parents: [], authoredAt: null, committedAt: null });
    const { one, several } = graph.beginnings(new Set(['aaaaaaa', 'aaaaaaab', 'a'.repeat(39) + '2']));

    expect([...one]).toEqual([['a'.repeat(39) + '2', 1]]);
    expect([...several]).toEqual(['aaaaaaa']);
    expect(new CommitGraph().beginnings(new Set(['aaaaaaa'])).several.size).toBe(0);
  });

  it('expands to no commit that it only heard of', () => {
    const graph = new CommitGraph();
    graph.add({ sha: '1'.repeat(40), parents: ['2'.repeat(40)], authoredAt: null, committedAt: null });

    expect(graph.expand(new Set(['2222222'])).size).toBe(0);
    expect(graph.size).toBe(2);
    expect(graph.has(1)).toBe(false);
  });

  it('takes a commit once: the first one stays', () => {
    const graph = new CommitGraph();
    const commit = { sha: '1'.repeat(40), parents: [], authoredAt: epochMs(1), committedAt: null };

    expect(graph.add(commit)).toBe(0);
    expect(graph.add({ ...commit, authoredAt: epochMs(2) })).toBe(-1);
    expect(graph.authoredAt(0)).toBe(1);
  });

  it('knows nothing of what it never heard of', () => {
    const graph = graphOf([[]]);

    expect(graph.indexOf('f'.repeat(40))).toBe(-1);
    expect(graph.indexOf('f'.repeat(64))).toBe(-1);
    expect(graph.indexOf('')).toBe(-1);
    expect(new CommitGraph().indexOf('f'.repeat(40))).toBe(-1);
    expect(graph.has(-1)).toBe(false);
    expect(graph.parent(0, 0)).toBe(-1);
    expect(graph.parentCount(99)).toBe(0);
    expect(graph.authoredAt(99)).toBeNaN();
    expect(graph.isAncestor(-1, 0)).toBe(false);
    expect(graph.isAncestor(0, -1)).toBe(false);
  });

  it('walks each commit once, a parent only after a child of it', () => {
    fc.assert(
      fc.property(dags, (parents) => {
        const graph = graphOf(parents);
        const seen = new Set<number>();
        const visited: number[] = [];
        const last = graph.indexOf(shaOf('sha1', parents.length - 1));

        graph.walk(
          last,
          (index) => !seen.has(index) && seen.add(index).size > 0,
          (index) => visited.push(index),
        );

        expect(visited).toHaveLength(ancestors(parents, parents.length - 1).size);
        expect(visited[0]).toBe(last);
      }),
    );
  });

  it('puts every commit after all of its ancestors, and each of them once', () => {
    fc.assert(
      fc.property(dags, (parents) => {
        const graph = graphOf(parents, 'sha1', [...parents.keys()].reverse());
        const order = [...graph.ancestorsFirst()];

        const place = new Map(order.map((index, position) => [index, position]));

        expect(new Set(order).size).toBe(parents.length);
        for (const index of order) {
          for (let n = 0; n < graph.parentCount(index); n += 1) {
            expect(place.get(graph.parent(index, n))).toBeLessThan(place.get(index) ?? -1);
          }
        }
      }),
    );
  });

  it('notices what is added after it was asked for levels', () => {
    const graph = new CommitGraph();
    graph.add({ sha: '2'.repeat(40), parents: ['1'.repeat(40)], authoredAt: null, committedAt: null });
    expect(graph.level(0)).toBe(1);

    graph.add({ sha: '1'.repeat(40), parents: ['0'.repeat(40)], authoredAt: null, committedAt: null });

    expect([graph.level(0), graph.level(1), graph.level(2)]).toEqual([2, 1, 0]);
  });

  it('goes through a history of a hundred thousand commits without running out of stack', () => {
    const graph = new CommitGraph();
    const sha = (n: number) => n.toString(16).padStart(8, '0').padEnd(40, '0');
    for (let n = 99_999; n >= 0; n -= 1) {
      const parents = n === 0 ? [] : [sha(n - 1)];
      graph.add({ sha: sha(n), parents, authoredAt: null, committedAt: null });
    }

    expect(graph.level(graph.indexOf(sha(99_999)))).toBe(99_999);
    expect(graph.isAncestor(graph.indexOf(sha(0)), graph.indexOf(sha(99_999)))).toBe(true);
  });

  it('treats a forgotten commit as one that it only heard of', () => {
    const graph = graphOf([[], [0], [1]]);

    graph.forget(1);

    expect([graph.has(1), graph.parentCount(1), graph.isAncestor(0, 2), graph.level(2)]).toEqual([
      false,
      0,
      false,
      1,
    ]);
    expect(graph.expand(new Set([shaOf('sha1', 1).slice(0, 8)])).size).toBe(0);
  });
});
