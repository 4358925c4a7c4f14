import { parquetMetadata, parquetReadObjects, type ParquetReadOptions } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import type { ShippedChange } from '../../../../src/domain/change.ts';
import { epochMs } from '../../../../src/domain/units.ts';
import {
  PARQUET_TABLE_NAMES,
  PARQUET_TABLES,
  partitionOf,
  type Cell,
  type Column,
} from '../../../../src/exporters/parquet/columns.ts';
import { ParquetFile } from '../../../../src/exporters/parquet/index.ts';
import { documentedColumns } from '../../../support/analytics/page.ts';
import { assessed, at, failure, sha } from '../../../support/builders.ts';

const NOON = at('2026-11-20T12:00:00.250Z');

function change(some: Partial<ShippedChange> = {}): ShippedChange {
  return {
    repository: 'acme/shop',
    component: 'ui',
    commit: sha('a1'),
    landedAs: null,
    landing: 'commit',
    deployment: 'tag:acme/shop:v1',
    authoredAt: epochMs(NOON - 1500),
    deployedAt: NOON,
    pullRequest: null,
    byBot: false,
    author: 'Zoë',
    subject: '=1+1, "größer"\n🚀',
    ...some,
  };
}

function cellsOf<Row>(columns: readonly Column<Row>[], row: Row): Cell[] {
  return columns.map(({ cell }) => cell(row));
}

function named<Row>(columns: readonly Column<Row>[], row: Row): Record<string, Cell> {
  return Object.fromEntries(columns.map(({ name, cell }) => [name, cell(row)]));
}

/** A file of several row groups, read by another program. */
async function readBack(groups: readonly (readonly Cell[])[][]) {
  const file = new ParquetFile('changes');
  const bytes = Buffer.concat([...groups.map((rows) => file.rowGroup(rows)), file.end()]);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const options: ParquetReadOptions = { file: buffer };
  return { bytes, metadata: parquetMetadata(buffer), rows: await parquetReadObjects(options) };
}

describe('the columns', () => {
  it.each(PARQUET_TABLE_NAMES)('of %s are those of docs/analytics.md', (table) => {
    const columns: readonly Pick<Column<never>, 'name' | 'type' | 'nullable'>[] = PARQUET_TABLES[table];
    const ours = columns.map(({ name, type, nullable }) => {
      // the page has an instant and its number in one line
      const shown =
        name.endsWith('_ms') && columns.some((other) => `${other.name}_ms` === name) ? 'instant' : type;
      return `${name} ${shown}${nullable ? '?' : ''}`;
    });

    expect(documentedColumns(table)).toEqual(ours);
  });

  it('measure lead time to the millisecond', () => {
    expect(named(PARQUET_TABLES.changes, change())).toMatchObject({
      lead_time_ms: 1500,
      lead_time_seconds: 1.5,
    });
  });

  it('name the clusters of a deployment, the first to have it first', () => {
    const sightings = [
      { source: 'annotated-tag' as const, name: 'v1', at: NOON },
      { source: 'argocd' as const, name: 'v1', at: epochMs(NOON + 2), cluster: 'us"1' },
      { source: 'argocd' as const, name: 'v1', at: epochMs(NOON + 1), cluster: 'unknown' },
    ];

    expect(named(PARQUET_TABLES.deployments, assessed('v1', NOON, { sightings }))).toMatchObject({
      clusters: String.raw`["unknown","us\"1"]`,
    });
    expect(named(PARQUET_TABLES.deployments, assessed('v1', NOON))).toMatchObject({ clusters: '[]' });
  });

  it('leave out what is not known of a pull request', () => {
    const facts = {
      rule: 'subject',
      url: null,
      openedAt: null,
      firstReviewAt: null,
      mergedAt: null,
    } as const;
    const known = change({ pullRequest: { number: 12, ...facts, labels: [] } });

    expect(named(PARQUET_TABLES.changes, change())).toMatchObject({ pull_request: null, labels: null });
    expect(named(PARQUET_TABLES.changes, known)).toMatchObject({
      pull_request: 12,
      opened_at: null,
      labels: '[]',
    });
  });

  it('have the first rule by which a deployment failed, and whether it is over', () => {
    const open = failure(NOON, null, { rule: 'incident' });
    const deployment = assessed('v1', NOON, { failures: [open, failure(NOON, NOON)] });

    expect(named(PARQUET_TABLES.deployments, deployment)).toMatchObject({
      failure_rule: 'incident',
      failure_at_ms: NOON,
      recovered_at: null,
      open: true,
    });
    expect(named(PARQUET_TABLES.deployments, assessed('v2', NOON))).toMatchObject({
      failure_rule: null,
      open: null,
    });
  });

  it.each([
    [{ repairs: [{ rule: 'revert', deployment: 'x' }] }, true],
    [{ annotation: { rows: [], failed: null, hotfix: true, rollback: null } }, true],
    [{ annotation: { rows: [], failed: null, hotfix: false, rollback: true } }, true],
    [{ annotation: { rows: [], failed: true, hotfix: false, rollback: null } }, false],
    [{}, false],
  ] as const)('call %j rework: %s', (some, rework) => {
    expect(named(PARQUET_TABLES.deployments, assessed('v1', NOON, some))).toMatchObject({ rework });
  });
});

