/** Where Apache DevLake is, and which of its projects is told what. */

/** A webhook of DevLake. */
export type DevlakeWebhook =
  /** One that exists, by the number or the name of its connection. */
  | { readonly kind: 'connection'; readonly id: string }
  | { readonly kind: 'name'; readonly name: string }
  /** The one that DevLake makes for a project of that name. */
  | { readonly kind: 'project'; readonly name: string };

/** The webhook of some of the components, instead of that of the project. */
export interface DevlakeConnection {
  /** Names; * and ? are wildcards. */
  readonly components: readonly string[];
  readonly repositories: readonly string[];
  readonly webhook: DevlakeWebhook;
}

/** One of those who are told: everybody (the global project), or a team. */
export interface DevlakeProject {
  /** `global`, or the name of the team. */
  readonly name: string;
  /** For what none of `connections` is for; `null`: it is not sent. */
  readonly webhook: DevlakeWebhook | null;
  readonly connections: readonly DevlakeConnection[];
  /** What is its own; `null`: everything. */
  readonly owns: { readonly components: readonly string[]; readonly repositories: readonly string[] } | null;
  /** Environment variables that may hold its token, the first that is set counts. */
  readonly tokenVariables: readonly string[];
}

/** Which commits stand in a deployment: all that it shipped, or the deployed one alone. */
export const DEVLAKE_COMMITS = ['shipped', 'revision'] as const;

export interface DevlakeSettings {
  readonly isEnabled: boolean;
  /** The address before `/plugins/webhook/…`, without a slash at its end; `null` where none is configured. */
  readonly baseUrl: string | null;
  readonly timeoutSeconds: number;
  /** How long a run tries again in all, for each project. */
  readonly retryForSeconds: number;
  readonly commits: (typeof DEVLAKE_COMMITS)[number];
  /** Whether merged pull requests are sent. */
  readonly pullRequests: boolean;
  readonly projects: readonly DevlakeProject[];
}

/** The name under which everything is sent. */
export const GLOBAL_PROJECT = 'global';

/** How a webhook is called in messages, keys and ids: `7`, `shop`, `project.shop`. */
export function webhookName(webhook: DevlakeWebhook): string {
  return webhook.kind === 'connection'
    ? webhook.id
    : webhook.kind === 'name'
      ? webhook.name
      : `project.${webhook.name}`;
}
