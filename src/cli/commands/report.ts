import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { SETTINGS } from '../../config/layers.ts';
import { compareText } from '../../domain/compare.ts';
import { printable } from '../../domain/printable.ts';
import type { CliDeps } from '../deps.ts';
import { openSession } from '../session.ts';
import { periodOption } from './period-unit.ts';
import { asOfOption, settingsOptions } from './settings-options.ts';

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
    .addOption(asOfOption())
    .addHelpText('after', '\nExample:\n  $ dora-metrics report --period monthly --output report.html')
    .action(async ({ period, from = null, to = null, output }, self) => {
      const { settings, ports, asOf } = await openSession(self.optsWithGlobals(), deps);
      const { report, storeReport, writeReport } = await import('../../pipeline/report.ts');
      const reproduce = (instant: string) =>
        commandLine({ ...fromVariables(deps.env, command), ...self.optsWithGlobals() }, instant);
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
  for (const option of settingsOptions('computing')) command.addOption(option);
  return command;
}

/** The command that makes the same report again: every option that was given, and the instant that counted as now; in one order, however they were. */
function commandLine(options: Readonly<Record<string, unknown>>, asOf: string): string {
  const given = Object.entries({ ...options, asOf }).flatMap(([name, value]) =>
    typeof value === 'string' && name !== 'output' ? [`--${kebab(name)} ${quoted(value)}`] : [],
  );
  return ['dora-metrics report', ...given.sort(compareText)].join(' ');
}

/** The settings that came from variables, by the names of their flags; those that have none here do not matter to a report. */
function fromVariables(env: CliDeps['env'], command: CommandUnknownOpts): Record<string, string> {
  const known = new Set(command.options.map(({ long }) => long));
  const found = SETTINGS.flatMap(({ flag, env: name }) => {
    const value = env[name];
    return value === undefined || value === '' || !known.has(`--${flag}`) ? [] : [[flag, value] as const];
  });
  return Object.fromEntries(found);
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
}

function quoted(value: string): string {
  return /^[\w.,:/@+-]+$/u.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
