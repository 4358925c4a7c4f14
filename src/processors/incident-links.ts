import type { Deployment } from '../domain/deployment.ts';
import type { Incident, IncidentLink, IncidentRecord } from '../domain/incident.ts';
import { printable } from '../domain/printable.ts';
import type { SetAside } from '../domain/set-aside.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import type { RepositoryHistory } from './repository-history.ts';
import type { Timeline } from './timeline.ts';

/** An incident with the deployment that caused it, as far as one can be named. */
interface Linked {
  readonly record: IncidentRecord;
  readonly component: string;
  readonly deployment: Deployment | null;
  readonly link: IncidentLink | null;
}

export interface LinkedIncidents {
  readonly incidents: readonly Incident[];
  /** What turned out to be no incident. */
  readonly setAside: readonly SetAside[];
  /** The incidents that a deployment caused, by its id. */
  readonly byDeployment: ReadonlyMap<string, readonly IncidentRecord[]>;
}

/**
 * Links each incident to the deployment that caused it.
 *
 * First what it names: a tag, a sha, a release, a deployment or a run by its address; of several the last one before it opened. Else the last
 * deployment of its component before it opened, at most `failures.incidentWithin` before; else none.
 */
export function linkIncidents(
  history: RepositoryHistory,
  timelines: readonly Timeline[],
  records: readonly IncidentRecord[],
  settings: DatasetSettings,
): LinkedIncidents {
  const names = new DeploymentNames(history, timelines);
  const linked = records
    .filter(({ notBecause }) => notBecause === null)
    .map((record) => linkOne(record, timelines, names, settings));
  const byDeployment = new Map<string, IncidentRecord[]>();
  for (const { deployment, record } of linked) {
    if (deployment === null) continue;
    byDeployment.set(deployment.id, [...(byDeployment.get(deployment.id) ?? []), record]);
  }
  const repository = history.settings.name;
  return {
    incidents: linked.map(({ record, component, deployment, link }) => ({
      id: printable(record.id),
      repository,
      component,
      openedAt: record.openedAt,
      resolvedAt: record.resolvedAt,
      title: printable(record.title),
      url: record.url === null ? null : printable(record.url),
      deployment: deployment?.id ?? null,
      link,
    })),
    setAside: records.flatMap(({ notBecause, id, openedAt, title }) =>
      notBecause === null
        ? []
        : [
            {
              kind: 'incident' as const,
              reason: notBecause,
              repository,
              component: '',
              id: printable(id),
              at: openedAt,
              deployment: null,
              author: '',
              subject: printable(title),
              detail: '',
            },
          ],
    ),
    byDeployment,
  };
}

function linkOne(
  record: IncidentRecord,
  timelines: readonly Timeline[],
  names: DeploymentNames,
  { failures: { incidentWithin } }: DatasetSettings,
): Linked {
  const [only] = timelines;
  const own =
    timelines.length === 1 ? only : timelines.find(({ component }) => isNamedByLabel(component, record));
  const named = names.in(record.text).filter(({ finishedAt }) => finishedAt <= record.openedAt);
  const fitting = own === undefined ? named : named.filter(({ component }) => component === own.component);
  const cause = latest(fitting.length > 0 ? fitting : named);
  if (cause !== null) return { record, component: cause.component, deployment: cause, link: 'named' };
  const before = (own?.deployments ?? []).filter(
    ({ finishedAt }) => finishedAt <= record.openedAt && record.openedAt - finishedAt <= incidentWithin,
  );
  const last = latest(before);
  return {
    record,
    component: own?.component ?? '',
    deployment: last,
    link: last === null ? null : 'last-before',
  };
}

function latest(deployments: readonly Deployment[]): Deployment | null {
  return deployments.reduce<Deployment | null>(
    (best, next) => (best === null || next.finishedAt >= best.finishedAt ? next : best),
    null,
  );
}

