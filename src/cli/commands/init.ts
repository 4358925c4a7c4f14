import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { printable } from '../../domain/printable.ts';
import type { Survey } from '../../pipeline/init.ts';
import type { CliDeps } from '../deps.ts';
import { accessLines } from '../github-access.ts';
import { openSession } from '../session.ts';
import { settingsOptions } from './settings-options.ts';

export function initCommand(deps: CliDeps): CommandUnknownOpts {
  const command = new Command('init')
    .summary('look at the clone and write dora-metrics.yaml')
    .description(
      'Looks at the clone and writes a commented dora-metrics.yaml. Nothing needs it: the defaults work in a clone.',
    )
    .option('-y, --yes', 'do not ask', false)
    .option('--force', 'write over an existing file', false)
    .option('--print-schema', 'print the JSON Schema of the file for editors, and do nothing else', false)
    .addHelpText('after', '\nExample:\n  $ dora-metrics init --yes')
    .action(async ({ yes, force, printSchema }, self) => {
      if (printSchema) {
        const { configurationSchema } = await import('../../config/load.ts');
        deps.stdout.write(`${JSON.stringify(configurationSchema(), null, 2)}\n`);
        return;
      }
      const { ports, settings } = await openSession({ ...self.optsWithGlobals(), config: undefined }, deps);
      const { configurationText, survey, writeConfiguration } = await import('../../pipeline/init.ts');
      const found = await survey(deps.cwd, settings.github, ports);
      for (const line of describe(found)) deps.stderr.write(`${printable(line)}\n`);
      const isAllowed = yes || deps.ask === null || (await deps.ask('write dora-metrics.yaml?'));
      if (!isAllowed) return;
      deps.stdout.write(`${await writeConfiguration(deps.cwd, configurationText(found), force)}\n`);
    });
  for (const option of settingsOptions('asking')) command.addOption(option);
  return command;
}

function describe(found: Survey): string[] {
  const versions = `${String(found.versions)} of ${String(found.tags)} tags look like versions`;
  const details = `${String(found.prereleases)} of them prereleases, ${String(found.lightweight)} lightweight`;
  return [
    `repository  ${found.name}${found.origin === null ? ', no origin' : ` from ${found.origin}`}`,
    `branch      ${found.branch ?? 'none yet'}, ${found.mergeStyle}`,
    `tags        ${versions}${found.versions === 0 ? '' : `, ${details}`}`,
    ...accessLines(found.github).map((line, n) => `${n === 0 ? 'GitHub      ' : '            '}${line}`),
  ];
}