describe('a partition', () => {
  it.each([
    ['acme/shop', 'acme%2Fshop'],
    ['a b=c:d%*?', 'a%20b%3Dc%3Ad%25%2A%3F'],
    ["it's", 'it%27s'],
    ['größer', 'größer'],
    ['x_y.z-1', 'x_y.z-1'],
    ['', '__HIVE_DEFAULT_PARTITION__'],
  ])('of %j is in %s', (repository, folder) => {
    expect(partitionOf('changes', repository, NOON)).toBe(`changes/repository=${folder}/month=2026-11`);
  });

  it('has the month of UTC, and a name for none', () => {
    expect(partitionOf('set_aside', 'x', at('2026-12-31T23:59:59.999Z'))).toMatch(/month=2026-12$/u);
    expect(partitionOf('set_aside', 'x', at('2027-01-01T00:00:00Z'))).toMatch(/month=2027-01$/u);
    expect(partitionOf('set_aside', 'x', null)).toMatch(/month=__HIVE_DEFAULT_PARTITION__$/u);
  });
});

describe('a file', () => {
  const row = cellsOf(PARQUET_TABLES.changes, change());

  it('holds its row groups, with every value and type', async () => {
    const { metadata, rows } = await readBack([[row, row], [row]]);

    expect(metadata.row_groups.map(({ num_rows: rows }) => rows)).toEqual([2n, 1n]);
    expect(rows).toHaveLength(3);
    expect(rows[2]).toMatchObject({
      component: 'ui',
      landed_as: null,
      deployed_at: new Date(NOON),
      deployed_at_ms: BigInt(NOON),
      lead_time_ms: 1500n,
      lead_time_seconds: 1.5,
      by_bot: false,
      author: 'Zoë',
      subject: '=1+1, "größer"\n🚀',
    });
    const types = Object.fromEntries(metadata.schema.map((element) => [element.name, element]));
    expect(types['deployed_at']).toMatchObject({
      type: 'INT64',
      repetition_type: 'REQUIRED',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
    });
    expect(types['merged_at']).toMatchObject({ repetition_type: 'OPTIONAL' });
  });

  it('may have no rows, and has its columns all the same', async () => {
    const { metadata, rows } = await readBack([]);

    expect(rows).toEqual([]);
    expect(metadata.schema).toHaveLength(PARQUET_TABLES.changes.length + 1);
  });

  it('has the same bytes for the same rows', async () => {
    const [one, other] = await Promise.all([readBack([[row], [row]]), readBack([[row], [row]])]);

    expect(one.bytes.equals(other.bytes)).toBe(true);
  });
});
