import type { ArgoAccessSettings, ArgoDatasetSettings } from './argocd-settings.ts';
import type { DevlakeSettings } from './devlake-settings.ts';
import type { BenchmarkYear, YearTable } from './benchmarks.ts';
import type { DurationMs } from './units.ts';

/** The part of the configuration that decides what the dataset says. Every field has a default (config/schema.ts). */
export interface DatasetSettings {
  readonly environment: string;
  /** The names under which sources know that environment; * and ? are wildcards. */
  readonly environmentNames: readonly string[];
  /** `auto` is resolved by the data associator; it is never a source itself. */
  readonly deploymentsFrom: readonly DeploymentOrigin[];
  /** Regular expression source that a tag must match; `null` for the built-in one. */
  readonly tagPattern: string | null;
  readonly exclude: {
    readonly authors: readonly string[];
    readonly paths: readonly string[];
    readonly bots: boolean;
  };
  /** Names and logins that are bots, besides those that say so themselves; * and ? are wildcards. */
  readonly bots: readonly string[];
  readonly failures: {
    readonly revertWithin: DurationMs;
    readonly hotfixWithin: DurationMs;
    readonly incidentWithin: DurationMs;
  };
  readonly hotfix: {
    readonly labels: readonly string[];
    readonly branches: readonly string[];
    readonly subjects: readonly string[];
  };
  /** Labels of the issues that are incidents. */
  readonly incidentLabels: readonly string[];
  readonly argocd: ArgoDatasetSettings;
}

/** `workflow:` is followed by the name of a workflow's file. */
export type DeploymentOrigin =
  'auto' | 'tags' | 'merges' | 'releases' | 'argocd' | 'github-deployments' | `workflow:${string}`;

/** The file of the workflow that an origin names; `null` for the others. */
export function workflowOf(origin: DeploymentOrigin): string | null {
  return origin.startsWith('workflow:') ? origin.slice('workflow:'.length) : null;
}

export const LEAD_TIME_UNITS = ['commit', 'pull-request'] as const;
export type LeadTimeUnit = (typeof LEAD_TIME_UNITS)[number];

/** A unit of deployment inside a repository. */
export interface ComponentSettings {
  readonly name: string;
  /** Globs; empty means every path. */
  readonly paths: readonly string[];
  /** Regular expression source for its tags; `null` for the default of the workspace. */
  readonly tags: string | null;
  /** Names of the environments that only it is deployed to; * and ? are wildcards. */
  readonly environments: readonly string[];
  /** Files of the workflows that deploy only it; * and ? are wildcards. */
  readonly workflows: readonly string[];
  /** Names of components of Argo CD that are this one, besides its own; * and ? are wildcards. */
  readonly argocd?: readonly string[];
}

/** A repository of the workspace, with the names already resolved. */
export interface RepositorySettings {
  readonly name: string;
  /** Empty: the repository is one component of the same name. */
  readonly components: readonly ComponentSettings[];
}

/** A repository as configured; what is not said is found out from the clone. */
export interface RepositorySource {
  /** A folder (absolute), or the address to clone from. */
  readonly from:
    | { readonly kind: 'path'; readonly path: string }
    /** `isListed`: GitHub itself named it, in the list of an organisation that was asked for. */
    | { readonly kind: 'url'; readonly url: string; readonly isListed: boolean };
  /** The same as it was written: how a workspace knows a repository again on another machine. */
  readonly location: string;
  readonly name: string | null;
  readonly branch: string | null;
  readonly components: readonly ComponentSettings[];
}

/** People who own parts of the workspace, by the names of these; * and ? are wildcards, case does not matter. */
export interface TeamSettings {
  readonly name: string;
  readonly repositories: readonly string[];
  /** Of any repository. */
  readonly components: readonly string[];
}

/** Where raw data comes from. */
export const SOURCES = ['git', 'github', 'argocd'] as const;
export type Source = (typeof SOURCES)[number];

export interface GitHubSettings {
  /** Organisations of which every repository is read that the following let through. */
  readonly organizations: readonly string[];
  /** Names with or without the owner; * and ? are wildcards. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly forks: boolean;
  readonly archived: boolean;
  /** Address of a GitHub Enterprise Server; `null` for github.com. */
  readonly baseUrl: string | null;
  readonly maxConcurrency: number;
  readonly timeoutSeconds: number;
  /** Below so many points of the hourly budget a run waits for the next one. */
  readonly minRemainingPoints: number;
}

/** How people are told that rows of the spreadsheet wait for them. */
export interface NotifySettings {
  /** Address of an incoming webhook, which is a secret; `null` for none. */
  readonly webhook: string | null;
  /** Nobody is told of fewer rows than these. */
  readonly minimumRows: number;
}

/** The spreadsheet for people. */
export interface ReviewSettings {
  /** Of the rows that wait and say nothing, so many of the newest stand in it. */
  readonly maximumRows: number;
}

/** The whole configuration, checked and complete. */
export interface Settings {
  readonly timezone: string;
  readonly repositories: readonly RepositorySource[];
  readonly dataset: DatasetSettings;
  readonly leadTimeUnit: LeadTimeUnit;
  readonly teams: readonly TeamSettings[];
  readonly github: GitHubSettings;
  readonly argocd: ArgoAccessSettings;
  readonly devlake: DevlakeSettings;
  readonly notify: NotifySettings;
  readonly review: ReviewSettings;
  readonly bands: { readonly year: BenchmarkYear; readonly minimumSample: number; readonly table: YearTable };
  /** Settings that are not the default, as `key: value`, for the report. */
  readonly differing: readonly { readonly key: string; readonly value: string }[];
}
