import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { git } from '../../fixtures/history/git.ts';
import { dora, doraOk } from '../support/cli.ts';
import { AS_OF, sharedFolder, smallShop, testFolder } from '../support/repo.ts';
import { auditedGenerations } from '../support/workspace.ts';

/** The way of a sheet: out, filled in, and back. */

const shared = sharedFolder(async (folder) => {
  const shop = path.join(folder, 'shop');
  await smallShop(shop);
  await doraOk(['extract'], { cwd: shop });
});

/** A clone with its extracted workspace, for one test to do with what it wants. */
async function clone(): Promise<string> {
  const folder = path.join(await testFolder(), 'shop');
  await cp(path.join(shared(), 'shop'), folder, { recursive: true });
  return folder;
}

type Row = Record<string, string>;
type Said = Readonly<Record<string, Row>>;

const PENDING = 'data/pending_review.csv';

interface Format {
  readonly delimiter: string;
  readonly encoding: 'utf8' | 'utf16le';
}
const COMMAS: Format = { delimiter: ',', encoding: 'utf8' };

async function readSheet(file: string, { delimiter, encoding }: Format = COMMAS): Promise<Row[]> {
  const text = (await readFile(file)).toString(encoding);
  return z
    .array(z.record(z.string(), z.string()))
    .parse(parse(text, { columns: true, bom: true, delimiter }));
}

async function writeSheet(
  file: string,
  rows: readonly Row[],
  { delimiter, encoding }: Format = COMMAS,
): Promise<void> {
  const text = `\ufeff${stringify([...rows], { header: true, delimiter, record_delimiter: '\r\n' })}`;
  await writeFile(file, Buffer.from(text, encoding));
}

/** Saves the rows under `name`, with what is said of those with a title. */
async function fillIn(cwd: string, name: string, rows: readonly Row[], said: Said): Promise<string> {
  for (const title of Object.keys(said)) expect(rows.map((row) => row['title'])).toContain(title);
  await writeSheet(
    path.join(cwd, name),
    rows.map((row) => ({ ...row, ...said[row['title'] ?? ''] })),
  );
  return name;
}

async function exported(cwd: string): Promise<Row[]> {
  return await readSheet(path.join(cwd, PENDING));
}

async function importSaid(cwd: string, said: Said, ...flags: string[]): Promise<string> {
  const name = await fillIn(cwd, 'filled.csv', await exported(cwd), said);
  return await doraOk(['import', name, '--by', 'Ada', ...flags], { cwd });
}

async function journal(cwd: string): Promise<string> {
  return await readFile(path.join(cwd, 'data/annotations.jsonl'), 'utf8').catch(() => '');
}

const Listed = z.array(
  z.object({
    title: z.string(),
    what: z.string(),
    by: z.string(),
    cells: z.record(z.string(), z.string()),
    orphaned: z.boolean(),
  }),
);

/** What is annotated, by title. */
async function annotated(cwd: string): Promise<Record<string, Row>> {
  const rows = Listed.parse(JSON.parse(await doraOk(['annotations', 'list', '--format', 'json'], { cwd })));
  return Object.fromEntries(rows.map(({ title, cells }) => [title, cells]));
}

const INVOICE = 'pay: by invoice';
const CARD = 'pay: by card';
const REVERT = 'Revert "cart: discounts"';

