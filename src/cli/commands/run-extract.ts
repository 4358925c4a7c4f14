import { DoraError, messageOf } from '../../domain/errors.ts';
import { NO_DEPLOYMENTS } from '../../domain/advice.ts';
import { counted } from '../../domain/counted.ts';
import { printable } from '../../domain/printable.ts';
import type { DatasetSummary } from '../../pipeline/dataset.ts';
import type { ExtractedSummary } from '../../pipeline/extract.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT } from '../exit.ts';
import { openSession, type GlobalOptions } from '../session.ts';

interface ExtractArguments {
  readonly command: 'extract' | 'update';
  readonly full: boolean;
  readonly repo: readonly string[];
  readonly options: GlobalOptions & Readonly<Record<string, unknown>>;
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
    summary = await extract({ command, settings, full, only: repo }, ports);
  } finally {
    ports.progress.done();
  }
  for (const repository of summary.repositories) {
    for (const notice of repository.notices) ports.log.warn(`${repository.name}: ${notice}`);
    deps.stdout.write(`${describe(repository)}\n`);
  }
  for (const { repository, error } of summary.failures) {
    const hint = error instanceof DoraError && error.hint !== undefined ? ` (${error.hint})` : '';
    deps.stderr.write(`error: ${printable(`${repository}: ${messageOf(error)}${hint}`)}\n`);
  }
  if (summary.dataset !== null) deps.stdout.write(`${describeDataset(summary.dataset)}\n`);
  for (const advice of adviceOn(summary.dataset)) ports.log.warn(advice);
  if (summary.failures.length > 0) deps.setExitCode(EXIT.partly);
}

function describe({ name, isNew, newCommits, commits, tags, branch }: ExtractedSummary): string {
  const at = branch === null ? 'no branch' : `${branch.name} at ${branch.commit.slice(0, 10)}`;
  const change = isNew ? counted(newCommits, 'new commit') : 'nothing new';
  return printable(`${name}: ${change}, ${String(commits)} in all, ${counted(tags, 'tag')}, ${at}`);
}

function describeDataset({ deployments, changes, setAside }: DatasetSummary): string {
  return `dataset: ${counted(deployments, 'deployment')}, ${counted(changes, 'change')} shipped, ${counted(setAside, 'row')} set aside`;
}

/** What a reader must know about the times of the deployments; said once, when the dataset is built. */
function adviceOn(dataset: DatasetSummary | null): string[] {
  if (dataset === null || dataset.estimated === 0) return dataset?.deployments === 0 ? [NO_DEPLOYMENTS] : [];
  const { estimated, deployments } = dataset;
  return [
    `${String(estimated)} of ${counted(deployments, 'deployment')} have no time of their own (lightweight tags, commits): that of the commit stands in`,
  ];
}
