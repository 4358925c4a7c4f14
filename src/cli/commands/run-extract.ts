import { availableParallelism } from 'node:os';
import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { DoraError, messageOf } from '../../domain/errors.ts';
import { NO_DEPLOYMENTS } from '../../domain/advice.ts';
import { counted } from '../../domain/counted.ts';
import { printable } from '../../domain/printable.ts';
import { mask, secretsOf } from '../../io/log.ts';
import type { DatasetSummary } from '../../pipeline/dataset.ts';
import { SOURCES, type Source } from '../../domain/settings.ts';
import type { ArgoSummary } from '../../pipeline/argocd.ts';
import type { ExtractSummary, Shard } from '../../pipeline/extract.ts';
import type { ExtractedSummary } from '../../pipeline/extract-run.ts';
import type { GitHubSummary } from '../../pipeline/github.ts';
import type { Review } from '../../pipeline/review.ts';
import type { Log } from '../../io/ports.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT } from '../exit.ts';
import { openSession, type GlobalOptions } from '../session.ts';

interface ExtractArguments {
  readonly command: 'extract' | 'update';
  readonly full: boolean;
  readonly repo: readonly string[];
  readonly options: GlobalOptions & {
    readonly concurrency?: number;
    readonly shard?: Shard;
  } & Readonly<Record<string, unknown>>;
}

/** The options that both have, besides settings. */
export function sourceOptions(): Option[] {
  return [
    new Option(
      '--source <list>',
      'sources to ask: git, github, argocd (the refs of the clone are looked at in any case)',
    ).argParser(sourcesIn),
    new Option(
      '--concurrency <n>',
      'repositories that are read at the same time (default: one for each core)',
    ).argParser(laneCount),
    new Option(
      '--shard <i/n>',
      'read only the i-th of n equal parts of the repositories, and leave the dataset to a later command',
    ).argParser(shardIn),
    new Option(
      '--from <file>',
      'with --source argocd: read its applications from a file (- for standard input) as kubectl and argocd write them',
    ),
    new Option('--no-wait', "stop instead of waiting when GitHub's budget is used up"),
  ];
}

function sourcesIn(text: string): readonly Source[] {
  return text.split(',').map((part) => {
    const found = SOURCES.find((name) => name === part.trim());
    if (found === undefined) throw new InvalidArgumentError(`Allowed choices are ${SOURCES.join(', ')}.`);
    return found;
  });
}