describe('import', () => {
  it('of a file that nobody edited changes nothing', async () => {
    const cwd = await clone();
    const first = await doraOk(['import', PENDING], { cwd });
    expect(first).toBe(
      '0 cells set, 0 changed, 0 cleared; 5 rows unchanged, 0 unknown\nnothing new: the annotations are as they were\n',
    );
    expect(await journal(cwd)).toBe('');

    const other = await clone();
    await importSaid(other, {
      [INVOICE]: { failed: 'yes', failed_at: '2026-01-12 10:00', notes: '=1+1,"so"\r\nand so' },
      [CARD]: { ignore: 'x', is_hotfix: 'no' },
    });
    const before = await journal(other);
    expect(await exported(other)).toEqual([
      expect.objectContaining({ title: CARD, ignore: 'yes', is_hotfix: 'no' }),
      expect.objectContaining({ title: INVOICE, failed_at: '2026-01-12T10:00:00Z' }),
    ]);
    await doraOk(['import', PENDING], { cwd: other });
    expect(await journal(other)).toBe(before);
  });

  it('of the same file again changes nothing', async () => {
    const cwd = await clone();
    expect(await importSaid(cwd, { [INVOICE]: { failed: 'TRUE', notes: 'slow' } })).toMatch(/^2 cells set/u);
    const once = await journal(cwd);
    const again = await doraOk(['import', 'filled.csv', '--by', 'Bo'], { cwd });
    expect(again).toMatch(/nothing new: the annotations are as they were\n$/u);
    expect(await journal(cwd)).toBe(once);
  });

  it('with --dry-run only says what would change', async () => {
    const cwd = await clone();
    const before = await readFile(path.join(cwd, 'data/state.json'), 'utf8');
    const said = await importSaid(cwd, { [INVOICE]: { failed: 'yes' } }, '--dry-run', '--format', 'json');
    expect(JSON.parse(said)).toMatchObject({
      set: 1,
      dryRun: true,
      revision: null,
      changes: [{ file: 'filled.csv', row: 4, column: 'failed', title: INVOICE, before: null, after: 'yes' }],
    });
    expect(await journal(cwd)).toBe('');
    expect(await readFile(path.join(cwd, 'data/state.json'), 'utf8')).toBe(before);
  });

  it('merges what two people wrote into different rows and cells of the same export', async () => {
    const cwd = await clone();
    const rows = await exported(cwd);
    await fillIn(cwd, 'ada.csv', rows, { [INVOICE]: { failed: 'yes' }, [CARD]: { notes: 'fine' } });
    await fillIn(cwd, 'bo.csv', rows, { [INVOICE]: { notes: 'too slow' }, [REVERT]: { is_rollback: 'yes' } });
    await doraOk(['import', 'ada.csv'], { cwd });
    await doraOk(['import', 'bo.csv'], { cwd });
    const merged = {
      [INVOICE]: { failed: 'yes', notes: 'too slow' },
      [CARD]: { notes: 'fine' },
      [REVERT]: { is_rollback: 'yes' },
    };
    expect(await annotated(cwd)).toEqual(merged);

    const other = await clone();
    await cp(path.join(cwd, 'ada.csv'), path.join(other, 'ada.csv'));
    await cp(path.join(cwd, 'bo.csv'), path.join(other, 'bo.csv'));
    await doraOk(['import', 'ada.csv', 'bo.csv'], { cwd: other });
    expect(await annotated(other)).toEqual(merged);
  });

  it.each([
    ['theirs', 'too slow'],
    ['ours', 'fine'],
  ])('of one cell with two values is refused until somebody prefers one: %s', async (whose, wins) => {
    const cwd = await clone();
    const rows = await exported(cwd);
    await fillIn(cwd, 'ada.csv', rows, { [INVOICE]: { notes: 'fine' } });
    await fillIn(cwd, 'bo.csv', rows, { [INVOICE]: { notes: 'too slow' }, [CARD]: { ignore: 'yes' } });
    await doraOk(['import', 'ada.csv'], { cwd });
    const before = await journal(cwd);

    const refused = await dora(['import', 'bo.csv'], { cwd });

    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /bo\.csv row 4, column U \(notes\): .*the file says "too slow", .*it was set to "fine"/u,
    );
    expect(refused.stderr).toMatch(
      /\nhint: --prefer theirs takes what the file says, --prefer ours keeps what/u,
    );
    expect(await journal(cwd)).toBe(before);

    await doraOk(['import', 'bo.csv', '--prefer', whose], { cwd });
    expect(await annotated(cwd)).toEqual({ [INVOICE]: { notes: wins }, [CARD]: { ignore: 'yes' } });
  });

  it('of a file from before another import takes nothing of it back', async () => {
    const cwd = await clone();
    const stale = await exported(cwd);
    await importSaid(cwd, { [INVOICE]: { failed: 'yes', notes: 'by Ada' }, [CARD]: { ignore: 'yes' } });
    await fillIn(cwd, 'stale.csv', stale, { [INVOICE]: { is_hotfix: 'no' }, [REVERT]: { notes: 'late' } });
    await doraOk(['import', 'stale.csv'], { cwd });
    expect(await annotated(cwd)).toEqual({
      [INVOICE]: { failed: 'yes', notes: 'by Ada', is_hotfix: 'no' },
      [CARD]: { ignore: 'yes' },
      [REVERT]: { notes: 'late' },
    });
  });

  it('of a file without its base takes no empty cell for a taking back, and a different value for a conflict', async () => {
    const cwd = await clone();
    const withoutBase = (rows: readonly Row[]) =>
      rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'base')));
    const first = withoutBase(await exported(cwd));
    await fillIn(cwd, 'a.csv', first, { [INVOICE]: { notes: 'one' }, [CARD]: { ignore: 'yes' } });
    await doraOk(['import', 'a.csv'], { cwd });
    const before = await journal(cwd);
    await fillIn(cwd, 'b.csv', first, { [CARD]: { ignore: 'TRUE' } });
    await doraOk(['import', 'b.csv'], { cwd });
    expect(await journal(cwd)).toBe(before);
    await fillIn(cwd, 'c.csv', first, { [INVOICE]: { notes: 'two' } });
    const refused = await dora(['import', 'c.csv'], { cwd });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/the file says "two", .*it was set to "one"/u);
    expect(await journal(cwd)).toBe(before);
  });

  it('takes back what is cleared, and what says -', async () => {
    const cwd = await clone();
    await importSaid(cwd, {
      [INVOICE]: { notes: 'one', failed: 'yes' },
      [CARD]: { notes: 'two', ignore: 'yes' },
    });
    const stale = await exported(cwd);
    expect(await importSaid(cwd, { [INVOICE]: { notes: '' }, [CARD]: { notes: '-', ignore: '–' } })).toMatch(
      /^0 cells set, 0 changed, 3 cleared/u,
    );
    expect(await annotated(cwd)).toEqual({ [INVOICE]: { failed: 'yes' } });
    expect((await exported(cwd)).map(({ title, notes }) => [title, notes])).toEqual([[INVOICE, '']]);
    // untouched cells of the older file do not bring it back
    await fillIn(cwd, 'stale.csv', stale, { [INVOICE]: { is_hotfix: 'no' } });
    await doraOk(['import', 'stale.csv'], { cwd });
    expect(await annotated(cwd)).toEqual({ [INVOICE]: { failed: 'yes', is_hotfix: 'no' } });
  });

  it('passes over rows that are not known, and says so', async () => {
    const cwd = await clone();
    const rows = await exported(cwd);
    const stranger = { ...rows[0], row_id: 'c_0000000000000000_00000000', title: 'of elsewhere', notes: 'x' };
    await fillIn(cwd, 'more.csv', [...rows, stranger], { [INVOICE]: { notes: 'known' } });
    const run = await dora(['import', 'more.csv'], { cwd });
    expect(run.code).toBe(0);
    expect(run.stderr).toBe(
      'warning: more.csv row 7: row_id c_0000000000000000_00000000 is not known and was passed over\n',
    );
    expect(run.stdout).toMatch(/^1 cell set, 0 changed, 0 cleared; 4 rows unchanged, 1 unknown\n/u);
    expect(await annotated(cwd)).toEqual({ [INVOICE]: { notes: 'known' } });
  });

  it('names row, column letter and value of every mistake, and imports nothing', async () => {
    const cwd = await clone();
    await fillIn(cwd, 'wrong.csv', await exported(cwd), {
      [CARD]: { ignore: 'maybe', notes: 'good' },
      [INVOICE]: { failed: 'yes', failed_at: '01/02/2026', recovered_at: 'yesterday' },
      [REVERT]: { failed: 'yes', failed_at: '2026-01-13', recovered_at: '2026-01-12T15:00:00Z' },
    });
    const run = await dora(['import', 'wrong.csv'], { cwd });
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^error: nothing was imported: 4 mistakes\n/u);
    for (const line of [
      'wrong.csv row 2, column T (ignore): "maybe" is neither yes nor no',
      'wrong.csv row 4, column R (failed_at): "01/02/2026" may be day and month or month and day',
      'wrong.csv row 4, column S (recovered_at): "yesterday" is not a date that can be understood',
      'wrong.csv row 3, column S (recovered_at): "2026-01-12T15:00:00Z" recovered_at 2026-01-12T15:00:00Z is before failed_at',
    ])
      expect(run.stderr).toContain(`  ${line}`);
    expect(await journal(cwd)).toBe('');
  });
});

