import { onTestFinished } from 'vitest';
import * as z from 'zod';
import { startGitHub, type GitHubOptions, type GitHubServer } from './server.ts';
import { TEST_TOKEN } from './tokens.ts';
import type { GitHubWorld } from './world.ts';

/** A server that ends with the test that asked for it. */
export async function githubForTest(world: GitHubWorld, options: GitHubOptions = {}): Promise<GitHubServer> {
  const server = await startGitHub(world, options);
  onTestFinished(async () => await server.close());
  return server;
}

const Body = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        type: z.string().optional(),
        path: z.array(z.union([z.string(), z.number()])).optional(),
        extensions: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .optional(),
});

export interface Asking {
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Default `ghp_test`; `null` for none. */
  readonly token?: string | null;
}

/** Sends a query, and gives the answer as it came. */
export async function send(server: GitHubServer, query: string, asking: Asking = {}): Promise<Response> {
  const { variables = {}, token = TEST_TOKEN } = asking;
  return await fetch(`${server.url}/api/graphql`, {
    method: 'POST',
    headers: token === null ? {} : { authorization: `bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
}

/** Sends a query, and gives the body of the answer. */
export async function ask(
  server: GitHubServer,
  query: string,
  asking: Asking = {},
): Promise<z.infer<typeof Body>> {
  return Body.parse(await (await send(server, query, asking)).json());
}

/** Gets something of the REST side. */
export async function get(
  server: GitHubServer,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return await fetch(`${server.url}/api/v3${path}`, {
    headers: { authorization: `token ${TEST_TOKEN}`, ...headers },
    redirect: 'manual',
  });
}
