import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { counted } from '../../domain/counted.ts';
import { printable } from '../../domain/printable.ts';
import { readUserFile } from '../../io/files.ts';
import type { ImportSummary } from '../../pipeline/import.ts';
import type { CliDeps } from '../deps.ts';
import { openSession } from '../session.ts';
import { settingsOptions } from './settings-options.ts';

export function importCommand(deps: CliDeps): CommandUnknownOpts {
  const command = new Command('import')
    .summary('merge a filled-in spreadsheet back')
    .description(
      'Merges what people wrote into pending_review.csv (saved as CSV by any spreadsheet program), or a list of incidents, into the annotations, and builds the dataset anew. All of it or nothing.',
    )
    .argument('<file...>', 'CSV files')
    .option('--dry-run', 'only say what would change', false)
    .option('--by <name>', 'who says so (default: user.name of git)')
    .addOption(
      new Option('--prefer <whose>', 'which value counts where two people wrote into the same cell').choices([
        'theirs',
        'ours',
      ] as const),
    )
    .addOption(
      new Option('--format <format>', 'how to print it')
        .choices(['table', 'json'] as const)
        .default('table' as const),
    )
    .addHelpText('after', '\nExample:\n  $ dora-metrics import data/pending_review.csv --dry-run')
    .action(async (files, { dryRun, by, prefer, format }, self) => {
      const { settings, ports } = await openSession(self.optsWithGlobals(), deps);
      const [{ importFiles }, { whoIsThis }] = await Promise.all([
        import('../../pipeline/import.ts'),
        import('../../pipeline/who.ts'),
      ]);
      const sent = await Promise.all(
        files.map(async (name) => ({ name, bytes: await readUserFile(name, deps.cwd) })),
      );
      const request = {
        settings,
        files: sent,
        by: await whoIsThis(by, ports),
        prefer: prefer ?? null,
        dryRun,
      };
      const summary = await importFiles(request, ports).finally(() => ports.progress.done());
      for (const warning of summary.warnings) ports.log.warn(warning);
      for (const { file, row, id } of summary.unknown.slice(0, MOST_SHOWN))
        ports.log.warn(`${file} row ${String(row)}: row_id ${id} is not known and was passed over`);
      if (summary.unknown.length > MOST_SHOWN)
        ports.log.warn(`${counted(summary.unknown.length, 'row')} are not known and were passed over`);
      deps.stdout.write(format === 'json' ? `${JSON.stringify(summary, null, 2)}\n` : asText(summary));
    });
  for (const option of settingsOptions('computing')) command.addOption(option);
  return command;
}

const MOST_SHOWN = 20;
const LONGEST = 60;

function asText(summary: ImportSummary): string {
  const { set, changed, cleared, unchanged, unknown, changes, dryRun, revision } = summary;
  const lines = changes.slice(0, MOST_SHOWN).map(({ file, row, column, title, before, after }) => {
    const what =
      before === null ? short(after) : `${short(before)} → ${after === null ? 'cleared' : short(after)}`;
    return `  ${file} row ${String(row)}  ${column}: ${what}  (${short(title)})`;
  });
  if (changes.length > MOST_SHOWN)
    lines.push(`  … and ${String(changes.length - MOST_SHOWN)} more (--format json has all)`);
  const head = `${counted(set, 'cell')} set, ${String(changed)} changed, ${String(cleared)} cleared; ${counted(unchanged, 'row')} unchanged, ${String(unknown.length)} unknown`;
  const end = dryRun
    ? ['dry run: nothing was imported']
    : revision === null
      ? ['nothing new: the annotations are as they were']
      : [`imported; dora-metrics annotations undo takes it back`];
  return `${[head, ...lines, ...end].map(printable).join('\n')}\n`;
}

function short(text: string | null): string {
  const line = (text ?? 'nothing').replaceAll(/[\r\n]+/gu, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