describe('annotations undo', () => {
  it('takes the last import back, then the one before, then nothing more', async () => {
    const cwd = await clone();
    const dataset = await readFile(path.join(cwd, 'data/dataset/deployments.csv'), 'utf8');
    await importSaid(cwd, { [INVOICE]: { failed: 'no', notes: 'one' } });
    await importSaid(cwd, { [INVOICE]: { notes: 'two', failed: '' } });
    expect(await annotated(cwd)).toEqual({ [INVOICE]: { notes: 'two' } });
    expect(await doraOk(['annotations', 'undo', '--by', 'Bo'], { cwd })).toMatch(
      /^taken back: the import by Ada at .*filled\.csv\), 2 cells\n$/u,
    );
    expect(await annotated(cwd)).toEqual({ [INVOICE]: { failed: 'no', notes: 'one' } });
    await doraOk(['annotations', 'undo'], { cwd });
    expect(await annotated(cwd)).toEqual({});
    expect(await readFile(path.join(cwd, 'data/dataset/deployments.csv'), 'utf8')).toBe(dataset);
    const third = await dora(['annotations', 'undo'], { cwd });
    expect(third.code).toBe(1);
    expect(third.stderr).toMatch(/^error: there is no import in \S+ to take back\n/u);
    const generations = await auditedGenerations(path.join(cwd, 'data'));
    expect(generations).toEqual([1, 2, 3, 4, 5]);
  });
});

