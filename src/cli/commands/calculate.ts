import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { DoraError } from '../../domain/errors.ts';
import { GROUPINGS } from '../../domain/metrics-report.ts';
import { isProfile, PROFILES, type Profile } from '../../domain/profiles.ts';
import { printable } from '../../domain/printable.ts';
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
    .option('--profile <names>', `whose definitions: ${PROFILES.join(', ')}; several are compared`, 'dora')
    .addOption(asOfOption())
    .addHelpText('after', '\nExample:\n  $ dora-metrics calculate --period quarter --format json')
    .action(async ({ period, from = null, to = null, by = null, format, profile }, self) => {
      const profiles = profilesNamed(profile);
      const { settings, ports, asOf } = await openSession(self.optsWithGlobals(), deps);
      const request = { settings, unit: period, range: { from, to }, by, asOf };
      if (profiles.some((name) => name !== 'dora')) {
        const { compareProfiles } = await import('../../pipeline/compare-profiles.ts');
        const { renderComparison } = await import('../../pipeline/render.ts');
        const comparison = await compareProfiles(request, profiles, ports);
        ports.progress.done();
        deps.stdout.write(await renderComparison(comparison, format));
        return;
      }
      const { calculate } = await import('../../pipeline/calculate.ts');
      const { renderMetrics } = await import('../../pipeline/render.ts');
      const report = await calculate(request, ports);
      ports.progress.done();
      deps.stdout.write(await renderMetrics(report, format));
    });
  for (const option of settingsOptions('computing')) command.addOption(option);
  return command;
}

/** The profiles of a list with commas, each once, in its order. */
function profilesNamed(list: string): Profile[] {
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !isProfile(name));
  if (unknown !== undefined) {
    throw new DoraError('usage', `--profile: there is no profile "${printable(unknown)}"`, {
      hint: `choose one or more of: ${PROFILES.join(', ')}.`,
    });
  }
  return [...new Set(names.filter(isProfile))];
}
