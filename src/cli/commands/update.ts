import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CliDeps } from '../deps.ts';
import { runExtract, sourceOptions } from './run-extract.ts';
import { settingsOptions } from './settings-options.ts';

export function updateCommand(deps: CliDeps): CommandUnknownOpts {
  const command = new Command('update')
    .summary('pull only what is new; for cron')
    .description('Pulls what is new since the last run and brings the dataset up to date.')
    .option('--repo <name...>', 'only these repositories')
    .addHelpText(
      'after',
      '\nExample, every night at two:\n  0 2 * * *  cd /srv/metrics && git -C shop fetch --tags && dora-metrics update --quiet',
    )
    .action(async ({ repo = [] }, self) => {
      await runExtract({ command: 'update', full: false, repo, options: self.optsWithGlobals() }, deps);
    });
  for (const option of sourceOptions()) command.addOption(option);
  for (const option of settingsOptions('all')) command.addOption(option);
  return command;
}
