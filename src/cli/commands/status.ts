import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { counted } from '../../domain/counted.ts';
import { durationWords } from '../../domain/duration-words.ts';
import { printable } from '../../domain/printable.ts';
import type { Status } from '../../pipeline/status.ts';
import type { CliDeps } from '../deps.ts';
import { accessLines } from '../github-access.ts';
import { openSession } from '../session.ts';
import { noRoomFor } from './run-extract.ts';
import { settingsOptions } from './settings-options.ts';

export function statusCommand(deps: CliDeps): CommandUnknownOpts {
  const command = new Command('status')
    .summary('say what the workspace holds')
    .description(
      'Says what the workspace holds, how fresh it is, and what the token in GITHUB_TOKEN may read. Changes nothing.',
    )
    .option('--offline', 'do not ask GitHub', false)
    .addOption(
      new Option('--format <format>', 'how to print it')
        .choices(['table', 'json'] as const)
        .default('table' as const),
    )
    .addHelpText('after', '\nExample:\n  $ dora-metrics status')
    .action(async ({ format, offline }, self) => {
      const { settings, ports } = await openSession(self.optsWithGlobals(), deps);
      const { status } = await import('../../pipeline/status.ts');
      const found = await status(settings, ports, offline);
      deps.stdout.write(format === 'json' ? `${JSON.stringify(found, null, 2)}\n` : asText(found));
    });
  for (const option of settingsOptions('asking')) command.addOption(option);
  return command;
}

function asText({
  location,
  generation,
  streams,
  missing,
  dataset,
  review,
  later,
  orphaned,
  github,
}: Status): string {
  const access = github.flatMap(accessLines);
  const head =
    generation === 0
      ? `${location}: empty; run dora-metrics extract --full`
      : `${location}: ${counted(generation, 'publication')}, dataset ${dataset}`;
  const lines = [
    head,
    ...streams.map((stream) => {
      const size = `${counted(stream.records, 'record')} in ${counted(stream.segments, 'segment')}, ${megabytes(stream.bytes)}`;
      const left =
        stream.partly === null
          ? ''
          : `, broken off after ${String(stream.partly.read)}${stream.partly.total === null ? '' : ` of ${String(stream.partly.total)}`}`;
      const note = `${left}${stream.configured ? '' : ' (not configured any more)'}`;
      return `${stream.title}: ${size}, checked ${durationWords(stream.ageSeconds)} ago${note}`;
    }),
    ...(generation === 0 ? [] : missing.map((name) => `${name}: not extracted yet`)),
    ...review.map(reviewLine),
    ...noRoomFor(later),
    ...(orphaned === 0
      ? []
      : [
          `${counted(orphaned, 'annotated row')} whose commit is gone: dora-metrics annotations list --orphaned`,
        ]),
    ...access,
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

function reviewLine({ repository, state, waiting, since, typed }: Status['review'][number]): string {
  const parts = [`review ${state}`];
  if (waiting > 0)
    parts.push(
      `${counted(waiting, 'row')} waiting${since === null ? '' : `, the oldest of ${since.slice(0, 10)}`}`,
    );
  if (typed > 0) parts.push(`${counted(typed, 'row')} filled in and not imported yet`);
  return `${repository}: ${parts.join('; ')}`;
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${String(Math.ceil(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
