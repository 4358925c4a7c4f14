import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CliDeps } from '../deps.ts';
import { runExtract, sourceOptions } from './run-extract.ts';
import { settingsOptions } from './settings-options.ts';

export function extractCommand(deps: CliDeps): CommandUnknownOpts {
  const command = new Command('extract')
    .summary('pull raw data and build the dataset')
    .description(
      'Pulls raw data from every source and builds the dataset. Goes on where the last run stopped; --full starts over.',
    )
    .option('--full', 'read everything again', false)
    .option('--repo <name...>', 'only these repositories')
    .addHelpText('after', '\nExample:\n  $ dora-metrics extract --full')
    .action(async ({ full, repo = [] }, self) => {
      await runExtract({ command: 'extract', full, repo, options: self.optsWithGlobals() }, deps);
    });
  for (const option of sourceOptions()) command.addOption(option);
  for (const option of settingsOptions('all')) command.addOption(option);
  return command;
}
