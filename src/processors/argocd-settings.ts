import { DoraError } from '../domain/errors.ts';

/** Where an application belongs, said by the configuration for those that fulfil all conditions; * and ? are wildcards. */
export interface PlacementRuleSettings {
  readonly when: {
    readonly name?: string;
    readonly namespace?: string;
    /** Name or server of the destination. */
    readonly destination?: string;
    /** Name of the ApplicationSet. */
    readonly owner?: string;
    /** Of any source. */
    readonly path?: string;
    readonly repository?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly component?: string;
  readonly environment?: string;
  readonly cluster?: string;
}

/** How applications are told apart. */
export interface PlacementSettings {
  /** The first that fits and says something of a field decides it. */
  readonly rules: readonly PlacementRuleSettings[];
  /** Names of labels, the most trusted first. */
  readonly labels: Readonly<Record<'component' | 'environment' | 'cluster', readonly string[]>>;
  /** Address of a destination's server → name of the cluster. */
  readonly servers: Readonly<Record<string, string>>;
  /** Regular expressions for the whole path of a source, with groups named `component`, `environment`, `cluster`. Asked before the usual ones. */
  readonly paths: readonly string[];
  /** Name of an environment → all names that it goes by; the case does not matter. */
  readonly environments: Readonly<Record<string, readonly string[]>>;
  /** Names of clusters with which the names of applications end. */
  readonly knownClusters: readonly string[];
}

/**
 * Only labels that people set to say this very thing.
 *
 * Not `app.kubernetes.io/instance`: Argo CD itself writes the name of the parent application into it. Not `app.kubernetes.io/part-of`: it names what several
 * components are part of. Not `app.kubernetes.io/component`: it names the role, and every database has the same.
 */
const LABELS: PlacementSettings['labels'] = {
  component: ['app.kubernetes.io/name'],
  environment: ['environment', 'env'],
  cluster: ['cluster'],
};

const ENVIRONMENTS: PlacementSettings['environments'] = {
  production: ['production', 'prod', 'prd'],
  preproduction: ['preproduction', 'pre-production', 'preprod', 'pre-prod'],
  staging: ['staging', 'stage', 'stg'],
  testing: ['testing', 'test', 'qa'],
  development: ['development', 'develop', 'devel', 'dev'],
};

export const USUAL_PLACEMENT: PlacementSettings = {
  rules: [],
  labels: LABELS,
  servers: {},
  paths: [],
  environments: ENVIRONMENTS,
  knownClusters: [],
};

/** The environment that goes by a name; `null` for what is none. Throws a `DoraError` where two go by the same. */
export function environmentNames(
  environments: PlacementSettings['environments'],
  where: string,
): (name: string) => string | null {
  const pairs = Object.entries(environments).flatMap(([environment, names]) =>
    [environment, ...names].map((name) => [name.toLowerCase(), environment] as const),
  );
  const known = withoutDoubt(pairs, where);
  return (name) => known.get(name.toLowerCase()) ?? null;
}

/** The name that the configuration gives a server, and its host. Throws a `DoraError` where one server has two names. */
export function serverNames(
  servers: PlacementSettings['servers'],
  where: string,
): (server: string) => { readonly name: string | null; readonly host: string | null } {
  const known = withoutDoubt(
    Object.entries(servers).map(([server, name]) => [serverKey(server), name] as const),
    where,
  );
  return (server) => ({
    name: known.get(serverKey(server)) ?? null,
    host: URL.canParse(server) ? new URL(server).hostname : null,
  });
}

/** The same server in another spelling is the same: case, a slash at the end, the usual port. */
function serverKey(server: string): string {
  return URL.canParse(server) ? new URL(server).href.replace(/\/+$/u, '') : server;
}

/** As a map, so that no order decides. */
function withoutDoubt(
  pairs: readonly (readonly [string, string])[],
  where: string,
): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const [name, meaning] of pairs) {
    const other = known.get(name) ?? meaning;
    if (other !== meaning)
      throw new DoraError('config', `${where}: ${name} is both ${other} and ${meaning}`, {
        hint: 'leave one of them out.',
      });
    known.set(name, meaning);
  }
  return known;
}
