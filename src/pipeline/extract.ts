import { DoraError } from '../domain/errors.ts';
import type { RepositorySource, Settings, Source } from '../domain/settings.ts';
import { githubAddress, tokenFor } from '../extractors/github/address.ts';
import type { State } from '../storage/state.ts';
import { Workspace } from '../storage/workspace.ts';
import { ensureDataset, type DatasetSummary, type LoadedRepository } from './dataset.ts';
import { extractRepository, type Extracted } from './extract-repository.ts';
import { finishImports } from './finish-imports.ts';
import type { GitHubSummary } from './github.ts';
import { notify } from './notify.ts';
import type { Ports } from './ports.ts';
import { review, type Review } from './review.ts';
import { knownRepositories, requireDistinct, type NamedRepository } from './repositories.ts';

export interface ExtractRequest {
  readonly command: 'extract' | 'update';
  readonly settings: Settings;
  readonly full: boolean;
  /** Names of the only repositories to ask; empty: all. */
  readonly only: readonly string[];
  /** The only sources to ask; empty: all. */
  readonly sources: readonly Source[];
  /** Whether to wait when a source's budget is used up. */
  readonly mayWait: boolean;
}

export interface ExtractSummary {
  readonly repositories: readonly ExtractedSummary[];
  readonly failures: readonly { readonly repository: string; readonly error: unknown }[];
  /** Hosts on which there is more to know, had there been a token. */
  readonly hostsWithoutToken: readonly string[];
  /** `null` when the stored one is good. */
  readonly dataset: DatasetSummary | null;
  /** `null` where the spreadsheet could not be brought up to date; why is among the failures. */
  readonly review: Review | null;
}

export interface ExtractedSummary extends Omit<Extracted, 'updates' | 'loaded' | 'source' | 'origin'> {
  /** `null` where GitHub was not asked. */
  readonly github: GitHubSummary | null;
}

/**
 * Pulls what is new from every repository and brings the dataset up to date.
 *
 * Each repository is published when it is read, and each page from GitHub, so an interruption keeps what came before it. One source that fails does not
 * stop the others; when all fail the first failure is thrown.
 */
export async function extract(request: ExtractRequest, ports: Ports): Promise<ExtractSummary> {
  const workspace = new Workspace(ports.storage, ports.clock);
  const state = await workspace.open();
  await workspace.sweep();
  const chosen = choose(request, knownRepositories(request.settings, state));
  const run: Run = {
    workspace,
    state,
    request,
    repositories: [],
    failures: [],
    hostsWithoutToken: new Set(),
  };
  const loaded = new Map<string, LoadedRepository>();
  for (const { source, known } of chosen) {
    try {
      const { name, read } = await extractOne(run, source, known, ports);
      // a history in memory saves reading it again, as long as it is the only one
      if (read !== null && chosen.length === 1) loaded.set(name, read);
    } catch (error) {
      if (ports.signal?.aborted === true || !(error instanceof DoraError)) throw error;
      run.failures.push({ repository: known?.name ?? source.location, error });
    }
  }
  if (run.repositories.length === 0 && run.failures.length > 0) throw run.failures[0]?.error;
  const dataset = await ensureDataset(run.state, request.settings, ports, loaded);
  // a history is large, and of no more use
  loaded.clear();
  run.state = await finishImports(workspace, run.state, ports);
  await workspace.sweep();
  const reviewed = await reviewOrFailure(run, ports);
  const { repositories, failures, hostsWithoutToken } = run;
  return { repositories, failures, hostsWithoutToken: [...hostsWithoutToken], dataset, review: reviewed };
}

/** A spreadsheet that cannot be read is left alone, and takes nothing from the rest. */
async function reviewOrFailure(run: Run, ports: Ports): Promise<Review | null> {
  try {
    const found = await review(run.workspace, run.state, run.request.settings, ports);
    if (run.request.command === 'update') await notify(run.workspace, found, run.request.settings, ports);
    return found;
  } catch (error) {
    if (ports.signal?.aborted === true || !(error instanceof DoraError)) throw error;
    run.failures.push({ repository: 'pending_review.csv', error });
    return null;
  }
}