/** Writes a new commit and a version on top of it. */
async function newVersion(cwd: string): Promise<void> {
  const env = ['-c', 'user.name=Bo', '-c', 'user.email=bo@shop.example'];
  await writeFile(path.join(cwd, 'search.txt'), '1\n');
  await git(cwd, ['reset', '--hard', '-q']);
  await writeFile(path.join(cwd, 'search.txt'), '1\n');
  await git(cwd, ['add', 'search.txt']);
  await git(cwd, [...env, 'commit', '-q', '-m', 'search: begin']);
}

describe('update', () => {
  it.each([
    { what: 'semicolons in UTF-8', format: { delimiter: ';', encoding: 'utf8' } },
    { what: 'tabs in UTF-16', format: { delimiter: '\t', encoding: 'utf16le' } },
  ] as const)(
    'keeps what was typed into a file of $what, and its columns, and adds rows',
    async ({ format }) => {
      const cwd = await clone();
      const file = path.join(cwd, PENDING);
      const rows = (await exported(cwd)).map(({ row_id: id = '', title = '', ...rest }) => ({
        mine: title === INVOICE ? 'ask Zoë; "today"' : '',
        title,
        ...rest,
        row_id: id,
        ...(title === INVOICE ? { failed: 'WAHR', notes: 'Größe; "x"\t日本' } : {}),
      }));
      await writeSheet(file, rows, format);
      await newVersion(cwd);

      await doraOk(['update'], { cwd });

      const after = await readSheet(file, format);
      expect(Object.keys(after[0] ?? {})).toEqual(Object.keys(rows[0] ?? {}));
      expect(after.map(({ title }) => title)).toEqual(['search: begin', ...rows.map(({ title }) => title)]);
      expect(after.find(({ title }) => title === INVOICE)).toMatchObject({
        mine: 'ask Zoë; "today"',
        // guarded, so that it is still text when the file is opened again
        failed: "'WAHR",
        notes: 'Größe; "x"\t日本',
      });
      const bytes = await readFile(file);
      await doraOk(['update'], { cwd });
      expect(await readFile(file)).toEqual(bytes);
      await doraOk(['import', PENDING], { cwd });
      expect(await annotated(cwd)).toEqual({ [INVOICE]: { failed: 'yes', notes: 'Größe; "x"\t日本' } });
    },
  );

  it('keeps what was typed into a row that somebody else annotated meanwhile', async () => {
    const cwd = await clone();
    const rows = await exported(cwd);
    await fillIn(cwd, 'ada.csv', rows, { [INVOICE]: { notes: 'by Ada' } });
    await fillIn(cwd, PENDING, rows, { [INVOICE]: { notes: 'by Bo', failed: 'yes' } });
    await doraOk(['import', 'ada.csv'], { cwd });
    await doraOk(['update'], { cwd });
    expect((await exported(cwd)).find(({ title }) => title === INVOICE)).toMatchObject({
      notes: 'by Bo',
      failed: 'yes',
    });
    expect((await dora(['import', PENDING], { cwd })).stderr).toContain('the file says "by Bo"');
  });
});

