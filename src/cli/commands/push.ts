import { Command, InvalidArgumentError, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { counted } from '../../domain/counted.ts';
import { printable } from '../../domain/printable.ts';
import type { CheckedWebhook, DeliveryStatusOf } from '../../pipeline/check-devlake.ts';
import type { PushedProject } from '../../pipeline/push-devlake.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT } from '../exit.ts';
import { instantIn } from '../instant.ts';
import { openSession } from '../session.ts';
import { settingsOptions } from './settings-options.ts';

export function pushCommand(deps: CliDeps): CommandUnknownOpts {
  return new Command('push')
    .summary('send deployments and incidents to other systems')
    .description('Sends what is known to other systems; what they know already is not sent again.')
    .addHelpText('after', '\nExample:\n  $ dora-metrics push devlake --dry-run')
    .addCommand(devlakeCommand(deps));
}

function devlakeCommand(deps: CliDeps): CommandUnknownOpts {
  const command = new Command('devlake')
    .summary('to webhooks of Apache DevLake')
    .description(
      'Sends deployments, incidents and merged pull requests to the webhooks of Apache DevLake that integration.devlake names: what is new and what has changed. The token is DEVLAKE_WEBHOOK_TOKEN, that of a team DEVLAKE_WEBHOOK_TOKEN_<TEAM>.',
    )
    .addOption(
      new Option('--since <date>', 'send nothing that happened before (2026-11-20, in UTC)').argParser(
        sinceOf,
      ),
    )
    .addOption(
      new Option('--dry-run', 'print what would be sent as JSON lines, and send nothing').conflicts([
        'status',
        'check',
      ]),
    )
    .addOption(
      new Option('--status', 'say what was sent, what waits and what was refused').conflicts('check'),
    )
    .option('--check', 'ask DevLake whether what is sent will be seen')
    .option('--retry-parked', 'send once more what was refused')
    .addOption(
      new Option('--concurrency <n>', 'rows at the same time, for each project')
        .argParser(lanesOf)
        .default(4),
    )
    .addHelpText('after', '\nExample:\n  $ DEVLAKE_WEBHOOK_TOKEN=… dora-metrics push devlake')
    .action(async (options, self) => {
      const { settings, ports } = await openSession(self.optsWithGlobals(), deps);
      const { since = null, retryParked = false, concurrency } = options;
      if (options.check === true) {
        const { checkDevlake } = await import('../../pipeline/check-devlake.ts');
        const checked = await checkDevlake(settings, ports);
        deps.stdout.write(checked.map(checkedText).join(''));
        if (checked.some(({ links }) => links.some(({ state }) => state === 'no')))
          deps.setExitCode(EXIT.failed);
        return;
      }
      if (options.status === true) {
        const { devlakeStatus } = await import('../../pipeline/check-devlake.ts');
        deps.stdout.write((await devlakeStatus(settings, ports)).map(statusText).join(''));
        return;
      }
      const { dryRunDevlake, pushDevlake } = await import('../../pipeline/push-devlake.ts');
      if (options.dryRun === true) {
        await dryRunDevlake({ settings, since, retryParked }, ports, (line) => {
          deps.stdout.write(`${JSON.stringify(line)}\n`);
        });
        ports.progress.done();
        return;
      }
      const pushed = await pushDevlake({ settings, since, retryParked, concurrency }, ports);
      ports.progress.done();
      for (const one of pushed) {
        for (const line of warningsOf(one)) ports.log.warn(line);
        deps.stdout.write(`${printable(summaryOf(one))}\n`);
      }
      const failed = pushed.filter(isIncomplete);
      if (failed.length > 0)
        deps.setExitCode(
          pushed.every((one) => isIncomplete(one) && !hasSent(one)) ? EXIT.failed : EXIT.partly,
        );
    });
  for (const option of settingsOptions('computing')) command.addOption(option);
  return command;
}

/** Whether something is left to do. */
function isIncomplete(one: PushedProject): boolean {
  return one.problem !== null || one.sent.refused + one.sent.unanswered > 0 || one.sent.stopped !== null;
}

function hasSent(one: PushedProject): boolean {
  return one.problem === null && one.sent.sent > 0;
}

function summaryOf(one: PushedProject): string {
  if (one.problem !== null) return `${one.name}: broken off, ${one.problem.message}`;
  const { sent, plan, rows, name } = one;
  const parts = [
    `${String(sent.sent)} sent`,
    `${String(plan.unchanged)} unchanged`,
    ...(rows.waiting - sent.withoutRoute > 0 ? [`${String(rows.waiting - sent.withoutRoute)} waiting`] : []),
    ...(rows.parked > 0 ? [`${String(rows.parked)} parked`] : []),
    ...(plan.refused.length > 0 ? [`${String(plan.refused.length)} that cannot be sent`] : []),
  ];
  return `${name}: ${parts.join(', ')}`;
}

/** So many rows that cannot be sent are named one by one. */
const NAMED = 20;

function warningsOf(one: PushedProject): string[] {
  if (one.problem !== null)
    return [
      `${one.name}: ${one.problem.message}${one.problem.hint === undefined ? '' : ` (${one.problem.hint})`}`,
    ];
  const { name, plan, sent, rows } = one;
  const unsendable = plan.refused
    .slice(0, NAMED)
    .map(({ fact, reason }) => `${fact.kind} ${fact.id}: ${reason}`);
  const more = plan.refused.length - unsendable.length;
  const told = [
    ...unsendable,
    ...(more > 0 ? [`${counted(more, 'row')} more cannot be sent: --dry-run names all of them`] : []),
    ...(plan.cut > 0
      ? [`${counted(plan.cut, 'deployment')} with more than a thousand commits: a thousand of each were sent`]
      : []),
    ...(sent.withoutRoute > 0
      ? [
          `${counted(sent.withoutRoute, 'pull request')} not sent: this DevLake takes none, they came with 1.0.3`,
        ]
      : []),
    ...sent.reasons.slice(0, NAMED),
    ...(sent.stopped === null ? [] : [`${sent.stopped}: given up for now, the rest waits for the next push`]),
    ...sent.hints.map((hint) => `hint: ${hint}`),
    ...(rows.parked > 0 && sent.refused > 0
      ? ['what was refused is sent again with: dora-metrics push devlake --retry-parked']
      : []),
  ];
  return told.map((line) => `${name}: ${line}`);
}

function statusText({ project, rows, reasons }: DeliveryStatusOf): string {
  const { sent, waiting, parked } = rows;
  const lines = [
    `${project}: ${String(sent)} sent, ${String(waiting)} waiting, ${String(parked)} parked`,
    ...reasons.map(({ status, reason, rows: many }) => `  ${String(many)} ${status}: ${reason}`),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

const STATES = { yes: 'ok', no: 'NO', unknown: '??' } as const;

function checkedText({ project, webhook, links }: CheckedWebhook): string {
  const lines = links.flatMap(({ link, state, detail, hint }) => [
    `  ${STATES[state]}  ${link.padEnd(10)} ${detail}`,
    ...(hint === null ? [] : [`      ${hint}`]),
  ]);
  return [`${project}, webhook ${webhook}`, ...lines].map((line) => `${printable(line)}\n`).join('');
}

function sinceOf(text: string): number {
  const instant = instantIn(text);
  if (instant === null)
    throw new InvalidArgumentError('Write it like 2026-11-20 (midnight UTC) or 2026-11-20T08:00:00Z.');
  return instant;
}

function lanesOf(text: string): number {
  const lanes = Number(text);
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > 100)
    throw new InvalidArgumentError('It is a whole number from 1 to 100.');
  return lanes;
}
