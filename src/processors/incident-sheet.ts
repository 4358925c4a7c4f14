import { cellValue } from '../domain/cell-values.ts';
import type { EpochMs } from '../domain/units.ts';
import { isoInstant } from '../domain/units.ts';
import { webAddress } from '../domain/web-address.ts';
import { withoutAddress } from '../domain/without-address.ts';
import {
  INCIDENT_COLUMNS,
  type AnnotationLedger,
  type Change,
  type IncidentColumn,
  type IncidentEdit,
} from './annotation-ledger.ts';
import type { Mistake, Place } from './annotation-merger.ts';

/** A row of a list of incidents; columns that the file lacks are absent. */
export interface SentIncident {
  readonly number: number;
  readonly id: string;
  readonly cells: Readonly<Partial<Record<IncidentColumn, string>>>;
}

/** What incidents can be of. */
export interface KnownPlaces {
  /** Repository of each component; a repository without components is its own. Several repositories may have one of the same name. */
  readonly components: readonly { readonly component: string; readonly repository: string }[];
  readonly deployments: readonly {
    readonly id: string;
    readonly name: string;
    readonly revision: string;
    readonly repository: string;
    readonly component: string;
  }[];
}

export interface IncidentMerge {
  readonly edits: readonly (IncidentEdit & { readonly place: Place })[];
  readonly mistakes: readonly Mistake[];
  readonly unchanged: number;
}

const LONGEST = 2000;

/**
 * What a list of incidents changes. A row stands for its incident: what it fills in counts, an empty cell is no opinion, `-` takes a value back
 * and in `opened_at` the incident.
 */
export function mergeIncidents(
  rows: readonly SentIncident[],
  placeAt: (row: SentIncident, column: string) => Place,
  {
    ledger,
    known,
    now,
  }: { readonly ledger: AnnotationLedger; readonly known: KnownPlaces; readonly now: EpochMs },
): IncidentMerge {
  const edits: (IncidentEdit & { readonly place: Place })[] = [];
  const mistakes: Mistake[] = [];
  const seen = new Map<string, number>();
  let unchanged = 0;
  for (const row of rows) {
    const own: Mistake[] = [];
    const say = (column: string, problem: string) => own.push({ ...placeAt(row, column), problem });
    const twice = seen.get(row.id);
    if (twice !== undefined) say('incident_id', `is in row ${String(twice)} already`);
    seen.set(row.id, row.number);
    const edit = editOf(row, { ledger, known, now, say });
    mistakes.push(...own);
    if (own.length > 0) continue;
    if (Object.keys(edit.fields).length === 0) unchanged += 1;
    else edits.push({ ...edit, place: placeAt(row, 'incident_id') });
  }
  return { edits, mistakes, unchanged };
}

interface Asked {
  readonly ledger: AnnotationLedger;
  readonly known: KnownPlaces;
  readonly now: EpochMs;
  readonly say: (column: string, problem: string) => void;
}

function editOf(row: SentIncident, { ledger, known, now, say }: Asked): IncidentEdit {
  const stored = ledger.incident(row.id);
  const values: Partial<Record<IncidentColumn, string>> = { ...stored?.fields };
  const fields: Partial<Record<IncidentColumn, Change>> = {};
  for (const column of INCIDENT_COLUMNS) {
    if (column === 'incident_id') continue;
    const after = valueOf(column, row.cells[column] ?? '', say);
    const before = stored?.fields[column] ?? null;
    if (after === undefined || after === before) continue;
    fields[column] = [before, after];
    if (after === null) Reflect.deleteProperty(values, column);
    else values[column] = after;
  }
  if (fields.opened_at?.[1] === null)
    return { incident: row.id, repository: stored?.repository ?? '', fields, deployment: null };
  checkTimes(values, now, say);
  const where = placeOfIncident(values, known, say);
  const deployment = where.deployment;
  return {
    incident: row.id,
    repository: where.repository,
    fields,
    deployment:
      deployment === null
        ? null
        : { id: deployment.id, name: deployment.name, revision: deployment.revision },
  };
}

/** `undefined` for no opinion, `null` for taking back. */
function valueOf(column: IncidentColumn, text: string, say: Asked['say']): string | null | undefined {
  const isInstant = column === 'opened_at' || column === 'resolved_at';
  const found = cellValue(isInstant ? 'failed_at' : 'notes', text);
  if (found.kind === 'empty') return undefined;
  if (found.kind === 'clear') return null;
  if (found.kind === 'mistake') {
    say(column, found.problem);
    return undefined;
  }
  const value = withoutAddress(found.value);
  if (value.length > LONGEST) say(column, `is longer than ${String(LONGEST)} characters`);
  if (column === 'url' && webAddress(value) === null) say(column, 'is no address of a page (https://…)');
  return value;
}

function checkTimes(
  { opened_at: opened, resolved_at: resolved }: Partial<Record<IncidentColumn, string>>,
  now: EpochMs,
  say: Asked['say'],
): void {
  if (opened === undefined) say('opened_at', 'is empty: when did it begin?');
  else if (Date.parse(opened) > now) say('opened_at', `is in the future (it is ${isoInstant(now)})`);
  if (resolved !== undefined && Date.parse(resolved) > now) say('resolved_at', 'is in the future');
  if (opened !== undefined && resolved !== undefined && Date.parse(resolved) < Date.parse(opened))
    say('resolved_at', `is before opened_at (${opened})`);
}

/** The repository, by the deployment or the component that is named; the only one where none is. */
function placeOfIncident(
  { component, deployment: name }: Partial<Record<IncidentColumn, string>>,
  { components, deployments }: KnownPlaces,
  say: Asked['say'],
): { readonly repository: string; readonly deployment: KnownPlaces['deployments'][number] | null } {
  const named =
    component === undefined ? components : components.filter((one) => one.component === component);
  if (component !== undefined && named.length === 0)
    say('component', `is not known; there are ${list(components.map((one) => one.component))}`);
  const repositories = [...new Set(named.map(({ repository }) => repository))];
  if (name !== undefined) {
    const wanted = name.replace(/^sha:/u, '');
    const found = deployments.filter(
      (one) =>
        (one.id === name || one.name === name || (wanted.length >= 7 && one.revision.startsWith(wanted))) &&
        (component === undefined || one.component === component),
    );
    const places = new Set(found.map((one) => `${one.repository}\n${one.component}`));
    const [first] = found;
    if (first === undefined)
      say('deployment', 'is no deployment that is known (its name, its id or its commit)');
    else if (places.size > 1) say('deployment', 'is the name of several: fill in component as well');
    else return { repository: first.repository, deployment: first };
  } else if (repositories.length > 1)
    say(
      'component',
      `is empty, or several repositories have it: write one of ${list(components.map((one) => one.component))}`,
    );
  return { repository: repositories[0] ?? '', deployment: null };
}

function list(names: readonly string[]): string {
  const all = [...new Set(names)];
  return all.length <= 8
    ? all.join(', ')
    : `${all.slice(0, 8).join(', ')} and ${String(all.length - 8)} more`;
}