describe('annotations', () => {
  const said = {
    [INVOICE]: { failed: 'no', notes: 'fine' },
    [CARD]: { is_deployment: 'yes', environment: 'production' },
  };

  it('are kept by extract --full, by a dataset that is lost, and by other names of components', async () => {
    const cwd = await clone();
    await importSaid(cwd, said);
    const before = await annotated(cwd);
    await doraOk(['extract', '--full'], { cwd });
    expect(await annotated(cwd)).toEqual(before);
    await writeFile(
      path.join(cwd, 'dora-metrics.yaml'),
      'repositories:\n  - path: .\n    components:\n      - name: till\n        paths: ["pay.txt"]\n      - name: cart\n        paths: ["cart.txt"]\n',
    );
    await doraOk(['update'], { cwd });
    expect(await annotated(cwd)).toEqual(before);
    const rows = Listed.parse(JSON.parse(await doraOk(['annotations', 'list', '--format', 'json'], { cwd })));
    expect(rows.filter(({ orphaned }) => orphaned)).toEqual([]);
  });

  it('follow a commit through a rebase; one that is gone is listed', async () => {
    const cwd = await clone();
    await newVersion(cwd);
    await writeFile(path.join(cwd, 'gone.txt'), '1\n');
    const env = ['-c', 'user.name=Bo', '-c', 'user.email=bo@shop.example'];
    await git(cwd, ['add', 'gone.txt']);
    await git(cwd, [...env, 'commit', '-q', '-m', 'gone: soon']);
    await doraOk(['update'], { cwd });
    await importSaid(cwd, {
      'search: begin': { notes: 'mine', is_hotfix: 'yes' },
      'gone: soon': { notes: 'lost' },
    });
    const sheet = await exported(cwd);
    const old = await git(cwd, ['rev-parse', 'HEAD~1']);
    await git(cwd, ['reset', '-q', '--hard', 'HEAD~1']);
    await git(cwd, [
      ...env,
      'commit',
      '-q',
      '--amend',
      '-m',
      'search: begin anew',
      '--date',
      '2026-01-20T00:00:00Z',
    ]);
    const now = await git(cwd, ['rev-parse', 'HEAD']);
    expect(now).not.toBe(old);

    const run = await dora(['update'], { cwd });

    expect(run.code).toBe(0);
    expect(run.stdout).toContain(
      `shop: what was said of ${old.slice(0, 10)} holds for ${now.slice(0, 10)} now, the same change after a rewrite (search: begin anew)\n`,
    );
    expect(run.stdout).toContain(
      '1 annotated row whose commit is gone: dora-metrics annotations list --orphaned',
    );
    expect(await annotated(cwd)).toEqual({
      'search: begin anew': { notes: 'mine', is_hotfix: 'yes' },
      'gone: soon': { notes: 'lost' },
    });
    const orphans = await doraOk(['annotations', 'list', '--orphaned', '--format', 'json'], { cwd });
    expect(Listed.parse(JSON.parse(orphans))).toMatchObject([{ title: 'gone: soon', orphaned: true }]);
    // a sheet from before the rewrite still fits
    await fillIn(cwd, 'old.csv', sheet, { 'search: begin': { notes: 'changed' } });
    await doraOk(['import', 'old.csv'], { cwd });
    expect((await annotated(cwd))['search: begin anew']).toEqual({ notes: 'changed', is_hotfix: 'yes' });
    expect((await doraOk(['update'], { cwd })).includes('holds for')).toBe(false);
  });

  it('follow commits through a rebase onto another commit', async () => {
    const cwd = await clone();
    await newVersion(cwd);
    await doraOk(['update'], { cwd });
    await importSaid(cwd, { 'search: begin': { notes: 'mine' }, [CARD]: { notes: 'card' } });
    const env = ['-c', 'user.name=Cy', '-c', 'user.email=cy@shop.example'];
    await git(cwd, ['checkout', '-q', '-b', 'other', 'v1.1.1']);
    await writeFile(path.join(cwd, 'other.txt'), '1\n');
    await git(cwd, ['add', 'other.txt']);
    await git(cwd, [...env, 'commit', '-q', '-m', 'other: first']);
    await git(cwd, [...env, 'rebase', '-q', 'other', 'main']);
    const out = await doraOk(['update'], { cwd });
    expect(out.match(/holds for/gu)).toHaveLength(2);
    expect(await annotated(cwd)).toEqual({ 'search: begin': { notes: 'mine' }, [CARD]: { notes: 'card' } });
    const rows = Listed.parse(JSON.parse(await doraOk(['annotations', 'list', '--format', 'json'], { cwd })));
    expect(rows.map(({ orphaned }) => orphaned)).toEqual([false, false]);
  });
});

