import {
  GLOBAL_PROJECT,
  webhookName,
  type DevlakeConnection,
  type DevlakeProject,
  type DevlakeSettings,
  type DevlakeWebhook,
} from '../domain/devlake-settings.ts';
import { DoraError } from '../domain/errors.ts';
import type { TeamSettings } from '../domain/settings.ts';
import { tokenVariable, type Devlake } from './devlake-schema.ts';

const GLOBAL_TOKEN = 'DEVLAKE_WEBHOOK_TOKEN';

/** The integration as it was configured; `teams` are those of the whole configuration, which may say what a team owns. Throws for two projects with one webhook. */
export function devlakeOf(section: Devlake, teams: readonly TeamSettings[]): DevlakeSettings {
  const { enabled, baseUrl, timeoutSeconds, retryForSeconds, commits, pullRequests } = section;
  const everybody: DevlakeProject = {
    name: GLOBAL_PROJECT,
    ...webhooksOf(section),
    owns: null,
    tokenVariables: [GLOBAL_TOKEN],
  };
  const hasGlobal = everybody.webhook !== null || everybody.connections.length > 0;
  const projects = [
    ...(hasGlobal ? [everybody] : []),
    ...section.teams.map((team) => projectOf(team, teams)),
  ];
  refuseShared(projects);
  return {
    isEnabled: enabled ?? baseUrl !== null,
    baseUrl: baseUrl === null ? null : restOf(baseUrl),
    timeoutSeconds,
    retryForSeconds,
    commits,
    pullRequests,
    projects,
  };
}

function projectOf(team: Devlake['teams'][number], teams: readonly TeamSettings[]): DevlakeProject {
  const own = {
    components: [...team.components, ...team.argocdComponents],
    repositories: team.repositories,
  };
  const isSaid = own.components.length + own.repositories.length > 0;
  const known = teams.find(({ name }) => name.toLowerCase() === team.name.toLowerCase());
  if (!isSaid && known === undefined) {
    throw new DoraError('config', `integration.devlake.teams: ${team.name} owns nothing`, {
      hint: 'give it argocdComponents, components or repositories, or the name of one of the teams of the configuration.',
    });
  }
  return {
    name: team.name,
    ...webhooksOf(team),
    owns: isSaid || known === undefined ? own : known,
    tokenVariables: [tokenVariable(team.name), GLOBAL_TOKEN],
  };
}

type Webhooks = Pick<Devlake, 'projectId' | 'connection' | 'connections'>;

function webhooksOf({ connections, ...own }: Webhooks): Pick<DevlakeProject, 'webhook' | 'connections'> {
  return {
    webhook: webhookOf(own),
    connections: connections.flatMap(({ components, repositories, ...named }): DevlakeConnection[] => {
      const webhook = webhookOf(named);
      return webhook === null ? [] : [{ components, repositories, webhook }];
    }),
  };
}

function webhookOf({ projectId, connection }: Omit<Webhooks, 'connections'>): DevlakeWebhook | null {
  if (connection !== undefined) return { kind: 'name', name: connection };
  if (projectId === undefined) return null;
  const id = String(projectId);
  return /^\d+$/u.test(id) ? { kind: 'connection', id } : { kind: 'project', name: id };
}

/** DevLake would get every row of both twice; a connection that is meant for several projects is mapped to them over there. */
function refuseShared(projects: readonly DevlakeProject[]): void {
  const owners = new Map<string, string>();
  for (const { name, webhook, connections } of projects) {
    const all = [...(webhook === null ? [] : [webhook]), ...connections.map((one) => one.webhook)];
    for (const key of new Set(all.map(webhookName))) {
      const other = owners.get(key);
      if (other !== undefined) {
        throw new DoraError(
          'config',
          `integration.devlake: ${other} and ${name} have the same webhook, ${key}`,
          {
            hint: 'give each its own; one connection can belong to several projects of DevLake without being sent everything twice.',
          },
        );
      }
      owners.set(key, name);
    }
  }
}

/**
 * The part of the address before `/plugins`: as it is where it ends with `/rest`; what the web page of DevLake forwards, or what its server (usually at port 8080) has.
 */
function restOf(baseUrl: string): string {
  const url = new URL(baseUrl);
  const path = url.pathname.replace(/\/+$/u, '');
  if (path.endsWith('/rest')) return `${url.origin}${path}`;
  const isServer = path === '' && url.port === '8080';
  return `${url.origin}${path}${isServer || path.endsWith('/api') ? '' : '/api'}/rest`;
}
