import type { PlacementSettings } from '../domain/argocd-settings.ts';
import { printable } from '../domain/printable.ts';
import { clustersOf, ownerNaming, suffixOf, type ClusterNames } from './argocd-names.ts';
import { pathReader, type PathReader } from './argocd-paths.ts';
import { environmentNames, serverNames } from './argocd-settings.ts';
import { nameMatcher } from '../domain/wildcard.ts';

/** What is asked of an Argo CD application to find its place; what it does not say is `null` or missing. */
export interface PlacedApplication {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string | undefined>>;
  readonly destination: {
    readonly name?: string | null | undefined;
    readonly server?: string | null | undefined;
  };
  /** The name of the ApplicationSet that made it. */
  readonly owner: string | null;
  readonly sources: readonly {
    readonly repoURL?: string | null | undefined;
    readonly path?: string | null | undefined;
  }[];
}

/** The rules that find a place, each with what it means to a reader. */
export const PLACEMENT_RULES = {
  configured: 'A rule of the configuration says so.',
  label: 'A label of the application says so.',
  'destination-name': 'The destination of the application names the cluster.',
  'destination-server': 'The configuration names the cluster of that server.',
  owner: 'The application is named after the ApplicationSet that made it.',
  path: 'The path of the source says so.',
  'path-segment': 'One folder in the path of the source has the name of an environment.',
  'name-suffix': 'The name of the application ends with the name of a known cluster.',
  'in-cluster': 'It is the cluster in which Argo CD itself runs.',
  'destination-host': 'It is called after the host of its server.',
  name: 'It is called after the application.',
} as const;
export type PlacementRule = keyof typeof PLACEMENT_RULES;

/** A name and the rule that found it; `detail` is what the rule looked at. */
export type Placed =
  | { readonly kind: 'known'; readonly value: string; readonly rule: PlacementRule; readonly detail: string }
  | { readonly kind: 'unknown' };

export interface Placement {
  readonly component: Placed;
  readonly environment: Placed;
  readonly cluster: Placed;
}

const IN_CLUSTER = 'in-cluster';

/**
 * Finds component, environment and cluster of an application by rules in a fixed order; made once from the configuration.
 *
 * A rule counts only where its answer is certain: sources that disagree, or a path with two environments, give none, and the next rule is asked. An
 * environment that no rule finds is unknown: nothing is taken for production because nobody said what it is. The component is at last the
 * application's own name. Throws a `DoraError` for settings that contradict themselves; `where` is for its message.
 */
export function argocdPlacement(
  settings: PlacementSettings,
  where: string,
): (application: PlacedApplication) => Placement {
  const environmentOf = environmentNames(settings.environments, `${where}.environments`);
  const known: Known = {
    settings,
    environmentOf,
    serverOf: serverNames(settings.servers, `${where}.servers`),
    clusters: clustersOf(settings.knownClusters),
    paths: pathReader(settings.paths, environmentOf, `${where}.paths`),
    configured: settings.rules.map(({ when }) => conditions(when)),
  };
  return (application) => ({
    component: component(application, known),
    environment: environment(application, known),
    cluster: cluster(application, known),
  });
}

interface Known {
  readonly settings: PlacementSettings;
  /** The name by which an environment is known, of any of its names; `null` for what is none. */
  readonly environmentOf: (name: string) => string | null;
  readonly serverOf: (server: string) => { readonly name: string | null; readonly host: string | null };
  readonly clusters: ClusterNames;
  readonly paths: PathReader;
  readonly configured: readonly ((application: PlacedApplication) => boolean)[];
}

type Field = keyof Placement;
type Candidate = readonly [rule: PlacementRule, value: string | null | undefined, detail: string];

/** The first candidate with a value. */
function first(candidates: readonly Candidate[]): Placed {
  for (const [rule, value, detail] of candidates) {
    const text = value?.trim() ?? '';
    if (text !== '') return { kind: 'known', value: printable(text), rule, detail: printable(detail) };
  }
  return { kind: 'unknown' };
}

function component(application: PlacedApplication, known: Known): Placed {
  const { name, owner } = application;
  const suffix = suffixOf(name, known.clusters);
  const path = known.paths.agreed(application, 'component');
  return first([
    ...configuredAndLabelled('component', application, known),
    ['owner', ownerOf(application, known) === null ? null : owner, owner ?? ''],
    ['path', path?.value, path?.path ?? ''],
    ['name-suffix', suffix === null ? null : name.slice(0, -suffix.length - 1), name],
    ['name', name, name],
  ]);
}

