import { hash } from 'node:crypto';
import type { RowFacts } from '../domain/annotation.ts';
import type { IncidentRecord } from '../domain/incident.ts';
import { epochMs } from '../domain/units.ts';
import { AnnotationLedger, type AnnotatedIncident } from '../processors/annotation-ledger.ts';
import { openJournal, type Journal, type OpenedJournal } from '../storage/annotation-store.ts';
import type { Storage } from '../storage/storage.ts';

/** The annotations of the workspace, with the journal that an import adds to. */
export interface LoadedAnnotations {
  readonly ledger: AnnotationLedger;
  readonly journal: Journal;
}

export async function loadAnnotations(storage: Storage): Promise<LoadedAnnotations> {
  const opened = await openJournal(storage);
  return { ledger: ledgerOf(opened), journal: opened.read() };
}

/** What a journal says. */
export function ledgerOf(opened: OpenedJournal): AnnotationLedger {
  const ledger = new AnnotationLedger();
  for (const revision of opened.read().revisions) ledger.add(revision);
  return ledger;
}

/** Makes the ids of one component's rows. */
export type RowIds = (facts: Pick<RowFacts, 'kind' | 'commit' | 'deployment'>) => string;

/**
 * `c_` and the first digits of the commit, or `d_` and a digest of the deployment, then a digest of repository and component.
 *
 * No spreadsheet takes it for a number, and it is the same in every run and on every machine.
 */
export function rowIds(repository: string, component: string): RowIds {
  const scope = hash('sha256', JSON.stringify([repository, component])).slice(0, 8);
  return ({ kind, commit, deployment }) =>
    kind === 'commit'
      ? `c_${commit.slice(0, 16)}_${scope}`
      : `d_${hash('sha256', deployment?.id ?? commit).slice(0, 16)}_${scope}`;
}

/** What people's incidents of one repository are to the processors. */
export function incidentRecords(ledger: AnnotationLedger, repository: string): IncidentRecord[] {
  return [...ledger.incidents()].flatMap((incident) =>
    incident.repository === repository ? [recordOf(incident)] : [],
  );
}

function recordOf({ id, fields, deployment }: AnnotatedIncident): IncidentRecord {
  const { opened_at: openedAt = '', resolved_at: resolvedAt, title, url, severity, component } = fields;
  return {
    id: `file:${id}`,
    title: title ?? id,
    text: '',
    url: url ?? null,
    labels: [],
    openedAt: epochMs(Date.parse(openedAt)),
    resolvedAt: resolvedAt === undefined ? null : epochMs(Date.parse(resolvedAt)),
    severity: severity ?? null,
    component: component ?? null,
    deployment: fields.deployment === undefined ? null : deployment,
    notBecause: null,
  };
}
