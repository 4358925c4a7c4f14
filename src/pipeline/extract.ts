import { createHash } from 'node:crypto';
import { DoraError } from '../domain/errors.ts';
import { PartSpool } from '../storage/part-spool.ts';
import type { State } from '../storage/state.ts';
import { NO_JOURNAL, openJournal } from '../storage/annotation-store.ts';
import { ANNOTATIONS } from '../storage/paths.ts';
import { Workspace } from '../storage/workspace.ts';
import type { ArgoFile, ArgoSummary } from './argocd.ts';
import { answerArgo } from './argocd-answers.ts';
import type { ArgoRecords } from './argocd-records.ts';
import { ensureDataset, type DatasetSummary } from './dataset.ts';
import { ExtractRun, type ExtractedSummary, type Failure, type RunRequest } from './extract-run.ts';
import { finishImports } from './finish-imports.ts';
import { isSweepDue, memoOf, reviewIfUnchanged, toldIn, whatIsThere, type Unchanged } from './memo.ts';
import { notify } from './notify.ts';
import { goneLocations, listOrganizations } from './organizations.ts';
import type { Ports } from './ports.ts';
import { review, type Review } from './review.ts';
import { knownRepositories, type ConfiguredRepository } from './repositories.ts';

/** One of so many equal parts of the repositories, from 1. */
export interface Shard {
  readonly number: number;
  readonly of: number;
}

export interface ExtractRequest extends Omit<RunRequest, 'buildsDataset'> {
  /** A file with applications of Argo CD; without one it is asked whom the settings name. */
  readonly argoFrom?: ArgoFile | null;
  /** Names of the only repositories to ask; empty: all. */
  readonly only: readonly string[];
  /** The part of the repositories that this run reads; it leaves the dataset to whoever comes when all parts are read. `null`: all. */
  readonly shard: Shard | null;
}

export interface ExtractSummary {
  readonly repositories: readonly ExtractedSummary[];
  /** `null` where Argo CD was not asked. */
  readonly argo: ArgoSummary | null;
  readonly failures: readonly Failure[];
  /** Hosts on which there is more to know, had there been a token. */
  readonly hostsWithoutToken: readonly string[];
  /** `null` when the stored one is good, or left to another run. */
  readonly dataset: DatasetSummary | null;
  /** `null` where the spreadsheet could not be brought up to date (why is among the failures), or is left to another run. */
  readonly review: Review | null;
}

/**
 * Pulls what is new from every repository, several at a time, and brings the dataset up to date.
 *
 * Repositories are published some at a time as they are read, and each page from GitHub, so an interruption costs little. One source that fails
 * does not stop the others; when all fail the first failure is thrown.
 */
export async function extract(request: ExtractRequest, ports: Ports): Promise<ExtractSummary> {
  const workspace = new Workspace(ports.storage, ports.clock);
  const { failures: unlisted } = await opened(workspace, request, ports);
  if (ports.storage.isNear) await workspace.sweep();
  const argo = await lookAtArgo(workspace, request, ports);
  const state = await workspace.latest();
  const chosen = choose(request, state);
  const spool = new PartSpool();
  try {
    const buildsDataset = request.shard === null;
    const parts = { workspace, state, request: { ...request, buildsDataset }, spool, ports };
    const run = new ExtractRun(chosen, parts);
    await run.all();
    const { repositories, failures } = run;
    const first = [...unlisted, ...argo.failures, ...failures][0];
    if (repositories.length === 0 && first !== undefined) throw first.error;
    const answers = await answerArgo(workspace, request, ports);
    const after = buildsDataset
      ? await broughtUpToDate(workspace, { request, run, spool, argo: answers.records }, ports)
      : NOTHING;
    return {
      repositories,
      argo:
        argo.summary === null
          ? null
          : { ...argo.summary, notices: [...argo.summary.notices, ...(answers.records?.notices ?? [])] },
      failures: [...unlisted, ...argo.failures, ...failures, ...answers.failures, ...after.failures],
      hostsWithoutToken: [...run.hostsWithoutToken],
      dataset: after.dataset,
      review: after.review,
    };
  } finally {
    await spool.close();
  }
}

/** Argo CD is asked before the repositories are read, because what it says decides which of their commits were deployed. */
async function lookAtArgo(
  workspace: Workspace,
  request: ExtractRequest,
  ports: Ports,
): Promise<{ readonly summary: ArgoSummary | null; readonly failures: readonly Failure[] }> {
  const { settings, sources, only, shard, argoFrom = null } = request;
  const isNamed = sources.includes('argocd');
  // one of many that read a part of the repositories each asks for all of them
  const isUsual = sources.length === 0 && only.length === 0 && (shard === null || shard.number === 1);
  if (!isNamed && !(isUsual && settings.argocd.isEnabled)) return { summary: null, failures: [] };
  if (argoFrom === null && !settings.argocd.isEnabled)
    throw new DoraError('config', '--source argocd: nothing says where Argo CD is', {
      hint: 'give a file or - with --from, or set argocd.enabled (the cluster is asked) or argocd.url in dora-metrics.yaml.',
    });
  const { extractArgo } = await import('./argocd.ts');
  try {
    return {
      summary: await extractArgo(workspace, { ...request, from: argoFrom }, ports),
      failures: [],
    };
  } catch (error) {
    const isAlone = sources.length === 1 || !(error instanceof DoraError);
    if (ports.signal?.aborted === true || isAlone) throw error;
    return { summary: null, failures: [{ repository: settings.argocd.name, error }] };
  }
}

