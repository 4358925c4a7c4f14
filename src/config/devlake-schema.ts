import * as z from 'zod';
import { DEVLAKE_COMMITS, GLOBAL_PROJECT } from '../domain/devlake-settings.ts';
import { isServer } from './addresses.ts';

/** The section `integration.devlake` of the configuration file. */

const globs = z.array(z.string().min(1)).default([]);

/** What may stand in a path of DevLake: a character that has to be encoded makes it answer 404. */
const pathPart = z
  .string()
  .trim()
  .regex(/^[\w.~-]+(?: [\w.~-]+)*$/u, 'may consist of letters, digits, spaces and . _ ~ - only')
  .refine(
    (text) => text.length <= 80,
    'is too long: DevLake allows 100 characters, of which its own are some; 80 are left',
  );

const number = z.union([
  z.int().positive(),
  z
    .string()
    .trim()
    .regex(/^[1-9]\d*$/u, 'is not the number of a connection'),
]);

const projectId = z
  .union([number, pathPart])
  .exactOptional()
  .describe(
    'Number of its webhook connection in DevLake; or the name of the project, for which DevLake makes one.',
  );

const connection = pathPart
  .refine((name) => /\D/u.test(name), 'is a number: write it as projectId')
  .exactOptional()
  .describe('Name of its webhook connection, instead of the number (DevLake 1.0.2 and newer).');

const Connection = z
  .strictObject({
    components: globs.describe('Components that it is for, by name; * and ? are wildcards.'),
    repositories: globs.describe('Repositories that it is for, by name; * and ? are wildcards.'),
    projectId,
    connection,
  })
  .refine(isNamedOnce, namedTwice())
  .refine(
    ({ components, repositories }) => components.length + repositories.length > 0,
    'has neither components nor repositories: name at least one of them',
  );

const connections = z
  .array(Connection)
  .default([])
  .describe('One webhook connection for each service, as DevLake advises; the first that fits counts.');

const Team = z
  .strictObject({
    name: z.string().trim().min(1, 'must not be empty').describe('Name of the team; also names its token.'),
    projectId,
    connection,
    connections,
    argocdComponents: globs.describe('Components that are its own, by the name here or in Argo CD.'),
    components: globs.describe('Components that are its own, by name; * and ? are wildcards.'),
    repositories: globs.describe('Repositories that are its own, by name; * and ? are wildcards.'),
  })
  .refine(({ name }) => name.toLowerCase() !== GLOBAL_PROJECT, {
    path: ['name'],
    error: 'stands for everybody: choose another name',
  })
  .refine(hasSomewhere, 'has no webhook: give a projectId, a connection or connections');

export const Devlake = z
  .strictObject({
    enabled: z
      .boolean()
      .nullable()
      .default(null)
      .describe('Whether anything is sent. Default: with baseUrl.'),
    baseUrl: z
      .string()
      .trim()
      .refine(isWebServer, 'is not the address of a server (write https://devlake.example.com)')
      .nullable()
      .default(null)
      .describe(
        'Address of DevLake: of its web page, or of its server with /rest at the end. The token is sent there.',
      ),
    allowHttp: z
      .boolean()
      .default(false)
      .describe('Whether the token may be sent without encryption, for a server inside of the own network.'),
    projectId,
    connection,
    connections,
    timeoutSeconds: z.number().positive().max(600).default(30).describe('How long an answer may take.'),
    retryForSeconds: z
      .number()
      .min(0)
      .max(86_400)
      .default(600)
      .describe(
        'How long a run waits in all for a project that is down; what is left is sent by the next one.',
      ),
    commits: z
      .enum(DEVLAKE_COMMITS)
      .default('shipped')
      .describe('Which commits a deployment has: all that it shipped, or the deployed revision alone.'),
    pullRequests: z
      .boolean()
      .default(true)
      .describe('Whether merged pull requests are sent (DevLake 1.0.3).'),
    teams: z.array(Team).default([]).describe('Projects that are told of their own components only.'),
  })
  .superRefine((section, context) => {
    const { baseUrl, allowHttp, teams } = section;
    if (baseUrl !== null && !allowHttp && !isServer(baseUrl))
      context.addIssue({
        code: 'custom',
        path: ['baseUrl'],
        message: 'would send the token without encryption: write https://…, or set allowHttp: true',
      });
    if (!isNamedOnce(section)) context.addIssue({ code: 'custom', path: ['connection'], ...namedTwice() });
    if (baseUrl !== null && teams.length === 0 && !hasSomewhere(section))
      context.addIssue({
        code: 'custom',
        path: ['projectId'],
        message: 'is missing: give the number of the webhook connection',
      });
    refuseTwins(teams, context);
  });
export type Devlake = z.infer<typeof Devlake>;

/** Teams with one name, or with one variable for the token, cannot be told apart. */
function refuseTwins(teams: readonly { readonly name: string }[], context: z.RefinementCtx): void {
  const known = new Map<string, string>();
  for (const [position, { name }] of teams.entries()) {
    const variable = tokenVariable(name);
    const other = known.get(variable);
    if (other !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['teams', position, 'name'],
        message: `has its token in ${variable}, as ${other} has: choose another name`,
      });
    known.set(variable, name);
  }
}

/** `DEVLAKE_WEBHOOK_TOKEN_MY_TEAM` for `my-team`. */
export function tokenVariable(team: string): string {
  return `DEVLAKE_WEBHOOK_TOKEN_${team.toUpperCase().replaceAll(/[^\dA-Z]+/gu, '_')}`;
}

function isNamedOnce(one: { readonly projectId?: unknown; readonly connection?: unknown }): boolean {
  return one.projectId === undefined || one.connection === undefined;
}

function namedTwice() {
  return { message: 'and projectId name a webhook each: keep one of them' };
}

function hasSomewhere(one: {
  readonly projectId?: unknown;
  readonly connection?: unknown;
  readonly connections: readonly unknown[];
}): boolean {
  return one.projectId !== undefined || one.connection !== undefined || one.connections.length > 0;
}

function isWebServer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash, username, password } = new URL(text);
  const isPlain = search === '' && hash === '' && username === '' && password === '';
  return isPlain && (protocol === 'https:' || protocol === 'http:');
}
