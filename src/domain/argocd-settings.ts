import type { ArgoSettings } from './argocd-event.ts';

/** How what Argo CD says becomes deployments. */

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

/** A line of the configuration: images, and the repository that they come from. */
export interface ImageRule {
  /**
   * The name of an image without tag and digest; or with `*` and `?` as wildcards, each `*` a group; or a regular expression for the whole name.
   */
  readonly image: string;
  /** An address in any form; `$1` and `$<name>` stand for what the groups of `image` matched. */
  readonly repository: string;
}

/** Whether the same deployed to three clusters is one deployment, or three. */
export const ROLLOUTS = ['component', 'cluster'] as const;
export type Rollout = (typeof ROLLOUTS)[number];

/** The part of it that decides what the dataset says. */
export interface ArgoDatasetSettings {
  readonly placement: PlacementSettings;
  /** Namespaces in which the applications themselves are; none means all. */
  readonly namespaces: readonly string[];
  /** Names of components, none means all; * and ? are wildcards. */
  readonly componentsToMonitor: readonly string[];
  /** Stronger than `componentsToMonitor`. */
  readonly componentsToIgnore: readonly string[];
  readonly rollout: Rollout;
  readonly images: readonly ImageRule[];
  /** Regular expressions for tags with a group named `sha`, besides the usual ones. */
  readonly tagPatterns: readonly string[];
  readonly failures: ArgoSettings;
}

/** How Argo CD is asked. */
export interface ArgoAccessSettings {
  /** Whether a run asks it, unless other sources are asked for. */
  readonly isEnabled: boolean;
  /** What the instance of Argo CD is called here: applications of two of them may have the same name. */
  readonly name: string;
  /** Address of its API; `null` to ask the API of Kubernetes. */
  readonly url: string | null;
  /** Of the kubeconfig; `null` for the current one. */
  readonly context: string | null;
  /** A file; `null` for the usual places. */
  readonly kubeconfig: string | null;
  /** Projects of Argo CD; none means all. */
  readonly projects: readonly string[];
  /** As kubectl's `--selector`; `null` for all. */
  readonly selector: string | null;
  /** How long to wait for the next byte. */
  readonly timeoutSeconds: number;
  /** Hosts of registries that may be asked for the labels of images; * and ? are wildcards. */
  readonly registries: readonly string[];
}
