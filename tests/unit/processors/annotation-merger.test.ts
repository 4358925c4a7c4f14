import { describe, expect, it } from 'vitest';
import {
  HUMAN_COLUMNS,
  type Cells,
  type HumanColumn,
  type RowFacts,
} from '../../../src/domain/annotation.ts';
import { AnnotationLedger, type Change } from '../../../src/processors/annotation-ledger.ts';
import {
  contradictions,
  mergeSheets,
  touchedCell,
  type MergeOptions,
  type Merged,
  type SentRow,
  type SentSheet,
} from '../../../src/processors/annotation-merger.ts';
import { at, sha } from '../../support/builders.ts';

const NOW = at('2026-07-01T00:00:00Z');

const FACTS: RowFacts = {
  kind: 'commit',
  repository: 'shop',
  component: 'shop',
  commit: sha('a1'),
  committedAt: at('2026-01-05T09:00:00Z'),
  author: 'Ada',
  title: 'a change',
  deployment: null,
};
const DEPLOYED: RowFacts = {
  ...FACTS,
  deployment: { id: 'tag:shop:v1', name: 'v1', finishedAt: at('2026-01-06T09:00:00Z') },
};

const isSame: MergeOptions['isSame'] = (a, b) => a === b;
const mayBeConverted: MergeOptions['mayBeConverted'] = (before, after) => before === '=1+1' && after === '2';

type Changes = Readonly<Record<string, Readonly<Partial<Record<HumanColumn, Change>>>>>;

/** A ledger of several revisions; tokens are `r1_t`, `r2_t`… */
function ledgerOf(...revisions: readonly Changes[]): AnnotationLedger {
  const ledger = new AnnotationLedger();
  for (const [position, rows] of revisions.entries())
    ledger.add({
      revision: position + 1,
      token: `r${position + 1}_t`,
      at: '2026-06-01T00:00:00.000Z',
      command: 'import',
      by: 'Ada',
      files: [],
      undoes: null,
      incidents: [],
      rows: Object.entries(rows).map(([row, cells]) => ({
        row,
        facts: FACTS,
        patch: null,
        cells,
        movedFrom: null,
      })),
    });
  return ledger;
}

function sheet(rows: readonly Partial<SentRow>[], file = 'a.csv'): SentSheet {
  return {
    file,
    columns: HUMAN_COLUMNS,
    letters: { failed: 'Q', notes: 'U', base: 'V' },
    rows: rows.map((row, position) => ({
      number: position + 2,
      id: 'one',
      base: 'r0_start',
      cells: {},
      guarded: [],
      ...row,
    })),
  };
}

function merge(
  ledger: AnnotationLedger,
  sheets: readonly SentSheet[],
  prefer: MergeOptions['prefer'] = null,
): Merged {
  return mergeSheets(sheets, { ledger, prefer, isSame, mayBeConverted });
}

function changes({ edits }: Merged): [string, HumanColumn, Change][] {
  return edits.map(({ id, name, change }) => [id, name, change]);
}

describe('touchedCell', () => {
  const touched = (text: string, base: string | null) => touchedCell('failed', text, base, isSame);

  it.each([
    { what: 'an empty cell that was empty', text: '', base: null, is: null },
    { what: 'a value that was there', text: 'yes', base: 'yes', is: null },
    { what: 'the same value in other words', text: 'WAHR', base: 'yes', is: null },
    { what: 'a new value', text: 'x', base: null, is: { kind: 'touched', value: 'yes', base: null } },
    { what: 'another value', text: 'no', base: 'yes', is: { kind: 'touched', value: 'no', base: 'yes' } },
    {
      what: 'a value that was cleared',
      text: ' ',
      base: 'yes',
      is: { kind: 'touched', value: null, base: 'yes' },
    },
    { what: 'a dash', text: '-', base: null, is: { kind: 'touched', value: null, base: null } },
    {
      what: 'a word that is none',
      text: 'maybe',
      base: null,
      is: { kind: 'mistake', problem: 'is neither yes nor no' },
    },
  ])('tells what $what means', ({ text, base, is }) => {
    expect(touched(text, base)).toEqual(is);
  });
});

