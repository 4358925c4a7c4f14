import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { counted } from '../../domain/counted.ts';
import { printable } from '../../domain/printable.ts';
import type { ListedAnnotation } from '../../pipeline/list-annotations.ts';
import type { CliDeps } from '../deps.ts';
import { openSession } from '../session.ts';

export function annotationsCommand(deps: CliDeps): CommandUnknownOpts {
  return new Command('annotations')
    .summary('list what people said, or take the last import back')
    .description('Lists what people said in the spreadsheet, or takes the last import back.')
    .addHelpText('after', '\nExample:\n  $ dora-metrics annotations undo')
    .addCommand(listCommand(deps))
    .addCommand(undoCommand(deps));
}

function listCommand(deps: CliDeps) {
  return new Command('list')
    .description('Every annotated row, who said it and when; and which of them have lost their commit.')
    .option('--orphaned', 'only those whose commit or deployment is gone', false)
    .addOption(
      new Option('--format <format>', 'how to print it')
        .choices(['table', 'json'] as const)
        .default('table' as const),
    )
    .addHelpText('after', '\nExample:\n  $ dora-metrics annotations list --orphaned')
    .action(async ({ format, orphaned }, self) => {
      const { settings, ports } = await openSession(self.optsWithGlobals(), deps);
      const { listAnnotations } = await import('../../pipeline/list-annotations.ts');
      const all = await listAnnotations(settings, ports);
      const shown = all.filter((row) => !orphaned || row.orphaned);
      deps.stdout.write(format === 'json' ? `${JSON.stringify(shown, null, 2)}\n` : asText(shown));
    });
}

function undoCommand(deps: CliDeps) {
  return new Command('undo')
    .description(
      'Takes the last import back: every cell says what it said before. Again, and it takes back the one before.',
    )
    .option('--by <name>', 'who says so (default: user.name of git)')
    .addHelpText('after', '\nExample:\n  $ dora-metrics annotations undo')
    .action(async ({ by }, self) => {
      const { settings, ports } = await openSession(self.optsWithGlobals(), deps);
      const [{ undoImport }, { whoIsThis }] = await Promise.all([
        import('../../pipeline/undo.ts'),
        import('../../pipeline/who.ts'),
      ]);
      const undone = await undoImport({ settings, by: await whoIsThis(by, ports) }, ports).finally(() =>
        ports.progress.done(),
      );
      const files = undone.files.length === 0 ? '' : ` (${undone.files.join(', ')})`;
      deps.stdout.write(
        printable(
          `taken back: the import by ${undone.by} at ${undone.at}${files}, ${counted(undone.cells, 'cell')}`,
        ) + '\n',
      );
    });
}

function asText(rows: readonly ListedAnnotation[]): string {
  if (rows.length === 0) return 'no annotations\n';
  return rows
    .map(({ id, what, title, cells, by, at, orphaned }) => {
      const said = Object.entries(cells).map(
        ([name, value]) => `    ${name}: ${printable(value.replaceAll('\n', ' '))}`,
      );
      const gone = orphaned ? ' (orphaned: its commit or deployment is gone)' : '';
      return [
        `${printable(`${id}  ${what}  ${title}`)}${gone}`,
        ...said,
        `    by ${printable(by)}, ${at}`,
        '',
      ].join('\n');
    })
    .join('');
}