/** A label that is the component's name, or that ends with it after a separator: `component: ui`, `area/ui`. */
function isNamedByLabel(component: string, { labels }: IncidentRecord): boolean {
  const name = component.toLowerCase();
  return labels.some((label) => {
    const text = label.toLowerCase();
    return text === name || (text.endsWith(name) && /[:/\s]$/u.test(text.slice(0, -name.length)));
  });
}

const WORD = /[\p{L}\p{N}@][\p{L}\p{N}@._/+-]*/gu;
const SHA = /^[0-9a-f]{7,64}$/iu;

/** Finds deployments by what people write of them. */
class DeploymentNames {
  readonly #history: RepositoryHistory;
  readonly #timelines: readonly Timeline[];
  readonly #byWord = new Map<string, Deployment[]>();
  readonly #byUrl = new Map<string, Deployment[]>();
  /** By the number that GitHub gives to a deployment. */
  readonly #byNumber = new Map<string, Deployment[]>();

  constructor(history: RepositoryHistory, timelines: readonly Timeline[]) {
    this.#history = history;
    this.#timelines = timelines;
    for (const { deployments } of timelines) {
      for (const deployment of deployments) {
        // a name such as #12 would be found in any text; a tag is told by its form
        for (const { source, name } of deployment.sightings)
          if (source !== 'workflow-run' && source !== 'merge' && !/^\d*$/u.test(name))
            push(this.#byWord, name, deployment);
        if (deployment.url !== null) push(this.#byUrl, deployment.url, deployment);
        const number = /^github-deployment:.*:(\d+)$/u.exec(deployment.id)?.[1];
        if (number !== undefined) push(this.#byNumber, number, deployment);
      }
    }
  }

  /** Every deployment that the text names, each once. */
  in(text: string): readonly Deployment[] {
    const found = new Set<Deployment>();
    for (const deployment of this.#byAddress(text)) found.add(deployment);
    const words = text.match(WORD) ?? [];
    const shas = new Set<string>();
    for (const word of words) {
      for (const part of [word, word.replace(/[.,/]+$/u, ''), ...word.split('/')]) {
        for (const deployment of this.#byWord.get(part) ?? []) found.add(deployment);
        if (SHA.test(part) && /\d/u.test(part)) shas.add(part.toLowerCase());
      }
    }
    for (const deployment of this.#shipping(shas)) found.add(deployment);
    return [...found];
  }

  *#byAddress(text: string): Generator<Deployment> {
    for (const [url] of text.matchAll(/https?:\/\/[^\s<>()[\]"'`]+/gu)) {
      const whole = url.replace(/[.,;:!?]+$/u, '');
      yield* this.#byUrl.get(whole) ?? [];
      // a run is named by any page below it
      const run = /^.*\/actions\/runs\/\d+/u.exec(whole)?.[0];
      if (run !== undefined && run !== whole) yield* this.#byUrl.get(run) ?? [];
      const number = /\/deployments\/(\d+)/u.exec(whole)?.[1];
      if (number !== undefined) yield* this.#byNumber.get(number) ?? [];
    }
  }

  /** The deployments of these revisions, and those that first shipped these commits. */
  *#shipping(shas: ReadonlySet<string>): Generator<Deployment> {
    if (shas.size === 0) return;
    const { graph } = this.#history;
    const expanded = graph.expand(shas);
    for (const sha of shas) {
      const index = expanded.get(sha) ?? graph.indexOf(sha);
      if (!graph.has(index)) continue;
      for (const { deployments, revisions, attribution } of this.#timelines) {
        const same = deployments.filter((_, position) => revisions[position] === index);
        yield* same;
        const first = deployments[attribution.owner[index] ?? -1];
        if (same.length === 0 && first !== undefined) yield first;
      }
    }
  }
}

function push(map: Map<string, Deployment[]>, key: string, deployment: Deployment): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [deployment]);
  else known.push(deployment);
}
