import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { printable } from '../../domain/printable.ts';
import type { CliDeps } from '../deps.ts';
import { openSession } from '../session.ts';
import { periodOption } from './period-unit.ts';
import { settingsOptions } from './settings-options.ts';

export function reportCommand(deps: CliDeps): CommandUnknownOpts {
  const command = new Command('report')
    .summary('write the HTML report')
    .description('Writes one self-contained HTML file and prints where it is.')
    .addOption(periodOption('quarter'))
    .option('--from <period>', 'first period')
    .option('--to <period>', 'last period, itself included')
    .option(
      '--output <file>',
      'where to write it, - for standard output (default: reports/ in the workspace)',
    )
    .addHelpText('after', '\nExample:\n  $ dora-metrics report --period monthly --output report.html')
    .action(async ({ period, from = null, to = null, output }, self) => {
      const { settings, ports, asOf } = await openSession(self.optsWithGlobals(), deps);
      const { report, storeReport, writeReport } = await import('../../pipeline/report.ts');
      const range = [from === null ? '' : ` --from ${from}`, to === null ? '' : ` --to ${to}`].join('');
      const reproduce = (instant: string) =>
        `dora-metrics report --period ${period}${range} --as-of ${instant}`;
      const html = await report(
        { settings, unit: period, range: { from, to }, by: null, asOf, reproduce },
        ports,
      );
      ports.progress.done();
      if (output === '-') deps.stdout.write(html);
      else {
        const where =
          output === undefined
            ? await storeReport(`${period}.html`, html, ports)
            : await writeReport(output, html);
        deps.stdout.write(`${printable(where)}\n`);
      }
    });
  for (const option of settingsOptions()) command.addOption(option);
  return command;
}
