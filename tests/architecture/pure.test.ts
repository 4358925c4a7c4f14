import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';

const PURE =
  /^(domain|calculators|processors)\/|^[a-z]+\/[^/]+\/(schema|normalise|options|payload|exposition|columns|page|charts|styles)\.ts$/u;
const IMPURE = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bfetch\(|\bTemporal\.Now\b/u;

const src = new URL('../../src/', import.meta.url);

const pureFiles = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && PURE.test(file));

it.each(pureFiles)('src/%s asks the world nothing', (file) => {
  expect(readFileSync(new URL(file, src), 'utf8')).not.toMatch(IMPURE);
});

it('knows an impure line when it sees one', () => {
  const impure = [
    'const now = Date.now();',
    'const now = new Date();',
    'const n = Math.random();',
    'const home = process.env.HOME;',
    'await fetch(url);',
    'Temporal.Now.instant();',
  ];

  expect(impure.filter((line) => !IMPURE.test(line))).toEqual([]);
  expect('new Date(asOf)').not.toMatch(IMPURE);
});
