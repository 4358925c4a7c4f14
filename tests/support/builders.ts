import { USUAL_ARGO } from './argocd/usual.ts';
/** Valid values with every field filled in, of which a test names only what it is about. */
import { NO_TRAILERS, type Commit, type Ref, type Trailers } from '../../src/domain/commit.ts';
import type { AssessedDeployment, Deployment, FailureEvidence } from '../../src/domain/deployment.ts';
import type { DatasetSettings } from '../../src/domain/settings.ts';
import type { SourceRecords } from '../../src/processors/source-records.ts';
import { DAY, durationMs, epochMs, type EpochMs } from '../../src/domain/units.ts';

export const REPOSITORY = 'acme/shop';

/** The instant of an ISO-8601 text. */
export function at(iso: string): EpochMs {
  return epochMs(Date.parse(iso));
}

/** A full sha that begins with the digits of `name` and can be read in a failing test: `sha('a1')`. */
export function sha(name: string, length: 40 | 64 = 40): string {
  const digits = name.replaceAll(/[^0-9a-f]/gu, (letter) => letter.charCodeAt(0).toString(16));
  return digits.padEnd(length, '0').slice(0, length);
}

export function trailers(some: Partial<Trailers>): Trailers {
  return { ...NO_TRAILERS, ...some };
}

type CommitFields = Partial<Omit<Commit, 'sha' | 'parents'>> & { readonly parents?: readonly string[] };

/** A commit; `name` and `parents` are short names as for `sha`. */
export function commit(name: string, { parents = [], ...rest }: CommitFields = {}): Commit {
  return {
    sha: sha(name),
    parents: parents.map((parent) => sha(parent)),
    author: 'Ada',
    authorId: '0000000000000001',
    authoredAt: at('2026-01-05T00:00:00Z'),
    committedAt: at('2026-01-05T00:00:00Z'),
    subject: `change ${name}`,
    trailers: NO_TRAILERS,
    paths: null,
    ...rest,
  };
}

/** An annotated tag when `taggedAt` is given, else a lightweight one. */
export function tag(name: string, target: string | null, taggedAt: EpochMs | null = null): Ref {
  return { kind: 'tag', name, commit: target === null ? null : sha(target), taggedAt };
}

export function branch(name: string, target: string): Ref {
  return { kind: 'branch', name, commit: sha(target), taggedAt: null };
}

export function datasetSettings(some: Partial<DatasetSettings> = {}): DatasetSettings {
  return {
    environment: 'production',
    deploymentsFrom: ['auto'],
    tagPattern: null,
    environmentNames: ['production', 'prod'],
    exclude: { authors: [], paths: [], bots: false },
    bots: [],
    failures: {
      revertWithin: durationMs(7 * DAY),
      hotfixWithin: durationMs(7 * DAY),
      incidentWithin: durationMs(7 * DAY),
    },
    incidentLabels: ['incident'],
    argocd: USUAL_ARGO,
    hotfix: { labels: ['hotfix'], branches: ['hotfix/*'], subjects: [String.raw`^hotfix\b`] },
    ...some,
  };
}

/** A succeeded deployment by an annotated tag of the same name. */
export function deployment(
  name: string,
  finishedAt: EpochMs,
  some: Partial<Omit<Deployment, 'name' | 'finishedAt'>> = {},
): Deployment {
  const source = some.source ?? 'annotated-tag';
  return {
    id: `tag:${REPOSITORY}:${name}`,
    repository: REPOSITORY,
    component: REPOSITORY,
    environment: 'production',
    name,
    url: null,
    revision: sha('1'),
    finishedAt,
    estimated: source !== 'annotated-tag',
    outcome: 'succeeded',
    source,
    sightings: [{ source, name, at: finishedAt }],
    ...some,
  };
}

type AssessedFields = Partial<Omit<AssessedDeployment, 'name' | 'finishedAt'>>;

export function assessed(name: string, finishedAt: EpochMs, some: AssessedFields = {}): AssessedDeployment {
  return {
    ...deployment(name, finishedAt),
    baseline: false,
    shippedChanges: 0,
    failures: [],
    repairs: [],
    annotation: null,
    ...some,
  };
}

/** A failure that was known and over as soon as it was repaired. */
export function failure(
  failureAt: EpochMs,
  recoveredAt: EpochMs | null,
  some: Partial<Omit<FailureEvidence, 'failureAt' | 'recoveredAt'>> = {},
): FailureEvidence {
  return {
    rule: 'rollback',
    failureAt,
    recoveredAt,
    knownAt: recoveredAt ?? failureAt,
    repairedBy: null,
    commits: [],
    incident: null,
    ...some,
  };
}

/** What is known without any source but git. */
export const NO_RECORDS: SourceRecords = {
  pullRequests: [],
  hasAllPullRequests: false,
  deployments: [],
  incidents: [],
  opinions: [],
};
