import { bisector } from 'd3-array';
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
  const names = new DeploymentNames(history, timelines, records);
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
      severity: record.severity === null ? null : printable(record.severity),
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
  const said = saidCause(record, timelines);
  if (said !== null) return { record, component: said.component, deployment: said, link: 'named' };
  const [only] = timelines;
  const own =
    timelines.length === 1 ? only : timelines.find(({ component }) => isNamedByLabel(component, record));
  const named = names.in(record).filter(({ finishedAt }) => finishedAt <= record.openedAt);
  const fitting = own === undefined ? named : named.filter(({ component }) => component === own.component);
  const cause = latest(fitting.length > 0 ? fitting : named);
  if (cause !== null) return { record, component: cause.component, deployment: cause, link: 'named' };
  const last = own === undefined ? null : lastBefore(own.deployments, record.openedAt, incidentWithin);
  return {
    record,
    component: own?.component ?? '',
    deployment: last,
    link: last === null ? null : 'last-before',
  };
}

/** The deployment that the source says caused it: by id, else by revision and name, when another source tells of it by now. */
function saidCause(
  { deployment: wanted }: IncidentRecord,
  timelines: readonly Timeline[],
): Deployment | null {
  if (wanted === null) return null;
  const all = timelines.flatMap(({ deployments }) => deployments);
  const named = all.find(
    ({ revision, sightings }) =>
      revision === wanted.revision && sightings.some(({ name }) => name === wanted.name),
  );
  return all.find(({ id }) => id === wanted.id) ?? named ?? null;
}

/** The last deployment before an instant, at most so long before; they are in order of time. */
function lastBefore(deployments: readonly Deployment[], at: number, within: number): Deployment | null {
  const position = bisector(({ finishedAt }: Deployment) => finishedAt).right(deployments, at) - 1;
  const last = deployments[position];
  return last !== undefined && at - last.finishedAt <= within ? last : null;
}

function latest(deployments: readonly Deployment[]): Deployment | null {
  return deployments.reduce<Deployment | null>(
    (best, next) => (best === null || next.finishedAt >= best.finishedAt ? next : best),
    null,
  );
}

/** A label that is the component's name, or that ends with it after a separator: `component: ui`, `area/ui`. */
function isNamedByLabel(component: string, { labels, component: said }: IncidentRecord): boolean {
  if (said !== null) return said === component;
  const name = component.toLowerCase();
  return labels.some((label) => {
    const text = label.toLowerCase();
    return text === name || (text.endsWith(name) && /[:/\s]$/u.test(text.slice(0, -name.length)));
  });
}