interface Run {
  readonly workspace: Workspace;
  state: State;
  readonly request: ExtractRequest;
  readonly repositories: ExtractedSummary[];
  readonly failures: { repository: string; error: unknown }[];
  readonly hostsWithoutToken: Set<string>;
}

async function extractOne(
  run: Run,
  source: RepositorySource,
  known: NamedRepository | null,
  ports: Ports,
): Promise<{ readonly name: string; readonly read: LoadedRepository | null }> {
  const { command, settings, full, sources } = run.request;
  const asks = (name: Source) => sources.length === 0 || sources.includes(name);
  // the refs tell which repository it is and what it is called: they are looked at even where only GitHub is asked
  const options = { state: run.state, settings: settings.dataset, full: full && asks('git') };
  const extracted = await extractRepository(source, known, options, ports);
  const { updates, loaded, source: _, origin, ...summary } = extracted;
  requireDistinct([...run.repositories.map(({ name }) => name), summary.name]);
  const { name, newCommits, commits } = summary;
  const changes = { repository: name, newCommits, commits };
  const audit = { at: ports.clock.now().toISOString(), command, changes };
  run.state = await run.workspace.publish(updates, summary.isNew ? audit : null);
  const github = asks('github') ? await askGitHub(run, { name, source, origin }, ports) : null;
  run.repositories.push({ ...summary, github });
  for (const error of github?.failures ?? []) run.failures.push({ repository: name, error });
  return { name, read: loaded };
}

interface AskedRepository {
  readonly name: string;
  readonly source: RepositorySource;
  readonly origin: string | null;
}

async function askGitHub(
  run: Run,
  { name, source, origin }: AskedRepository,
  ports: Ports,
): Promise<GitHubSummary | null> {
  const { command, settings, full, mayWait } = run.request;
  const isAskedFor = run.request.sources.includes('github');
  const address = origin === null ? null : githubAddress(origin, settings.github.baseUrl);
  if (address === null) {
    if (isAskedFor) throw notOnGitHub(name);
    return null;
  }
  const token = tokenFor(address, ports.env, source.from.kind === 'url');
  if (token === null) {
    if (isAskedFor) throw noToken(address.host);
    run.hostsWithoutToken.add(address.host);
    return null;
  }
  const request = { command, name, address, token, settings, full, mayWait };
  const { extractGitHub } = await import('./github.ts');
  const { state, summary } = await extractGitHub(run.workspace, run.state, request, ports);
  run.state = state;
  return summary;
}

function notOnGitHub(name: string): DoraError {
  return new DoraError('config', `--source github: origin of ${name} is not on GitHub`, {
    hint: 'leave --source out, or set github.baseUrl to the address of your GitHub Enterprise Server.',
  });
}

function noToken(host: string): DoraError {
  return new DoraError('config', `--source github: there is no token for ${host}`, {
    hint: 'set GITHUB_TOKEN, or leave --source out: git alone is used then.',
  });
}

interface Chosen {
  readonly source: RepositorySource;
  readonly known: NamedRepository | null;
}

function choose({ settings, only }: ExtractRequest, known: readonly (NamedRepository | null)[]): Chosen[] {
  const all = settings.repositories.map((source, position) => ({ source, known: known[position] ?? null }));
  if (only.length === 0) return all;
  const names = (entry: Chosen) => [entry.known?.name, entry.source.name, entry.source.location];
  const missing = only.find((name) => !all.some((entry) => names(entry).includes(name)));
  if (missing !== undefined) {
    throw new DoraError('usage', `--repo ${missing} is not configured`, {
      hint: `configured: ${all.map((entry) => entry.known?.name ?? entry.source.location).join(', ')}.`,
    });
  }
  return all.filter((entry) =>
    names(entry).some((name) => name !== undefined && name !== null && only.includes(name)),
  );
}
