import { printable } from '../../domain/printable.ts';

/** What is said to people outside of the terminal. */

/** How much waits in one repository. */
export interface WaitingRows {
  readonly name: string;
  readonly waiting: number;
  /** When the oldest was committed or deployed, ISO-8601; `null` where unknown. */
  readonly since: string | null;
}

/** A message of more lines nobody reads, and Teams takes no more than 28 kB. */
const MOST_NAMED = 20;

/** One sentence a repository, those with the most rows first, then what to do. */
export function notificationText(repositories: readonly WaitingRows[], file: string): string {
  const { named, others } = shared(repositories);
  const lines = named.map(({ name, waiting, since }) => {
    const rows = waiting === 1 ? '1 row waits' : `${String(waiting)} rows wait`;
    return `${printable(name)}: ${rows} for review${since === null ? '' : ` since ${since.slice(0, 10)}`}.`;
  });
  if (others !== null) lines.push(`${others}.`);
  return `${lines.join('\n')}\nFill in what you know in ${file}, then run: dora-metrics import ${file}`;
}

/** The repositories that are named, and what is said of the others together. */
function shared(repositories: readonly WaitingRows[]): {
  readonly named: readonly WaitingRows[];
  readonly others: string | null;
} {
  if (repositories.length <= MOST_NAMED) return { named: repositories, others: null };
  const all = repositories.toSorted((a, b) => b.waiting - a.waiting);
  const rest = all.slice(MOST_NAMED);
  const rows = rest.reduce((sum, { waiting }) => sum + waiting, 0);
  return {
    named: all.slice(0, MOST_NAMED),
    others: `${String(rest.length)} more repositories: ${String(rows)} rows`,
  };
}

/** Hosts of Microsoft's workflows, which take the place of the connectors of Teams. */
const TEAMS =
  /(?:^|\.)(?:webhook\.office\.com|logic\.azure\.com|powerplatform\.com|powerautomate\.com|flow\.microsoft\.com)$/u;

/**
 * The JSON that an incoming webhook takes: `text` for Slack, Mattermost and what imitates them, a message with an Adaptive Card for Teams.
 *
 * Names in the text are other people's: what would mention everybody or make a link is taken apart.
 */
export function webhookBody(url: string, text: string): string {
  if (!TEAMS.test(new URL(url).hostname)) return JSON.stringify({ text: plainForChat(text) });
  // the texts of a RichTextBlock are the only ones of a card that are not Markdown
  const body = text
    .split('\n')
    .map((line) => ({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: line }] }));
  return JSON.stringify({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body,
        },
      },
    ],
  });
}

/** The summary of a job of GitHub Actions. */
export function stepSummary(repositories: readonly WaitingRows[], file: string): string {
  const { named, others } = shared(repositories);
  const rows = named.map(
    ({ name, waiting, since }) =>
      `| ${plainMarkdown(printable(name))} | ${String(waiting)} | ${since?.slice(0, 10) ?? ''} |`,
  );
  if (others !== null) rows.push(`| ${others} | | |`);
  return `### Rows wait for review\n\n| Repository | Rows | Since |\n|---|---:|---|\n${rows.join('\n')}\n\nFill in what you know in \`${file.replaceAll('`', '')}\`, then run \`dora-metrics import\`.\n`;
}

/** `&`, `<` and `>` mean something to Slack; an `@` calls people, in Mattermost everywhere, and brackets before one in parentheses are a link. */
function plainForChat(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '@\u200b')
    .replaceAll('](', ']\u200b(');
}

/** A backslash takes the meaning from everything but an `@`, after which GitHub looks once more. */
function plainMarkdown(text: string): string {
  return text
    .replaceAll(/[\\`*_{}[\]<>()#+!|~&:]/gu, (character) => `\\${character}`)
    .replaceAll('@', '@\u200b');
}
