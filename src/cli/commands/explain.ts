import { Argument, Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { METRIC_NAMES, metricWord, type MetricName } from '../../domain/metrics-report.ts';
import type { CliDeps } from '../deps.ts';
import { openSession } from '../session.ts';
import { asOfOption, settingsOptions } from './settings-options.ts';

const BY_WORD: ReadonlyMap<string, MetricName> = new Map(
  METRIC_NAMES.map((name) => [metricWord(name), name]),
);

export function explainCommand(deps: CliDeps): CommandUnknownOpts {
  const command = new Command('explain')
    .summary('print the rows behind a number')
    .description('Prints the rows that a number is made of, the rule for each, and what was set aside.')
    .addArgument(new Argument('<metric>', 'which number').choices([...BY_WORD.keys()]))
    .option('--period <period>', 'which period, of any length (default: the latest complete quarter)')
    .option('--component <name>', 'only this component')
    .option('--team <name>', 'only what is of this team')
    .addOption(
      new Option('--format <format>', 'how to print them')
        .choices(['table', 'json'] as const)
        .default('table' as const),
    )
    .addOption(asOfOption())
    .addHelpText('after', '\nExample:\n  $ dora-metrics explain lead-time --period 2026-Q3')
    .action(async (word, { period = null, component = null, team = null, format }, self) => {
      const metric = BY_WORD.get(word) ?? 'leadTime';
      const { settings, ports, asOf } = await openSession(self.optsWithGlobals(), deps);
      const { explain } = await import('../../pipeline/explain.ts');
      const { renderExplanation } = await import('../../pipeline/render.ts');
      const explanation = await explain({ settings, metric, period, component, team, asOf }, ports);
      ports.progress.done();
      deps.stdout.write(renderExplanation(explanation, format));
    });
  for (const option of settingsOptions('computing')) command.addOption(option);
  return command;
}