const URL_IN_TEXT = /https?:\/\/[^\s<>()[\]"'`*]+/gu;
/** No tag and no address that matters is longer; what is would take long to look at. */
const LONGEST_NAME = 500;
/** A name that people also use for something else: `stable`, `1.5`. It counts in an address only. */
const ORDINARY = /^(?:\D*|\d+(?:\.\d+)?)$/u;
const WORD = /[\p{L}\p{N}@][\p{L}\p{N}@._/+-]*/gu;
const SHA = /^[0-9a-f]{7,64}$/iu;
/** What GitHub makes a link of: `acme/shop@4f2c9a1`. */
const SHA_OF = /^(?<repository>[\w.-]+\/[\w.-]+)@(?<sha>[0-9a-f]{7,64})$/iu;

/** Finds deployments by what people write of them. */
class DeploymentNames {
  readonly #history: RepositoryHistory;
  readonly #timelines: readonly {
    readonly timeline: Timeline;
    readonly positions: ReadonlyMap<number, readonly number[]>;
  }[];
  /** Every sha that any incident may name → index of the commit; found in one pass over all commits. */
  readonly #expanded: ReadonlyMap<string, number>;
  readonly #byName = new Map<string, Deployment[]>();
  readonly #byUrl = new Map<string, Deployment[]>();
  /** By the number that GitHub gives to a deployment. */
  readonly #byNumber = new Map<string, Deployment[]>();

  constructor(
    history: RepositoryHistory,
    timelines: readonly Timeline[],
    records: readonly IncidentRecord[],
  ) {
    this.#history = history;
    this.#timelines = timelines.map((timeline) => ({ timeline, positions: positionsByRevision(timeline) }));
    const shas = records.flatMap(({ text }) => text.match(/[0-9a-f]{7,64}/giu) ?? []);
    this.#expanded = history.graph.expand(new Set(shas.map((sha) => sha.toLowerCase())));
    for (const { deployments } of timelines) {
      for (const deployment of deployments) {
        for (const { source, name, url } of deployment.sightings) {
          // a name such as #12 would be found in any text; a tag is told by its form
          if (source !== 'workflow-run' && source !== 'merge' && !/^\d*$/u.test(name))
            push(this.#byName, name, deployment);
          if (url !== undefined) push(this.#byUrl, runPage(url) ?? url, deployment);
        }
        const number = /^github-deployment:.*:(\d+)$/u.exec(deployment.id)?.[1];
        if (number !== undefined) push(this.#byNumber, number, deployment);
      }
    }
  }

  /** Every deployment that the text of an incident names, each once. */
  in({ text, url }: IncidentRecord): readonly Deployment[] {
    const base = url === null ? null : /^(.*)\/issues\/\d+$/u.exec(url)?.[1];
    const found = new Set<Deployment>();
    const shas = new Set<string>();
    const addAll = (deployments: Iterable<Deployment>): void => {
      for (const deployment of deployments) found.add(deployment);
    };
    for (const [address] of text.matchAll(URL_IN_TEXT)) {
      if (address.length > LONGEST_NAME) continue;
      const whole = address.replace(/[.,;:!?_]+$/u, '');
      addAll(this.#byUrl.get(runPage(whole) ?? whole) ?? []);
      // the same tag or number may be that of any other repository
      if (typeof base === 'string' && whole.toLowerCase().startsWith(`${base.toLowerCase()}/`))
        addAll(this.#byPage(whole.slice(base.length), shas));
    }
    for (const [word] of text.replaceAll(URL_IN_TEXT, ' ').matchAll(WORD)) addAll(this.#byWord(word, shas));
    addAll(this.#shipping(shas));
    return [...found];
  }

  /** What a word stands for; shas are collected. */
  #byWord(word: string, shas: Set<string>): readonly Deployment[] {
    if (word.length > LONGEST_NAME) return [];
    const trimmed = word.replace(/[.,_/+-]+$/u, '').replace(/^refs\/tags\//u, '');
    const elsewhere = SHA_OF.exec(trimmed)?.groups;
    if (elsewhere?.['repository']?.toLowerCase() === this.#history.settings.name.toLowerCase())
      shas.add((elsewhere['sha'] ?? '').toLowerCase());
    if (SHA.test(trimmed) && /\d/u.test(trimmed)) shas.add(trimmed.toLowerCase());
    return ORDINARY.test(trimmed) ? [] : (this.#byName.get(word) ?? this.#byName.get(trimmed) ?? []);
  }

  /** What a page of the repository stands for; shas are collected. */
  *#byPage(page: string, shas: Set<string>): Generator<Deployment> {
    const number = /^\/deployments\/(\d+)/u.exec(page)?.[1];
    if (number !== undefined) yield* this.#byNumber.get(number) ?? [];
    const name = /^\/(?:releases\/tag|tree|commit|pull\/\d+\/commits)\/([^?#]+)/u.exec(page)?.[1];
    // a tag may have slashes in its name, and a path may follow it
    for (let rest = name ?? ''; rest !== ''; rest = rest.slice(0, Math.max(0, rest.lastIndexOf('/')))) {
      if (SHA.test(rest)) shas.add(rest.toLowerCase());
      yield* this.#byName.get(decoded(rest)) ?? [];
    }
  }

  /** The deployments of these revisions, and those that first shipped these commits. */
  *#shipping(shas: ReadonlySet<string>): Generator<Deployment> {
    const { graph } = this.#history;
    for (const sha of shas) {
      const index = this.#expanded.get(sha) ?? graph.indexOf(sha);
      if (!graph.has(index)) continue;
      for (const { timeline, positions } of this.#timelines) {
        const { deployments, attribution, baseline } = timeline;
        // what the baseline carried was there before it
        const owner = attribution.owner[index] ?? -1;
        const first = owner === baseline ? [] : [owner];
        for (const position of [...(positions.get(index) ?? []), ...first]) {
          const deployment = deployments[position];
          if (deployment !== undefined) yield deployment;
        }
      }
    }
  }
}

function positionsByRevision({ revisions }: Timeline): ReadonlyMap<number, readonly number[]> {
  const positions = new Map<number, number[]>();
  for (const [position, revision] of revisions.entries()) {
    const known = positions.get(revision);
    if (known === undefined) positions.set(revision, [position]);
    else known.push(position);
  }
  return positions;
}

/** The page of a run, of any page below it; `null` for other addresses. */
function runPage(url: string): string | null {
  return /^.*\/actions\/runs\/\d+/u.exec(url)?.[0] ?? null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function push(map: Map<string, Deployment[]>, key: string, deployment: Deployment): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [deployment]);
  else known.push(deployment);
}