function laneCount(text: string): number {
  if (/^[1-9]\d{0,2}$/u.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 999.');
}

function shardIn(text: string): Shard {
  const [, number, of] = /^([1-9]\d{0,4})\/([1-9]\d{0,4})$/u.exec(text) ?? [];
  if (number !== undefined && of !== undefined && Number(number) <= Number(of))
    return { number: Number(number), of: Number(of) };
  throw new InvalidArgumentError('Write which part of how many: 3/16, from 1/16 to 16/16.');
}

/** While one waits for git or the disk another is read; each takes some memory. */
function usualConcurrency(): number {
  return Math.min(8, 2 * availableParallelism());
}

/** What `extract` and `update` share: they differ in what they may leave out. */
export async function runExtract(
  { command, full, repo, options }: ExtractArguments,
  deps: CliDeps,
): Promise<void> {
  const { settings, ports } = await openSession(options, deps);
  const { extract } = await import('../../pipeline/extract.ts');
  let summary;
  try {
    const wanted = options['source'];
    const sources = Array.isArray(wanted) ? SOURCES.filter((name) => wanted.includes(name)) : [];
    const file = fileOf(options['from'], sources);
    summary = await extract(
      {
        command,
        settings,
        full,
        only: repo,
        sources,
        mayWait: options['wait'] !== false,
        concurrency: options.concurrency ?? usualConcurrency(),
        shard: options.shard ?? null,
        argoFrom: file === null ? null : { file, folder: deps.cwd },
      },
      ports,
    );
  } finally {
    ports.progress.done();
  }
  if (summary.argo !== null) tellOfArgo(summary.argo, deps, ports.log);
  tellOfRepositories(summary.repositories, deps, ports.log);
  const asJson = (options.logFormat ?? deps.env['DORA_METRICS_LOG_FORMAT']) === 'json';
  const secrets = [...secretsOf(deps.env), settings.notify.webhook ?? ''];
  for (const failure of summary.failures)
    deps.stderr.write(`${mask(failureLine(failure, asJson, deps), secrets)}\n`);
  for (const host of summary.hostsWithoutToken)
    ports.log.info(
      `no GITHUB_TOKEN: what git knows of the repositories on ${host} is used; with one, pull requests, releases, deployments and incidents are`,
    );
  if (summary.dataset !== null) deps.stdout.write(`${describeDataset(summary.dataset)}\n`);
  if (summary.review !== null)
    for (const line of reviewLines(summary.review)) deps.stdout.write(`${printable(line)}\n`);
  for (const advice of adviceOn(summary.dataset)) ports.log.warn(advice);
  if (summary.failures.length > 0) deps.setExitCode(EXIT.partly);
}

function fileOf(from: unknown, sources: readonly Source[]): string | null {
  if (typeof from !== 'string') return null;
  if (sources.includes('argocd')) return from;
  throw new DoraError('usage', '--from is for --source argocd', {
    hint: 'write: dora-metrics extract --source argocd --from apps.json',
  });
}

function tellOfArgo(
  { name, applications, withNews, notices }: ArgoSummary,
  { stdout }: CliDeps,
  log: Log,
): void {
  const news = withNews === 0 ? 'nothing new' : `${String(withNews)} with news`;
  stdout.write(printable(`${name}: ${counted(applications, 'application')}, ${news}`) + '\n');
  for (const notice of notices) log.warn(`${name}: ${notice}`);
}

/** A failure that did not stop the others, as the error that ends a run is told. */
function failureLine(
  { repository, error }: ExtractSummary['failures'][number],
  asJson: boolean,
  { now }: CliDeps,
): string {
  const event = `${repository}: ${messageOf(error)}`;
  const hint = error instanceof DoraError ? error.hint : undefined;
  if (asJson) return JSON.stringify({ at: now().toISOString(), level: 'error', event, hint });
  return `error: ${printable(`${event}${hint === undefined ? '' : ` (${hint})`}`)}`;
}

/** Of so many repositories each is told of; of more only those with news. */
const TOLD_ONE_BY_ONE = 20;

function tellOfRepositories(
  repositories: ExtractSummary['repositories'],
  { stdout }: CliDeps,
  log: Log,
): void {
  const areMany = repositories.length > TOLD_ONE_BY_ONE;
  const isQuiet = ({ isNew, github }: ExtractedSummary) =>
    !isNew && (github === null || github.added.length === 0);
  for (const repository of repositories) {
    const { name, notices, github } = repository;
    for (const notice of [...notices, ...(github?.notices ?? [])]) log.warn(`${name}: ${notice}`);
    if (areMany && isQuiet(repository)) continue;
    stdout.write(`${describe(repository)}\n`);
    if (github !== null) stdout.write(`${describeGitHub(name, github)}\n`);
  }
  const quiet = repositories.filter(isQuiet).length;
  if (areMany && quiet > 0) stdout.write(`${counted(quiet, 'repository', 'repositories')}: nothing new\n`);
}

function describe({ name, isNew, newCommits, commits, tags, branch }: ExtractedSummary): string {
  const at = branch === null ? 'no branch' : `${branch.name} at ${branch.commit.slice(0, 10)}`;
  const change = isNew ? counted(newCommits, 'new commit') : 'nothing new';
  return printable(`${name}: ${change}, ${String(commits)} in all, ${counted(tags, 'tag')}, ${at}`);
}

function describeGitHub(name: string, { added, requests, points, budget, failures }: GitHubSummary): string {
  const news =
    added.length === 0
      ? failures.length === 0
        ? 'nothing new'
        : 'nothing read'
      : added.map(({ words, records }) => `${String(records)} new or changed ${words}`).join(', ');
  const left =
    budget === null
      ? ''
      : `; ${String(budget.remaining)} of ${String(budget.limit)} left until ${new Date(budget.resetAt).toISOString().slice(11, 16)}Z`;
  return printable(
    `${name} on GitHub: ${news} (${counted(requests, 'request')}, ${counted(points, 'point')}${left})`,
  );
}

function describeDataset({ deployments, incidents, changes, setAside }: DatasetSummary): string {
  const wrong = incidents === 0 ? '' : ` ${counted(incidents, 'incident')},`;
  return `dataset: ${counted(deployments, 'deployment')}, ${counted(changes, 'change')} shipped,${wrong} ${counted(setAside, 'row')} set aside`;
}

/** What waits for people, and what became of what they said. */
function reviewLines({ summary, reattached }: Review): string[] {
  const moved = reattached.map(
    ({ repository, title, from, to }) =>
      `${repository}: what was said of ${from.slice(0, 10)} holds for ${to.slice(0, 10)} now, the same change after a rewrite (${title})`,
  );
  const waiting = summary.repositories.filter(({ waiting: rows }) => rows > 0);
  const told =
    waiting.length > TOLD_ONE_BY_ONE
      ? [
          `${counted(waiting.length, 'repository', 'repositories')}: ${counted(
            waiting.reduce((sum, { waiting: rows }) => sum + rows, 0),
            'row',
          )} wait for review in pending_review.csv (dora-metrics status tells which)`,
        ]
      : waiting.map(
          ({ name, waiting: rows, since }) =>
            `${name}: ${counted(rows, 'row')} ${rows === 1 ? 'waits' : 'wait'} for review in pending_review.csv${since === null ? '' : ` since ${since.slice(0, 10)}`}`,
        );
  const { length } = summary.orphans;
  const lost =
    length === 0
      ? []
      : [
          `${counted(length, 'annotated row')} whose commit is gone: dora-metrics annotations list --orphaned`,
        ];
  return [...moved, ...told, ...noRoomFor(summary.later), ...lost];
}

/** Tells of the rows that wait for a place in the sheet. */
export function noRoomFor(later: number): string[] {
  if (later === 0) return [];
  const rows = `${counted(later, 'older row')} ${later === 1 ? 'is' : 'are'}`;
  return [
    `${rows} not in pending_review.csv yet: the newest review.maximumRows are, and make room when they are imported`,
  ];
}

/** What a reader must know about the times of the deployments; said once, when the dataset is built. */
function adviceOn(dataset: DatasetSummary | null): string[] {
  if (dataset === null || dataset.estimated === 0) return dataset?.deployments === 0 ? [NO_DEPLOYMENTS] : [];
  const { estimated, deployments } = dataset;
  return [
    `${String(estimated)} of ${counted(deployments, 'deployment')} have no time of their own (lightweight tags, commits): that of the commit stands in`,
  ];
}
