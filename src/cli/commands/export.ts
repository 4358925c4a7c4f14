import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { counted } from '../../domain/counted.ts';
import { printable } from '../../domain/printable.ts';
import type { CliDeps } from '../deps.ts';
import { openSession } from '../session.ts';
import { settingsOptions } from './settings-options.ts';

export function exportCommand(deps: CliDeps): CommandUnknownOpts {
  return new Command('export')
    .summary('write the dataset for other programs')
    .description('Writes the dataset in a form that other programs read.')
    .addHelpText('after', '\nExample:\n  $ dora-metrics export parquet --output parquet')
    .addCommand(parquetCommand(deps));
}

function parquetCommand(deps: CliDeps): CommandUnknownOpts {
  const command = new Command('parquet')
    .summary('as Parquet, for DuckDB, Spark, Trino, Athena')
    .description(
      'Writes the dataset as Parquet files by repository and month, for DuckDB, Spark, Trino, Athena … Only files whose rows have changed are written again.',
    )
    .option('--output <place>', 'folder or s3://bucket/prefix (default: parquet in the workspace)')
    .addHelpText('after', '\nExample:\n  $ dora-metrics export parquet --output s3://lake/dora')
    .action(async ({ output = null }, self) => {
      const { settings, ports } = await openSession(self.optsWithGlobals(), deps);
      const { exportParquet } = await import('../../pipeline/export-parquet.ts');
      const done = await exportParquet({ settings, output }, ports).finally(() => ports.progress.done());
      const files = `${counted(done.written, 'file')} written, ${String(done.unchanged)} unchanged, ${String(done.removed)} removed`;
      deps.stdout.write(`${printable(done.where)}: ${files}; ${counted(done.rows, 'row')}\n`);
    });
  for (const option of settingsOptions('computing')) command.addOption(option);
  return command;
}