describe('mergeSheets', () => {
  it('takes what a row says that nobody has annotated', () => {
    const merged = merge(ledgerOf(), [sheet([{ cells: { failed: 'yes', notes: 'slow' } }])]);
    expect(changes(merged)).toEqual([
      ['one', 'failed', [null, 'yes']],
      ['one', 'notes', [null, 'slow']],
    ]);
    expect(merged.edits[0]).toMatchObject({
      file: 'a.csv',
      row: 2,
      column: 'failed',
      letter: 'Q',
      value: 'yes',
    });
  });

  it('leaves alone what was set after the sheet was made', () => {
    const ledger = ledgerOf({ one: { failed: [null, 'yes'], notes: [null, 'slow'] } });
    const merged = merge(ledger, [sheet([{ cells: { is_hotfix: 'no' } }])]);
    expect(changes(merged)).toEqual([['one', 'is_hotfix', [null, 'no']]]);
    expect(merged.conflicts).toEqual([]);
  });

  it('takes an empty cell back only where the sheet had shown it', () => {
    const ledger = ledgerOf({ one: { notes: [null, 'slow'] } });
    expect(changes(merge(ledger, [sheet([{ base: 'r1_t' }])]))).toEqual([['one', 'notes', ['slow', null]]]);
    expect(changes(merge(ledger, [sheet([{ base: 'r0_start' }])]))).toEqual([]);
    expect(changes(merge(ledger, [sheet([{ base: null }])]))).toEqual([]);
  });

  it('reads nothing from a column that the file does not have', () => {
    const ledger = ledgerOf({ one: { notes: [null, 'slow'], failed: [null, 'yes'] } });
    const sent = { ...sheet([{ base: 'r1_t' }]), columns: ['failed'] as const };
    expect(changes(merge(ledger, [sent]))).toEqual([['one', 'failed', ['yes', null]]]);
  });

  it('finds a conflict where two changed one cell apart from each other', () => {
    const ledger = ledgerOf({ one: { notes: [null, 'ours'] } });
    const sent = [sheet([{ cells: { notes: 'theirs', failed: 'yes' } }])];
    const { conflicts } = merge(ledger, sent);
    expect(conflicts).toMatchObject([{ id: 'one', ours: 'ours', theirs: 'theirs', row: 2, letter: 'U' }]);
    expect(changes(merge(ledger, sent, 'theirs'))).toEqual([
      ['one', 'failed', [null, 'yes']],
      ['one', 'notes', ['ours', 'theirs']],
    ]);
    expect(changes(merge(ledger, sent, 'ours'))).toEqual([['one', 'failed', [null, 'yes']]]);
  });

  it('asks about a text that a spreadsheet may have made, and about nothing but texts', () => {
    const ledger = ledgerOf({ one: { notes: [null, '=1+1'], environment: [null, '=1+1'] } });
    const sent = [sheet([{ base: 'r1_t', cells: { notes: '2', environment: 'production' } }])];
    const { conflicts, edits } = merge(ledger, sent);
    expect(conflicts).toMatchObject([{ column: 'notes', kind: 'converted', ours: '=1+1', theirs: '2' }]);
    expect(edits).toMatchObject([{ name: 'environment', change: ['=1+1', 'production'] }]);
    expect(changes(merge(ledger, sent, 'theirs'))).toContainEqual(['one', 'notes', ['=1+1', '2']]);
    expect(changes(merge(ledger, sent, 'ours'))).toEqual([['one', 'environment', ['=1+1', 'production']]]);
  });

  it('does not ask where somebody else wrote as well: that is a conflict of two', () => {
    const ledger = ledgerOf({ one: { notes: [null, '=1+1'] } }, { one: { notes: ['=1+1', 'other'] } });
    const { conflicts } = merge(ledger, [sheet([{ base: 'r1_t', cells: { notes: '2' } }])]);
    expect(conflicts).toMatchObject([{ kind: 'two-values', ours: 'other', theirs: '2' }]);
  });

  it('asks about a day that had a time, and takes another day', () => {
    const ledger = ledgerOf({ one: { failed_at: [null, '2026-01-07T10:00:00Z'] } });
    const sent = (text: string) => [sheet([{ base: 'r1_t', cells: { failed_at: text } }])];
    expect(merge(ledger, sent('2026-01-07')).conflicts).toMatchObject([{ kind: 'converted' }]);
    for (const text of ['2026-01-07 00:00', '2026-01-08', '2026-01-06'])
      expect(merge(ledger, sent(text))).toMatchObject({ conflicts: [], edits: [{ name: 'failed_at' }] });
  });

  it('finds none where both say the same, or where it was set back meanwhile', () => {
    const same = ledgerOf({ one: { notes: [null, 'same'] } });
    expect(merge(same, [sheet([{ cells: { notes: 'same' } }])])).toEqual({
      edits: [],
      conflicts: [],
      mistakes: [],
    });
    const back = ledgerOf(
      { one: { notes: [null, 'a'] } },
      { one: { notes: ['a', 'b'] } },
      { one: { notes: ['b', 'a'] } },
    );
    const merged = merge(back, [sheet([{ base: 'r1_t', cells: { notes: 'c' } }])]);
    expect(changes(merged)).toEqual([['one', 'notes', ['a', 'c']]]);
    expect(merged.conflicts).toEqual([]);
  });

  it('takes a clearing for a conflict with another value', () => {
    const ledger = ledgerOf({ one: { notes: [null, 'a'] } }, { one: { notes: ['a', 'b'] } });
    expect(merge(ledger, [sheet([{ base: 'r1_t' }])]).conflicts).toMatchObject([{ ours: 'b', theirs: null }]);
    expect(changes(merge(ledger, [sheet([{ base: 'r1_t' }])], 'theirs'))).toEqual([
      ['one', 'notes', ['b', null]],
    ]);
  });

  it('merges several sheets one after the other', () => {
    const sheets = [sheet([{ cells: { notes: 'a' } }]), sheet([{ cells: { failed: 'no' } }], 'b.csv')];
    expect(changes(merge(ledgerOf(), sheets))).toEqual([
      ['one', 'notes', [null, 'a']],
      ['one', 'failed', [null, 'no']],
    ]);
    const clash = [sheet([{ cells: { notes: 'a' } }]), sheet([{ cells: { notes: 'b' } }], 'b.csv')];
    expect(merge(ledgerOf(), clash).conflicts).toMatchObject([{ file: 'b.csv', ours: 'a', theirs: 'b' }]);
    expect(changes(merge(ledgerOf(), clash, 'theirs'))).toEqual([['one', 'notes', [null, 'b']]]);
    expect(changes(merge(ledgerOf(), clash, 'ours'))).toEqual([['one', 'notes', [null, 'a']]]);
  });

  it('forgets an edit that a later sheet takes back', () => {
    const sheets = [sheet([{ cells: { notes: 'a' } }]), sheet([{ cells: { notes: '-' } }], 'b.csv')];
    expect(merge(ledgerOf(), sheets, 'theirs').edits).toEqual([]);
  });

  it('refuses a row with a base of elsewhere, and goes on with the others', () => {
    const merged = merge(ledgerOf(), [
      sheet([
        { base: 'r9_x', cells: { notes: 'a' } },
        { id: 'two', cells: { notes: 'b', failed: 'perhaps' } },
      ]),
    ]);
    expect(merged.mistakes).toMatchObject([
      {
        row: 2,
        column: 'base',
        letter: 'V',
        value: 'r9_x',
        problem: expect.stringContaining('another workspace'),
      },
      { row: 3, column: 'failed', value: 'perhaps', problem: 'is neither yes nor no' },
    ]);
    expect(changes(merged)).toEqual([['two', 'notes', [null, 'b']]]);
  });

  it('refuses a row whose cells moved to the left', () => {
    const merged = merge(ledgerOf(), [sheet([{ base: '', cells: { notes: 'r0_start' } }])]);
    expect(merged.mistakes).toMatchObject([
      { row: 2, column: 'notes', letter: 'U', problem: expect.stringContaining('moved to the left') },
    ]);
    expect(merged.edits).toEqual([]);
    // a note that looks like one is a note
    expect(changes(merge(ledgerOf(), [sheet([{ cells: { notes: 'r0_start' } }])]))).toHaveLength(1);
  });

  it('knows a row whose annotations moved on by its old id', () => {
    const ledger = ledgerOf({ one: { notes: [null, 'a'] } });
    ledger.add({
      revision: 2,
      token: 'r2_t',
      at: '2026-06-02T00:00:00.000Z',
      command: 'reattach',
      by: 'dora-metrics',
      files: [],
      undoes: null,
      incidents: [],
      rows: [{ row: 'new', facts: FACTS, patch: null, cells: {}, movedFrom: 'one' }],
    });
    expect(changes(merge(ledger, [sheet([{ base: 'r1_t', cells: { notes: 'b' } }])]))).toEqual([
      ['new', 'notes', ['a', 'b']],
    ]);
  });
});

