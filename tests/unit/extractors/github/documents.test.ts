import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as documents from '../../../../src/extractors/github/documents.ts';
import { ask, githubForTest } from '../../../support/github/ask.ts';
import { costOf } from '../../../support/github/cost.ts';
import { GitHubWorld } from '../../../support/github/world.ts';

const { PROBES, ...QUESTIONS } = documents;
const PAGE = new URL('../../../../docs/sources/github.md', import.meta.url);

/** What each question is asked with in the page sizes that are used. */
const VARIABLES: Readonly<Record<keyof typeof QUESTIONS, Readonly<Record<string, unknown>>>> = {
  PULL_REQUESTS: { owner: 'acme', name: 'shop', first: 50, after: null, commits: 100, reviews: 20 },
  RELEASES: { owner: 'acme', name: 'shop', first: 100, after: null },
  DEPLOYMENTS: { owner: 'acme', name: 'shop', first: 100, after: null },
  ISSUES: { owner: 'acme', name: 'shop', first: 100, after: null, labels: ['incident'] },
  NEWS: { owner: 'acme', name: 'shop', labels: ['incident'], commits: 100, reviews: 20 },
  MORE_COMMITS: { id: 'PR_x', after: null },
  MORE_REVIEWS: { id: 'PR_x', after: null },
  MORE_STATUSES: { id: 'DE_x', after: null },
};

const ALL = [
  ...Object.entries(QUESTIONS).map(([name, document]) => ({
    name,
    document,
    variables: Object.entries(VARIABLES).find(([key]) => key === name)?.[1] ?? {},
  })),
  ...Object.entries(PROBES).map(([name, document]) => ({
    name,
    document,
    variables: { owner: 'acme', name: 'shop' },
  })),
];

describe('a question', () => {
  it.each(ALL)(
    '$name: is valid by the schema of GitHub, and costs two points at the most',
    async ({ document, variables }) => {
      const world = new GitHubWorld();
      world.addRepository('acme/shop');
      const server = await githubForTest(world);
      const answer = await ask(server, document, { variables });

      expect((answer.errors ?? []).filter(({ type }) => type !== 'NOT_FOUND')).toEqual([]);
      expect(costOf(document, variables).points).toBeLessThanOrEqual(2);
    },
  );
});

describe('docs/sources/github.md', () => {
  it.each([
    ['PullRequests', 'PULL_REQUESTS'],
    ['Releases', 'RELEASES'],
    ['Deployments', 'DEPLOYMENTS'],
    ['Issues', 'ISSUES'],
    ['News', 'NEWS'],
    ['MoreCommits', 'MORE_COMMITS'],
  ] as const)('gives the cost of %s', async (operation, name) => {
    const text = await readFile(PAGE, 'utf8');
    const row = text.split('\n').find((line) => line.startsWith(`| \`${operation}\``)) ?? '';
    const { points, requests, nodes } = costOf(QUESTIONS[name], VARIABLES[name]);
    const figures = row
      .split('|')
      .slice(3, 6)
      .map((cell) => Number(cell.replaceAll(/[ ,]/gu, '')));

    expect(figures).toEqual([points, requests, nodes]);
  });

  it('names every field that is asked for', async () => {
    const text = await readFile(PAGE, 'utf8');
    const asked = Object.values(QUESTIONS)
      .join('\n')
      .matchAll(
        /\b(\w+At|\w+Oid|is[A-Z]\w+|state\w*|labels|statuses|reviews|title|body|number|databaseId|tagName|logUrl|messageHeadline|authoredDate|headRefName|baseRefName)\b/gu,
      );
    // an argument, and the budget
    const others = ['states', 'resetAt'];
    const fields = new Set([...asked].map(([, field]) => field ?? ''));

    expect([...fields].filter((field) => !others.includes(field) && !text.includes(`\`${field}`))).toEqual(
      [],
    );
  });
});