function environment(application: PlacedApplication, known: Known): Placed {
  const path = known.paths.agreed(application, 'environment');
  const segment = known.paths.agreedSegment(application);
  const candidates: readonly Candidate[] = [
    ...configuredAndLabelled('environment', application, known),
    ['owner', ownerOf(application, known)?.environment, application.name],
    ['path', path?.value, path?.path ?? ''],
    ['path-segment', segment?.value, segment?.path ?? ''],
  ];
  return first(
    candidates.map(([rule, value, detail]) => [rule, known.environmentOf(value ?? '') ?? value, detail]),
  );
}

function cluster(application: PlacedApplication, known: Known): Placed {
  const { clusters, settings } = known;
  const { name, isHere, server, host } = destinationOf(application, known);
  const path = known.paths.agreed(application, 'cluster');
  const where = path?.path ?? '';
  const isSure = path !== null && (path.isConfigured || clusters.names.includes(path.value));
  return first([
    ...configuredAndLabelled('cluster', application, known),
    ['destination-name', name, name ?? ''],
    ['destination-server', known.serverOf(server).name, server],
    ['path', isSure ? path.value : null, where],
    ['name-suffix', suffixOf(application.name, clusters), application.name],
    // says only that it is where Argo CD is: what names the cluster was asked before
    ['in-cluster', isHere ? IN_CLUSTER : null, server],
    ['destination-host', host, server],
    // any folder may stand where a cluster should: believed only where nothing else could be known
    ['path', settings.knownClusters.length === 0 ? path?.value : null, where],
  ]);
}

const OWN_SERVER = 'https://kubernetes.default.svc';
const OWN_HOST = /^kubernetes\.default(?:\.svc(?:\.cluster\.local)?)?$/u;

/** Where an application is deployed to. The cluster of Argo CD itself goes by its server, whichever way it was written. */
function destinationOf({ destination }: PlacedApplication, { serverOf }: Known) {
  const { name = null, server = null } = destination;
  const { host } = serverOf(server ?? '');
  const isHere = name === IN_CLUSTER || OWN_HOST.test(host ?? '');
  return {
    name: name === IN_CLUSTER ? null : name,
    isHere,
    server: isHere ? OWN_SERVER : (server ?? ''),
    host,
  };
}

/** What people said on purpose, in the configuration or by a label. */
function configuredAndLabelled(
  field: Field,
  application: PlacedApplication,
  known: Known,
): readonly Candidate[] {
  const rules = known.settings.rules.flatMap((rule, at): readonly Candidate[] =>
    rule[field] !== undefined && known.configured[at]?.(application) === true
      ? [['configured', rule[field], `rules[${String(at)}]`]]
      : [],
  );
  const { labels } = application;
  return [
    ...rules,
    ...known.settings.labels[field].map((label) => ['label', labelOf(labels, label), label] as const),
  ];
}

/** What the name of an application adds to that of its ApplicationSet; `null` where there is none, or where it cannot be told. */
function ownerOf({ name, owner, destination }: PlacedApplication, known: Known) {
  if (owner === null || owner === '') return null;
  const clusters = clustersOf([...known.clusters.names, destination.name ?? '']);
  return ownerNaming({ name, owner, clusters, environmentOf: known.environmentOf });
}

/** Whether an application fulfils all conditions of a rule. */
function conditions(
  when: PlacementSettings['rules'][number]['when'],
): (application: PlacedApplication) => boolean {
  const { labels = {}, ...texts } = when;
  const asked = Object.entries(texts).map(([field, pattern]) => [field, nameMatcher([pattern])] as const);
  const askedLabels = Object.entries(labels).map(
    ([name, pattern]) => [name, nameMatcher([pattern])] as const,
  );
  return (application) => {
    const { name, namespace, owner, destination, sources } = application;
    const given: Readonly<Record<string, readonly (string | null | undefined)[]>> = {
      name: [name],
      namespace: [namespace],
      owner: [owner],
      destination: [destination.name, destination.server],
      path: sources.map(({ path }) => path),
      repository: sources.map(({ repoURL }) => repoURL),
    };
    return (
      asked.every(([field, matches]) => given[field]?.some((text) => matches(text ?? '')) === true) &&
      askedLabels.every(([label, matches]) => matches(labelOf(application.labels, label)))
    );
  };
}

function labelOf(labels: PlacedApplication['labels'], name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';
}
