import { readFileSync } from 'node:fs';

const PAGE = readFileSync(new URL('../../../docs/analytics.md', import.meta.url), 'utf8');

/** The code of docs/analytics.md that is marked as `sql <name>`: what readers copy is what is tested. */
export function block(name: string): string {
  const found = new RegExp(String.raw`^~~~sql ${name}\n([\s\S]*?)^~~~$`.replaceAll('~', '`'), 'mu').exec(
    PAGE,
  )?.[1];
  if (found === undefined) throw new RangeError(`docs/analytics.md has no block sql ${name}`);
  return found;
}

/** The tables of docs/analytics.md: their columns in order, as `name type` with a `?` where a value may be missing. */
export function documentedColumns(table: string): string[] {
  const section = new RegExp(String.raw`^### ${table}\n([\s\S]*?)(?=^##)`, 'mu').exec(PAGE)?.[1] ?? '';
  return [...section.matchAll(/^\| `(\w+)`(, `\w+`)? \| (\w+\??) \|/gmu)].flatMap(
    ({ 1: name = '', 2: also, 3: type = '' }) =>
      also === undefined ? [`${name} ${type}`] : [`${name} ${type}`, `${also.slice(3, -1)} ${type}`],
  );
}