const HEAD = 'incident_id,opened_at,resolved_at,severity,deployment,title,url\n';

describe('a list of incidents', () => {
  it('is linked to deployments, counts, and can be taken back', async () => {
    const cwd = await clone();
    await writeFile(
      path.join(cwd, 'incidents.csv'),
      `${HEAD}INC-1,2026-01-12 15:00,2026-01-12 17:30,high,v1.1.1,Nothing works,https://status.example/1\nINC-2,2026-01-20 08:00,,low,,Slow,\n`,
    );
    await doraOk(['import', 'incidents.csv'], { cwd });
    const once = await journal(cwd);
    await doraOk(['import', 'incidents.csv'], { cwd });
    expect(await journal(cwd)).toBe(once);

    const report = await doraOk(['calculate', '--format', 'json', '--as-of', AS_OF], { cwd });
    // 2½ hours until INC-1 was over; INC-2 is open, and too long after the last deployment
    const counted = { n: 2, value: 9000, unattributed: 1 };
    expect(JSON.parse(report)).toMatchObject({
      groups: [
        {
          periods: expect.arrayContaining([
            expect.objectContaining({ period: '2026-01', incidents: expect.objectContaining(counted) }),
          ]),
        },
      ],
    });
    const failures = await doraOk(
      ['explain', 'change-fail-rate', '--period', '2026-Q1', '--format', 'json', '--as-of', AS_OF],
      { cwd },
    );
    const { rows } = z
      .object({ rows: z.array(z.looseObject({ name: z.string() })) })
      .parse(JSON.parse(failures));
    expect(rows.find(({ name }) => name === 'v1.1.1')).toMatchObject({
      outcome: 'failed',
      rule: 'incident',
      failureAt: '2026-01-12T15:00:00Z',
      recoveredAt: '2026-01-12T17:30:00Z',
    });
    await doraOk(['annotations', 'undo'], { cwd });
    const after = await doraOk(['annotations', 'list', '--format', 'json'], { cwd });
    expect(JSON.parse(after)).toEqual([]);
  });

  it.each([
    ['INC-1,,,high,v1.1.1,x,', 'row 2, column B (opened_at): is empty'],
    [
      'INC-1,2026-01-12 15:00,2026-01-12 14:00,,v1.1.1,x,',
      'row 2, column C (resolved_at): "2026-01-12 14:00" is before',
    ],
    ['INC-1,2026-01-12 15:00,,,v9,x,', 'row 2, column E (deployment): "v9" is no deployment that is known'],
    [
      'INC-1,2026-01-12 15:00,,,,x,javascript:1',
      'row 2, column G (url): "javascript:1" is no address of a page',
    ],
    ['INC-1,01/02/2026,,,,x,', 'row 2, column B (opened_at): "01/02/2026" may be day and month'],
    [
      'INC-1,2026-01-12,,,,x,\nINC-1,2026-01-13,,,,x,',
      'row 3, column A (incident_id): "INC-1" is in row 2 already',
    ],
    [',2026-01-12,,,,x,', 'row 2: incident_id is empty'],
  ])('is refused as a whole when it is wrong: %s', async (line, problem) => {
    const cwd = await clone();
    await writeFile(path.join(cwd, 'incidents.csv'), `${HEAD}${line}\nINC-7,2026-01-14,,,,fine,\n`);
    const run = await dora(['import', 'incidents.csv'], { cwd });
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toContain(`incidents.csv ${problem}`);
    expect(await journal(cwd)).toBe('');
  });
});

const Explained = z.object({
  result: z.looseObject({ value: z.number().nullable() }),
  rows: z.array(z.looseObject({})),
  setAside: z.object({ counts: z.record(z.string(), z.number()), rows: z.array(z.looseObject({})) }),
});

async function explain(cwd: string, metric: string): Promise<z.infer<typeof Explained>> {
  const argv = ['explain', metric, '--period', '2026-Q1', '--format', 'json', '--as-of', AS_OF];
  return Explained.parse(JSON.parse(await doraOk(argv, { cwd })));
}

