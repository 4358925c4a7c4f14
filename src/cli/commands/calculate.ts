import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { GROUPINGS } from '../../domain/metrics-report.ts';
import type { CliDeps } from '../deps.ts';
import { openSession } from '../session.ts';
import { periodOption } from './period-unit.ts';
import { asOfOption, settingsOptions } from './settings-options.ts';

export function calculateCommand(deps: CliDeps): CommandUnknownOpts {
  const command = new Command('calculate')
    .summary('print the metrics')
    .description('Computes the metrics for each period and prints them.')
    .addOption(periodOption('month'))
    .option('--from <period>', 'first period (2026-11-20, 2026-W47, 2026-11, 2026-Q4 or 2026)')
    .option('--to <period>', 'last period, itself included')
    .addOption(new Option('--by <group>', 'one table for each').choices(GROUPINGS))
    .addOption(
      new Option('--format <format>', 'how to print them')
        .choices(['table', 'json', 'csv', 'markdown'] as const)
        .default('table' as const),
    )
    .addOption(asOfOption())
    .addHelpText('after', '\nExample:\n  $ dora-metrics calculate --period quarter --format json')
    .action(async ({ period, from = null, to = null, by = null, format }, self) => {
      const { settings, ports, asOf } = await openSession(self.optsWithGlobals(), deps);
      const { calculate } = await import('../../pipeline/calculate.ts');
      const { renderMetrics } = await import('../../pipeline/render.ts');
      const report = await calculate({ settings, unit: period, range: { from, to }, by, asOf }, ports);
      ports.progress.done();
      deps.stdout.write(await renderMetrics(report, format));
    });
  for (const option of settingsOptions('computing')) command.addOption(option);
  return command;
}
