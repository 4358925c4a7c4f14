import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { annotationsCommand } from './commands/annotations.ts';
import { calculateCommand } from './commands/calculate.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { extractCommand } from './commands/extract.ts';
import { importCommand } from './commands/import.ts';
import { initCommand } from './commands/init.ts';
import { pushCommand } from './commands/push.ts';
import { reportCommand } from './commands/report.ts';
import { statusCommand } from './commands/status.ts';
import { updateCommand } from './commands/update.ts';
import { mask, secretsOf } from '../io/log.ts';
import type { CliDeps } from './deps.ts';
import { EXIT, explainError } from './exit.ts';
import { VERSION } from './version.ts';

/** Beside the bundle of this file. */
const READER_PROGRAM = fileURLToPath(new URL('reader.js', import.meta.url));

/** Runs one command line and gives the exit code; never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const abort = new AbortController();
  // every child and every request under way listens to it, of many repositories at a time
  setMaxListeners(0, abort.signal);
  const interrupt = () => {
    abort.abort();
    // a second Ctrl-C means it
    process.once('SIGINT', () => process.exit(EXIT.interrupted));
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  // a reader that has seen enough (head, less) is no error
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done);
    throw error;
  });
  let exitCode: number = EXIT.done;
  const deps: CliDeps = {
    stdout: process.stdout,
    stderr: {
      isTTY: process.stderr.isTTY,
      columns: process.stderr.columns,
      write: (text) => process.stderr.write(text),
    },
    ask: process.stdin.isTTY && process.stderr.isTTY ? askOnTerminal : null,
    env: process.env,
    cwd: process.cwd(),
    now: () => new Date(),
    signal: abort.signal,
    readerProgram: READER_PROGRAM,
    setExitCode: (code) => {
      exitCode = code;
    },
  };
  const failed = await run(argv, deps);
  process.off('SIGINT', interrupt);
  process.off('SIGTERM', interrupt);
  return failed === EXIT.done ? exitCode : failed;
}

/** The same with the outside world given. */
export async function run(argv: readonly string[], deps: CliDeps): Promise<number> {
  const secrets = secretsOf(deps.env, argv);
  const root = program(deps, secrets);
  try {
    await root.parseAsync(argv, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    const isHelp = error instanceof CommanderError && error.code === 'commander.help';
    if (isHelp) return EXIT.usage;
    return explainError(error, {
      write: (text) => deps.stderr.write(mask(text, secrets)),
      asJson: (root.opts().logFormat ?? deps.env['DORA_METRICS_LOG_FORMAT']) === 'json',
      isInterrupted: deps.signal.aborted,
      now: deps.now,
    });
  }
}

function program(deps: CliDeps, secrets: readonly string[]) {
  const root = new Command('dora-metrics')
    .description('DORA metrics of the software you already shipped, from the history that is there anyway.')
    .version(VERSION)
    .addOption(
      new Option('--config <file>', 'configuration file (default: dora-metrics.yaml, searched upwards)'),
    )
    .addOption(new Option('--data <place>', 'folder or s3://bucket/prefix of the workspace (default: data)'))
    .addOption(
      new Option('--single-writer', 'on a store without conditional writes: promise that nobody else writes'),
    )
    .addOption(
      new Option('--log-format <format>', 'format of messages on stderr').choices(['pretty', 'json']),
    )
    .addOption(
      new Option('--log-level <level>', 'least important message shown').choices([
        'debug',
        'info',
        'warn',
        'silent',
      ]),
    )
    .option('-q, --quiet', 'only warnings and errors on stderr')
    .option('--no-color', 'no colours (NO_COLOR is respected as well)')
    .addHelpText(
      'after',
      '\nExample, in any git clone:\n  $ npx dora-metrics extract --full\n  $ npx dora-metrics report',
    )
    .configureOutput({
      writeOut: (text) => void deps.stdout.write(text),
      writeErr: (text) => void deps.stderr.write(mask(text, secrets)),
    })
    .exitOverride();
  for (const command of [
    initCommand,
    extractCommand,
    updateCommand,
    importCommand,
    annotationsCommand,
    calculateCommand,
    reportCommand,
    explainCommand,
    exportCommand,
    pushCommand,
    statusCommand,
  ]) {
    root.addCommand(inheriting(command(deps), root));
  }
  return root;
}

/** With the settings of the root in every command below it as well: else a mistake there ends the process itself, unmasked and with another code. */
function inheriting(command: CommandUnknownOpts, root: CommandUnknownOpts): CommandUnknownOpts {
  for (const below of command.commands) inheriting(below, root);
  return command.copyInheritedSettings(root);
}

async function askOnTerminal(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return !/^\s*n/iu.test(await terminal.question(`${question} [Y/n] `));
  } finally {
    terminal.close();
  }
}