describe('what each column does is seen in explain', () => {
  it('is_deployment, deployed_at and environment', async () => {
    const cwd = await clone();
    await importSaid(cwd, {
      [CARD]: { is_deployment: 'yes', deployed_at: '2026-02-01 12:00', notes: 'by hand' },
      [INVOICE]: { is_deployment: 'no' },
      [REVERT]: { environment: 'staging' },
    });
    const { rows, setAside } = await explain(cwd, 'deployment-frequency');
    expect(rows).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          finishedAt: '2026-02-01T12:00:00Z',
          sources: ['annotation'],
          annotation: expect.objectContaining({
            by: 'Ada',
            said: { is_deployment: 'yes', deployed_at: '2026-02-01T12:00:00Z', notes: 'by hand' },
          }),
        }),
      ]),
    );
    expect(rows.map(({ name }) => name)).not.toContain('v1.1.0');
    expect(setAside.counts).toMatchObject({ 'not-a-deployment': 1, 'other-environment': 1 });
    const leads = await explain(cwd, 'lead-time');
    expect(leads.rows).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ subject: CARD, deployedAt: '2026-02-01T12:00:00Z' }),
      ]),
    );
  });

  it('deployed_at of a deployment that is known', async () => {
    const cwd = await clone();
    await importSaid(cwd, { [INVOICE]: { deployed_at: '2026-01-10 09:00' } });
    const { rows } = await explain(cwd, 'deployment-frequency');
    expect(rows.find(({ name }) => name === 'v1.1.0')).toMatchObject({ finishedAt: '2026-01-10T09:00:00Z' });
  });

  it('failed, failed_at and recovered_at', async () => {
    const cwd = await clone();
    await importSaid(cwd, {
      [INVOICE]: { failed: 'no' },
      [REVERT]: { failed_at: '2026-01-12 16:00', recovered_at: '2026-01-12 18:00', notes: 'payments' },
    });
    const { rows } = await explain(cwd, 'change-fail-rate');
    expect(rows.find(({ name }) => name === 'v1.1.0')).toMatchObject({
      outcome: 'succeeded',
      annotation: { said: { failed: 'no' } },
    });
    expect(rows.find(({ name }) => name === 'v1.1.1')).toMatchObject({
      outcome: 'failed',
      rule: 'annotated',
      failureAt: '2026-01-12T16:00:00Z',
      recoveredAt: '2026-01-12T18:00:00Z',
      timeToRestore: 7200,
    });
    const restored = await explain(cwd, 'time-to-restore');
    expect(restored.result.value).toBe(7200);
  });

  it('ignore', async () => {
    const cwd = await clone();
    await importSaid(cwd, { 'cart: discounts': { ignore: 'yes' }, [REVERT]: { ignore: 'yes' } });
    const { setAside, rows } = await explain(cwd, 'lead-time');
    expect(setAside.counts).toMatchObject({ ignored: 2 });
    expect(rows.map(({ subject }) => subject)).not.toContain('cart: discounts');
    const frequency = await explain(cwd, 'deployment-frequency');
    expect(frequency.rows.map(({ name }) => name)).not.toContain('v1.1.1');
  });

  it.each(['is_hotfix', 'is_rollback'])('%s', async (column) => {
    const cwd = await clone();
    const before = await explain(cwd, 'change-fail-rate');
    expect(before.rows.find(({ name }) => name === 'v1.1.0')).toMatchObject({ rule: 'revert' });
    // without the revert only what is annotated can tell that v1.1.1 repairs something
    await writeFile(path.join(cwd, 'dora-metrics.yaml'), 'failures:\n  revertWithin: 1m\n');
    await importSaid(cwd, { [REVERT]: { [column]: 'yes' } });
    const after = await explain(cwd, 'change-fail-rate');
    expect(after.rows.find(({ name }) => name === 'v1.1.0')).toMatchObject({
      outcome: 'failed',
      rule: column === 'is_hotfix' ? 'hotfix' : 'rollback',
      repairedBy: 'v1.1.1',
    });
  });
});

describe('who says so', () => {
  it('is user.name of git, or what --by says', async () => {
    const cwd = await clone();
    await git(cwd, ['config', 'user.name', 'Bo Git']);
    const name = await fillIn(cwd, 'a.csv', await exported(cwd), { [CARD]: { notes: 'x' } });
    const run = await dora(['import', name], { cwd });
    expect(run.code).toBe(0);
    const rows = Listed.parse(JSON.parse(await doraOk(['annotations', 'list', '--format', 'json'], { cwd })));
    expect(rows.map(({ by }) => by)).toEqual(['Bo Git']);
  });
});