/** The state with the repositories of the organisations in it. */
async function opened(
  workspace: Workspace,
  request: ExtractRequest,
  ports: Ports,
): Promise<{ readonly failures: readonly Failure[] }> {
  const state = await workspace.open();
  const { settings, sources } = request;
  const isAsked = sources.length === 0 || sources.includes('github');
  if (settings.github.organizations.length === 0 || !isAsked) return { failures: [] };
  const failures = await listOrganizations(workspace, state, request, ports);
  return { failures };
}

type AfterSources = Pick<ExtractSummary, 'dataset' | 'review' | 'failures'>;

const NOTHING: AfterSources = { dataset: null, review: null, failures: [] };

interface Sources {
  readonly request: ExtractRequest;
  readonly run: ExtractRun;
  readonly spool: PartSpool;
  readonly argo: ArgoRecords | null;
}

/** The dataset and the spreadsheet, which follow from what the sources said. */
async function broughtUpToDate(
  workspace: Workspace,
  { request, run, spool, argo }: Sources,
  ports: Ports,
): Promise<AfterSources> {
  const { settings } = request;
  const { storage } = ports;
  // before anything is read: what is another one by then is not what was seen
  const seen = storage.isNear ? undefined : await whatIsThere(storage);
  if (seen !== undefined) {
    const latest = await workspace.latest();
    const unchanged = reviewIfUnchanged(latest, settings, { version: ports.version, seen });
    if (unchanged !== null) return await atRest(workspace, request, unchanged, ports);
  }
  let state = await workspace.open();
  const journal = seen?.has(ANNOTATIONS) === false ? NO_JOURNAL : await openJournal(storage);
  const { loaded } = run;
  const dataset = await ensureDataset(state, settings, ports, { loaded, spool, journal, argo, seen });
  // a history is large, and of no more use
  loaded.clear();
  state = await finishImports(workspace, state, ports, { journal });
  const at = ports.clock.now().toISOString();
  const sweeps = storage.isNear || (run.hasNews && isSweepDue(state, at));
  if (sweeps) await workspace.sweep();
  const known = seen && { seen, journal, inputs: dataset.inputs, layout: dataset.layout };
  const find = async () => await review(workspace, state, { settings, known }, ports);
  const { isTold, ...after } = await reviewOrFailure(workspace, request, find, ports);
  if (known !== undefined && after.review !== null) {
    const memo = memoOf(after.review, { ...known, dataset, sweptAt: sweeps ? at : null });
    await remembered(workspace, isTold ? toldIn(memo, await workspace.latest()) : memo, ports);
  }
  return { dataset: dataset.summary, ...after };
}

/** Nothing but people may have to be told. */
async function atRest(
  workspace: Workspace,
  request: ExtractRequest,
  { state, summary, isTold }: Unchanged,
  ports: Ports,
): Promise<AfterSources> {
  const found: Review = { state, summary, reattached: [], stored: null };
  if (isTold) return { dataset: null, review: found, failures: [] };
  const find = async () => await Promise.resolve(found);
  const { isTold: isToldNow, ...after } = await reviewOrFailure(workspace, request, find, ports);
  if (isToldNow) {
    const latest = await workspace.latest();
    await remembered(workspace, toldIn(latest.memo, latest), ports);
  }
  return { dataset: null, ...after };
}

/** Nothing depends on a memo: without it the next run looks closer. */
async function remembered(workspace: Workspace, memo: State['memo'], { log, signal }: Ports): Promise<void> {
  try {
    await workspace.remember(memo);
  } catch (error) {
    if (signal?.aborted === true || !(error instanceof DoraError)) throw error;
    log.debug('what was found is not remembered', { error: error.message });
  }
}

/** A spreadsheet that cannot be read is left alone, and takes nothing from the rest. */
async function reviewOrFailure(
  workspace: Workspace,
  { settings, command }: ExtractRequest,
  find: () => Promise<Review>,
  ports: Ports,
): Promise<Pick<AfterSources, 'review' | 'failures'> & { readonly isTold: boolean }> {
  try {
    const found = await find();
    const isTold = command === 'update' && (await notify(workspace, found, settings, ports));
    return { review: found, failures: [], isTold };
  } catch (error) {
    if (ports.signal?.aborted === true || !(error instanceof DoraError)) throw error;
    return { review: null, failures: [{ repository: 'pending_review.csv', error }], isTold: false };
  }
}

function choose({ only, shard, settings }: ExtractRequest, state: State): readonly ConfiguredRepository[] {
  const gone = goneLocations(settings, state);
  const all = knownRepositories(settings, state).filter(({ source }) => !gone.has(source.location));
  const names = ({ name, source }: ConfiguredRepository) => [name, source.name, source.location];
  const known = new Set(all.flatMap(names));
  const missing = only.find((name) => !known.has(name));
  if (missing !== undefined) {
    const some = all.slice(0, 20).map(({ name, source }) => name ?? source.location);
    throw new DoraError('usage', `--repo ${missing} is not configured`, {
      hint: `configured: ${some.join(', ')}${all.length > 20 ? ` and ${String(all.length - 20)} more` : ''}.`,
    });
  }
  const wanted = new Set<string | null>(only);
  const named =
    only.length === 0
      ? all
      : all.filter((one) => names(one).some((name) => name !== null && wanted.has(name)));
  return shard === null ? named : named.filter(({ source }) => isIn(shard, source.location));
}

/** The same on every machine, and whatever else is configured: a repository that comes or goes moves no other. */
function isIn({ number, of }: Shard, location: string): boolean {
  const digest = createHash('sha256').update(location).digest();
  return digest.readUInt32BE(0) % of === number - 1;
}
