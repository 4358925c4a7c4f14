import {
  HUMAN_COLUMNS,
  opinionOf,
  type Cells,
  type HumanColumn,
  type Opinion,
  type RowFacts,
} from '../domain/annotation.ts';

/** A value before and after; `null` is no opinion. */
export type Change = readonly [before: string | null, after: string | null];

/** What a revision says of one row. */
export interface RowEdit {
  readonly row: string;
  readonly facts: RowFacts;
  /** Digest of what the commit changes, by which it is known again after a rebase; `null` where git could not tell. */
  readonly patch: string | null;
  readonly cells: Readonly<Partial<Record<HumanColumn, Change>>>;
  /** The row whose annotations this one takes over, because its commit was rewritten. */
  readonly movedFrom: string | null;
}

export const INCIDENT_COLUMNS = [
  'incident_id',
  'opened_at',
  'resolved_at',
  'severity',
  'component',
  'deployment',
  'title',
  'url',
] as const;
export type IncidentColumn = Exclude<(typeof INCIDENT_COLUMNS)[number], 'incident_id'>;

/** What a revision says of one incident. */
export interface IncidentEdit {
  readonly incident: string;
  readonly repository: string;
  readonly fields: Readonly<Partial<Record<IncidentColumn, Change>>>;
  /** The deployment that `deployment` named when it was written. */
  readonly deployment: { readonly id: string; readonly name: string; readonly revision: string } | null;
}

export interface ImportedFile {
  readonly name: string;
  /** Its key in the workspace. */
  readonly stored: string;
  readonly sha256: string;
}

/** One change of the annotations, all of it or nothing. Revisions count up from 1. */
export interface Revision {
  readonly revision: number;
  /** What a sheet that is made from this state carries in its column `base`. */
  readonly token: string;
  readonly at: string;
  readonly command: 'import' | 'undo' | 'reattach';
  readonly by: string;
  readonly files: readonly ImportedFile[];
  /** The revision that an undo takes back. */
  readonly undoes: number | null;
  readonly rows: readonly RowEdit[];
  readonly incidents: readonly IncidentEdit[];
}

/** What is known of one row at the newest revision. */
export interface AnnotatedRow {
  readonly row: string;
  readonly facts: RowFacts;
  readonly patch: string | null;
  readonly cells: Cells;
  readonly by: string;
  readonly at: string;
  readonly file: string;
}

export interface AnnotatedIncident {
  readonly id: string;
  readonly repository: string;
  readonly fields: Readonly<Partial<Record<IncidentColumn, string>>>;
  readonly deployment: IncidentEdit['deployment'];
  readonly by: string;
  readonly at: string;
  readonly file: string;
}

/** The token of a sheet that was made before anybody had said anything. */
export const FIRST_TOKEN = 'r0_start';

interface Entry extends Omit<AnnotatedRow, 'cells'> {
  readonly cells: Partial<Record<HumanColumn, string>>;
  readonly history: {
    readonly revision: number;
    readonly column: HumanColumn;
    readonly value: string | null;
  }[];
}

/**
 * All annotations, and what each of them was at any revision.
 *
 * Fed one revision after the other. A row whose annotations moved on is known by its old id as well.
 */
export class AnnotationLedger {
  readonly revisions: Revision[] = [];
  readonly #rows = new Map<string, Entry>();
  readonly #moved = new Map<string, string>();
  readonly #incidents = new Map<string, AnnotatedIncident>();
  readonly #byToken = new Map<string, number>([[FIRST_TOKEN, 0]]);

  #byCommit: ReadonlyMap<string, readonly string[]> | null = null;
  #opinions: ReadonlyMap<string, readonly Opinion[]> | null = null;

  get token(): string {
    return this.revisions.at(-1)?.token ?? FIRST_TOKEN;
  }

  /** The revision that a token stands for; `null` for one that is not of this workspace. */
  revisionOf(token: string): number | null {
    return this.#byToken.get(token) ?? null;
  }