describe('contradictions', () => {
  const found = (facts: RowFacts, cells: Cells): [string, string][] => {
    const edits = HUMAN_COLUMNS.flatMap((name) => {
      const value = cells[name];
      if (value === undefined) return [];
      const change: Change = [null, value];
      return [{ file: 'a.csv', row: 2, column: name, letter: '', value, id: 'one', name, change }];
    });
    return contradictions({ facts, cells, edits }, NOW).map(({ column, problem }) => [column, problem]);
  };

  it.each<{ cells: Cells; facts?: RowFacts }>([
    { cells: {} },
    { cells: { ignore: 'yes', notes: 'x', is_hotfix: 'yes' } },
    { cells: { is_deployment: 'yes', deployed_at: '2026-01-07T00:00:00Z', environment: 'staging' } },
    { cells: { failed: 'no' } },
    { cells: { is_deployment: 'no', failed: 'no', is_rollback: 'no' } },
    {
      facts: DEPLOYED,
      cells: { failed: 'yes', failed_at: '2026-01-06T09:00:00Z', recovered_at: '2026-01-06T09:00:00Z' },
    },
    { facts: DEPLOYED, cells: { recovered_at: '2026-01-06T09:00:00Z' } },
    { facts: DEPLOYED, cells: { deployed_at: '2026-07-01T00:00:00Z' } },
  ])('finds none in $cells', ({ cells, facts = FACTS }) => {
    expect(found(facts, cells)).toEqual([]);
  });

  it.each<{ cells: Cells; facts?: RowFacts; at: string; says: RegExp }>([
    { cells: { failed: 'yes' }, at: 'failed', says: /^needs a deployment/u },
    { cells: { environment: 'staging' }, at: 'environment', says: /^needs a deployment/u },
    { cells: { deployed_at: '2026-01-07T00:00:00Z' }, at: 'deployed_at', says: /^needs a deployment/u },
    {
      facts: DEPLOYED,
      cells: { is_deployment: 'no', is_rollback: 'yes' },
      at: 'is_rollback',
      says: /^contradicts is_dep/u,
    },
    {
      facts: { ...DEPLOYED, deployment: { id: 'annotation:shop:a', name: 'a', finishedAt: NOW } },
      cells: { failed: 'yes' },
      at: 'failed',
      says: /^needs a deployment/u,
    },
    {
      facts: DEPLOYED,
      cells: { failed: 'no', failed_at: '2026-01-07T00:00:00Z' },
      at: 'failed',
      says: /did not fail/u,
    },
    {
      facts: DEPLOYED,
      cells: { failed: 'no', recovered_at: '2026-01-07T00:00:00Z' },
      at: 'failed',
      says: /did not fail/u,
    },
    {
      facts: DEPLOYED,
      cells: { deployed_at: '2026-07-01T00:00:01Z' },
      at: 'deployed_at',
      says: /in the future/u,
    },
    {
      facts: DEPLOYED,
      cells: { recovered_at: '2026-01-06T08:59:59Z' },
      at: 'recovered_at',
      says: /before the deployment \(2026-01-06T09:00:00Z\)$/u,
    },
    {
      facts: DEPLOYED,
      cells: { deployed_at: '2026-01-08T00:00:00Z', recovered_at: '2026-01-07T00:00:00Z' },
      at: 'recovered_at',
      says: /before the deployment \(2026-01-08T00:00:00Z\)$/u,
    },
    {
      facts: DEPLOYED,
      cells: { failed_at: '2026-01-08T00:00:00Z', recovered_at: '2026-01-07T00:00:00Z' },
      at: 'recovered_at',
      says: /before failed_at/u,
    },
  ])('finds one in $cells, at $at', ({ cells, facts = FACTS, at: column, says }) => {
    expect(found(facts, cells)).toEqual([[column, expect.stringMatching(says)]]);
  });

  it('tells of a column that was not changed at the cell that was', () => {
    const change: Change = ['yes', null];
    const edit = { file: 'a.csv', row: 2, column: 'notes', letter: 'U', value: '', id: 'one', change };
    const cells: Cells = { failed: 'yes' };
    expect(contradictions({ facts: FACTS, cells, edits: [{ ...edit, name: 'notes' }] }, NOW)).toEqual([
      expect.objectContaining({
        column: 'notes',
        problem: expect.stringMatching(/^failed needs a deployment/u),
      }),
    ]);
  });
});
