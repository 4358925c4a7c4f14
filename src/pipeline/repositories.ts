import { createHash } from 'node:crypto';
import path from 'node:path';
import { DoraError } from '../domain/errors.ts';
import { printable } from '../domain/printable.ts';
import type { RepositorySource, Settings } from '../domain/settings.ts';
import { gitEnvironment } from '../extractors/git/git.ts';
import { githubAddress, tokenFor } from '../extractors/github/address.ts';
import { mirror } from '../storage/repository-manager.ts';
import type { State, StreamState } from '../storage/state.ts';
import { streamKey } from '../storage/workspace.ts';
import { listedRepositories } from './organizations.ts';
import type { Ports } from './ports.ts';

/** A configured repository under the name by which the workspace knows it. */
export interface NamedRepository {
  readonly name: string;
  readonly source: RepositorySource;
}

/** A repository as configured; its name is `null` before it was read for the first time. */
export interface ConfiguredRepository {
  readonly name: string | null;
  readonly source: RepositorySource;
}

/** Every configured repository, with its name as far as the configuration or an earlier run tells it; no question to git. */
export function knownRepositories(settings: Settings, state: State | null): readonly ConfiguredRepository[] {
  const byLocation = new Map(
    Object.values(state?.streams ?? {})
      .filter(({ stream }) => stream === COMMITS)
      .map((stream) => [stream.cursor['location'], stream.scope]),
  );
  const named = new Set(settings.repositories.map(({ location }) => location));
  // one that is named by itself as well is meant as it is named there
  const listed = listedRepositories(settings, state).filter(({ location }) => !named.has(location));
  return [...settings.repositories, ...listed].map((source) => ({
    name: source.name ?? byLocation.get(source.location) ?? null,
    source,
  }));
}

/** The folder to read a repository from; remote ones are cloned or fetched first. */
export async function folderOf(source: RepositorySource, ports: Ports): Promise<string> {
  if (source.from.kind === 'path') return source.from.path;
  ports.progress.update(`fetching ${source.location}`);
  const env = { ...gitEnvironment(ports.env), ...credentialsFor(source.from, ports.env) };
  return await mirror(source.from.url, ports.cacheFolder, { ...ports, env });
}

/** The token that listed a repository clones it, too: handed to git for that server alone, where no other program sees it. */
function credentialsFor(
  { url, isListed }: Extract<RepositorySource['from'], { kind: 'url' }>,
  env: Ports['env'],
): Readonly<Record<string, string>> {
  if (!isListed) return {};
  const { origin } = new URL(url);
  const address = githubAddress(url, origin);
  const token = address === null ? null : tokenFor(address, env, true);
  if (token === null) return {};
  const basic = Buffer.from(`x-access-token:${token.token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}

/** `acme/shop` from the address that it came from, else the folder's name. */
export function nameOf(source: RepositorySource, folder: string, origin: string | null): string {
  if (source.name !== null) return source.name;
  return (origin === null ? null : nameInAddress(origin)) ?? nameOfFolder(folder);
}

/** The last two parts of an address: `https://host/acme/shop.git`, `git@host:acme/shop`; `null` for a bare path. */
function nameInAddress(address: string): string | null {
  const found = /^(?:\w+:\/\/[^/]*\/|[\w.-]+@[\w.-]+:)(?<path>.+?)(?:\.git)?\/*$/u.exec(address)?.groups?.[
    'path'
  ];
  if (found === undefined) return null;
  return printable(
    found
      .split('/')
      .filter((part) => part !== '')
      .slice(-2)
      .join('/'),
  ).replaceAll(/\s/gu, '-');
}

function nameOfFolder(folder: string): string {
  const base = path.basename(folder) === '.git' ? path.dirname(folder) : folder;
  const name = path.basename(path.resolve(base)).replace(/\.git$/u, '');
  return printable(name === '' ? 'repository' : name).replaceAll(/\s/gu, '-');
}

export const COMMITS = 'commits';
export const REFS = 'refs';

export function gitStream(scope: string, stream: typeof COMMITS | typeof REFS) {
  return { source: 'git', scope, stream };
}

/** What streams of labels and of workflows are called before the name of the label or the file. */
export const ISSUES = 'issues-';
export const RUNS = 'workflow-runs-';

/** The stream of a label or a workflow: a name that may stand in a key, and is the same in any case. */
export function streamFor(kind: typeof ISSUES | typeof RUNS, name: string): string {
  const text = encodeURIComponent(name.toLowerCase()).replaceAll('*', '%2A');
  // a folder's name has a longest length; a label in another alphabet grows when it is encoded
  if (text.length <= 120) return `${kind}${text}`;
  return `${kind}${text.slice(0, 60).replace(/%\w?$/u, '')}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

export function githubStream(scope: string, stream: string) {
  return { source: 'github', scope, stream };
}

/** The two streams of a repository; `null` when it was never extracted. */
export function streamsOf(
  state: State | null,
  name: string,
): { readonly commits: StreamState; readonly refs: StreamState } | null {
  const commits = state?.streams[streamKey(gitStream(name, COMMITS))];
  const refs = state?.streams[streamKey(gitStream(name, REFS))];
  return commits === undefined || refs === undefined ? null : { commits, refs };
}

/** Two repositories under one name would be counted as one. */
export function sameName(name: string): DoraError {
  return new DoraError('config', `two repositories are called ${name}`, {
    hint: 'give one of them another repositories[].name in dora-metrics.yaml.',
  });
}