  /** The id under which a row is known by now. */
  current(row: string): string {
    let at = row;
    for (let next = this.#moved.get(at); next !== undefined; next = this.#moved.get(at)) at = next;
    return at;
  }

  /** A row by its id, old or new; `null` where nobody ever said anything. */
  row(id: string): AnnotatedRow | null {
    return this.#rows.get(this.current(id)) ?? null;
  }

  /** What a cell said at a revision; `null` for no opinion. */
  valueAt(id: string, column: HumanColumn, revision: number): string | null {
    const entry = this.#rows.get(this.current(id));
    const last = entry?.history.findLast((change) => change.column === column && change.revision <= revision);
    return last?.value ?? null;
  }

  /** Every row that says something, in the order in which they were first annotated. */
  *rows(): Generator<AnnotatedRow> {
    for (const entry of this.#rows.values()) if (Object.keys(entry.cells).length > 0) yield entry;
  }

  *incidents(): Generator<AnnotatedIncident> {
    for (const incident of this.#incidents.values())
      if (incident.fields.opened_at !== undefined) yield incident;
  }

  incident(id: string): AnnotatedIncident | null {
    return this.#incidents.get(id) ?? null;
  }

  /** The ids of the annotated rows of commits. */
  ofCommit(commits: readonly string[]): readonly string[] {
    this.#byCommit ??= groupByCommit(this.rows());
    return commits.flatMap((commit) => this.#byCommit?.get(commit) ?? []);
  }

  /** What people say of one repository. */
  opinions(repository: string): readonly Opinion[] {
    this.#opinions ??= this.#opinionsByRepository();
    return this.#opinions.get(repository) ?? [];
  }

  #opinionsByRepository(): Map<string, Opinion[]> {
    const opinions = new Map<string, Opinion[]>();
    for (const { row, facts, cells, by } of this.rows()) {
      const known = opinions.get(facts.repository) ?? [];
      opinions.set(facts.repository, known);
      known.push(opinionOf(row, facts, cells, by));
    }
    return opinions;
  }

  /** The newest import that was not taken back; `null` where there is none. */
  lastImport(): Revision | null {
    const undone = new Set(this.revisions.flatMap(({ undoes }) => undoes ?? []));
    return (
      this.revisions.findLast(({ command, revision }) => command === 'import' && !undone.has(revision)) ??
      null
    );
  }

  add(revision: Revision): void {
    this.#byCommit = null;
    this.#opinions = null;
    this.revisions.push(revision);
    this.#byToken.set(revision.token, revision.revision);
    for (const edit of revision.rows) this.#addRow(revision, edit);
    for (const { incident, repository, fields, deployment } of revision.incidents) {
      const known: Partial<Record<IncidentColumn, string>> = { ...this.#incidents.get(incident)?.fields };
      for (const column of INCIDENT_COLUMNS) {
        const change = column === 'incident_id' ? undefined : fields[column];
        if (column === 'incident_id' || change === undefined) continue;
        const [, after] = change;
        if (after === null) Reflect.deleteProperty(known, column);
        else known[column] = after;
      }
      const { by, at, files } = revision;
      const file = files.at(-1)?.stored ?? '';
      this.#incidents.set(incident, { id: incident, repository, fields: known, deployment, by, at, file });
    }
  }

  #addRow(revision: Revision, edit: RowEdit): void {
    const { movedFrom } = edit;
    // a row may come back to where it was
    if (movedFrom !== null) this.#moved.delete(edit.row);
    const row = movedFrom === null ? this.current(edit.row) : edit.row;
    const from = movedFrom === null ? undefined : this.#rows.get(movedFrom);
    if (movedFrom !== null && movedFrom !== row) {
      this.#rows.delete(movedFrom);
      this.#moved.set(movedFrom, row);
    }
    this.#rows.set(row, entryAfter(revision, { ...edit, row }, [from, this.#rows.get(row)]));
  }
}

/** A row after an edit, from what it said before and what the row said whose annotations it takes over. */
function entryAfter(
  { revision, by, at, files }: Revision,
  { row, facts, patch, cells }: RowEdit,
  [from, known]: readonly [Entry | undefined, Entry | undefined],
): Entry {
  const file = files.at(-1)?.stored ?? '';
  const fresh: Entry = { row, facts, patch: null, cells: {}, by, at, file, history: [] };
  const before = known ?? from ?? fresh;
  const both = [from, known].flatMap((entry) => entry ?? []);
  const history = both.flatMap((entry) => entry.history);
  const values: Partial<Record<HumanColumn, string>> = { ...from?.cells, ...known?.cells };
  for (const column of HUMAN_COLUMNS) {
    const change = cells[column];
    if (change === undefined) continue;
    const [, value] = change;
    history.push({ revision, column, value });
    if (value === null) Reflect.deleteProperty(values, column);
    else values[column] = value;
  }
  const { by: who, at: when } = Object.keys(cells).length > 0 ? fresh : before;
  const stored = file === '' ? before.file : file;
  return {
    row,
    facts,
    patch: patch ?? before.patch,
    cells: values,
    by: who,
    at: when,
    file: stored,
    history,
  };
}

/** The edits that take a revision back: every cell and field to what it was before. */
export function inverseOf(
  ledger: AnnotationLedger,
  revision: Revision,
): Pick<Revision, 'rows' | 'incidents'> {
  const swap = <Key extends string>(
    changes: Readonly<Partial<Record<Key, Change>>>,
  ): Partial<Record<Key, Change>> => {
    const swapped: Partial<Record<Key, Change>> = {};
    for (const key in changes) {
      const change = changes[key];
      if (change !== undefined) swapped[key] = [change[1], change[0]];
    }
    return swapped;
  };
  return {
    rows: revision.rows.map((edit): RowEdit => {
      const known = ledger.row(edit.row);
      return {
        row: ledger.current(edit.row),
        facts: known?.facts ?? edit.facts,
        patch: null,
        cells: swap(edit.cells),
        movedFrom: null,
      };
    }),
    incidents: revision.incidents.map((edit): IncidentEdit => ({
      ...edit,
      deployment: deploymentBefore(ledger, revision, edit),
      fields: swap(edit.fields),
    })),
  };
}

/** The deployment that an incident named before a revision; still, where that revision said nothing of it. */
function deploymentBefore(
  ledger: AnnotationLedger,
  { revision }: Revision,
  { incident, fields }: IncidentEdit,
): IncidentEdit['deployment'] {
  if (fields.deployment === undefined) return ledger.incident(incident)?.deployment ?? null;
  const before = ledger.revisions.findLast(
    (one) => one.revision < revision && one.incidents.some((edit) => edit.incident === incident),
  );
  return before?.incidents.find((edit) => edit.incident === incident)?.deployment ?? null;
}

function groupByCommit(rows: Iterable<AnnotatedRow>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { row, facts } of rows) {
    if (facts.kind !== 'commit') continue;
    const known = found.get(facts.commit);
    if (known === undefined) found.set(facts.commit, [row]);
    else known.push(row);
  }
  return found;
}
