import * as z from 'zod';
import { compareText } from '../domain/compare.ts';
import { DoraError } from '../domain/errors.ts';
import type { GitHubSettings, RepositorySource, Settings } from '../domain/settings.ts';
import { nameMatcher } from '../domain/wildcard.ts';
import { githubAddress, tokenFor, type GitHubAddress } from '../extractors/github/address.ts';
import { ListedRepository } from '../extractors/github/organization.ts';
import type { State, StreamState } from '../storage/state.ts';
import { PublicationBeaten, streamKey, type Workspace } from '../storage/workspace.ts';
import type { Ports } from './ports.ts';

/**
 * The repositories of an organisation, as GitHub listed them the last time: in the cursor of a stream without segments, because every command has to
 * know them before it does anything else.
 */
const STREAM = 'repositories';

const Known = z.object({
  repositories: z.array(
    ListedRepository.extend({
      /** No longer in the list: what was read of it counts, and it is not asked again. */
      isGone: z.boolean(),
    }),
  ),
});
type KnownRepository = z.infer<typeof Known>['repositories'][number];

function streamOf(organization: string) {
  return { source: 'github', scope: organization, stream: STREAM };
}

export function isOrganizationList({ source, stream }: Pick<StreamState, 'source' | 'stream'>): boolean {
  return source === 'github' && stream === STREAM;
}

/** The repositories of the configured organisations, by name, as far as they were ever listed. */
export function listedRepositories({ github }: Settings, state: State | null): readonly RepositorySource[] {
  return knownOf(github, state)
    .filter((repository) => isWanted(repository, github))
    .map(({ name }) => sourceOf(name, github));
}

/** Those of them that GitHub does not list any more, by location. */
export function goneLocations({ github }: Settings, state: State | null): ReadonlySet<string> {
  return new Set(
    knownOf(github, state).flatMap(({ name, isGone }) => (isGone ? [sourceOf(name, github).location] : [])),
  );
}

function knownOf({ organizations }: GitHubSettings, state: State | null): readonly KnownRepository[] {
  return organizations.flatMap((organization) => {
    const cursor = state?.streams[streamKey(streamOf(organization))]?.cursor;
    return Known.safeParse(cursor).data?.repositories ?? [];
  });
}

function isWanted({ name, fork, archived }: KnownRepository, settings: GitHubSettings): boolean {
  const short = name.slice(name.indexOf('/') + 1);
  const matches = (globs: readonly string[]) => [name, short].some(nameMatcher(globs));
  const isKind = (settings.forks || !fork) && (settings.archived || !archived);
  return isKind && matches(settings.include) && !matches(settings.exclude);
}

/** The address is made from the server that was asked: what an answer says is not where a token goes. */
function sourceOf(name: string, { baseUrl }: GitHubSettings): RepositorySource {
  const url = `${(baseUrl ?? 'https://github.com').replace(/\/+$/u, '')}/${name}.git`;
  return { from: { kind: 'url', url, isListed: true }, location: url, name, branch: null, components: [] };
}

/**
 * Asks GitHub for the repositories of each configured organisation, and publishes the lists.
 *
 * Out: the failures; an organisation that was listed before goes on with that list.
 */
export async function listOrganizations(
  workspace: Workspace,
  state: State,
  request: ListRequest,
  ports: Ports,
): Promise<readonly { readonly repository: string; readonly error: unknown }[]> {
  const failures = [];
  for (const organization of request.settings.github.organizations) {
    try {
      ports.progress.update(`${organization}: list of repositories`);
      await listOne(organization, { ...request, workspace, state }, ports);
    } catch (error) {
      if (ports.signal?.aborted === true || !(error instanceof DoraError)) throw error;
      // another run listed it at the same moment: its list is as good
      if (error instanceof PublicationBeaten) continue;
      failures.push({ repository: organization, error });
    }
  }
  return failures;
}

/** On whose behalf the lists are asked for. */
export interface ListRequest {
  readonly command: string;
  readonly settings: Settings;
  /** Whether to wait when the budget is used up. */
  readonly mayWait: boolean;
}

interface Listing extends ListRequest {
  readonly workspace: Workspace;
  readonly state: State;
}

async function listOne(
  organization: string,
  { workspace, state, command, mayWait, settings: { github } }: Listing,
  ports: Ports,
): Promise<void> {
  const address = addressOf(organization, github);
  const token = tokenFor(address, ports.env, true);
  if (token === null) {
    throw new DoraError(
      'config',
      `there is no token for ${address.host}, which the list of ${organization} needs`,
      {
        hint: `set ${address.isEnterprise ? 'GH_ENTERPRISE_TOKEN' : 'GITHUB_TOKEN'}, or name its repositories in a file.`,
      },
    );
  }
  const [{ GitHubClient }, { listOrganization }] = await Promise.all([
    import('../extractors/github/client.ts'),
    import('../extractors/github/organization.ts'),
  ]);
  const client = new GitHubClient({ address, ...token, settings: github, mayWait }, ports);
  const listed = await listOrganization(client, organization);
  const name = streamOf(organization);
  const before = state.streams[streamKey(name)] ?? null;
  const known = Known.safeParse(before?.cursor).data?.repositories ?? [];
  const names = new Set(listed.map((one) => one.name.toLowerCase()));
  const repositories = [
    ...listed.map((one) => ({ ...one, isGone: false })),
    ...known.filter((one) => !names.has(one.name.toLowerCase())).map((one) => ({ ...one, isGone: true })),
  ].sort((a, b) => compareText(a.name, b.name));
  const at = ports.clock.now().toISOString();
  const after = { ...name, checkedAt: at, cursor: { repositories }, segments: [] };
  const isNew = JSON.stringify(known) !== JSON.stringify(repositories);
  const audit = { at, command, changes: { organization, repositories: listed.length } };
  await workspace.publish([{ name, before, after }], isNew ? audit : null);
}

/** The server that is asked; the repository's name is for messages only. */
function addressOf(organization: string, github: GitHubSettings): GitHubAddress {
  const { location } = sourceOf(`${organization}/repositories`, github);
  const address = githubAddress(location, github.baseUrl);
  if (address !== null) return address;
  throw new DoraError('config', `github.baseUrl ${github.baseUrl ?? ''} is not a GitHub server`);
}
