import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { notificationText, stepSummary, webhookBody } from '../../../src/exporters/notification/payload.ts';

const FILE = 'data/pending_review.csv';
const SLACK = 'https://hooks.slack.com/services/T000/B000/XXXX';
const MATTERMOST = 'https://chat.example.com/hooks/xxxx';
const TEAMS = [
  'https://acme.webhook.office.com/webhookb2/xxxx',
  'https://prod-01.westeurope.logic.azure.com:443/workflows/xxxx/triggers/manual/paths/invoke?sig=x',
  'https://default0.00.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/xxxx',
  'https://api.powerautomate.com/webhook/xxxx',
  'https://emea.flow.microsoft.com/xxxx',
];

const shop = { name: 'acme/shop', waiting: 12, since: '2026-11-03T09:00:00.000Z' };

function textOf(url: string, text: string): string {
  const { text: sent }: { text: string } = JSON.parse(webhookBody(url, text));
  return sent;
}

interface Card {
  readonly type: string;
  readonly attachments: readonly {
    readonly contentType: string;
    readonly content: {
      readonly type: string;
      readonly body: readonly {
        readonly type: string;
        readonly inlines: readonly { readonly text: string }[];
      }[];
    };
  }[];
}

function cardOf(url: string, text: string): Card {
  const card: Card = JSON.parse(webhookBody(url, text));
  return card;
}

describe('the text', () => {
  it('says how many rows wait, since when, and what to do', () => {
    expect(notificationText([shop], FILE)).toBe(
      'acme/shop: 12 rows wait for review since 2026-11-03.\n' +
        'Fill in what you know in data/pending_review.csv, then run: dora-metrics import data/pending_review.csv',
    );
  });

  it('has a line for each repository; one row waits, and nothing is said of a time that is not known', () => {
    const text = notificationText([shop, { name: 'acme/api', waiting: 1, since: null }], FILE);

    expect(text.split('\n').slice(0, 2)).toEqual([
      'acme/shop: 12 rows wait for review since 2026-11-03.',
      'acme/api: 1 row waits for review.',
    ]);
  });

  it('names the twenty repositories with the most rows, and counts the others', () => {
    const many = Array.from({ length: 500 }, (_, n) => ({
      name: `acme/${String(n)}`,
      waiting: n + 1,
      since: null,
    }));
    const lines = notificationText(many, FILE).split('\n');

    expect(lines).toHaveLength(22);
    expect(lines[0]).toBe('acme/499: 500 rows wait for review.');
    expect(lines[20]).toBe(`480 more repositories: ${String((480 * 481) / 2)} rows.`);
    expect(stepSummary(many, FILE)).toContain(
      `\n| 480 more repositories: ${String((480 * 481) / 2)} rows | | |\n`,
    );
    for (const url of [SLACK, ...TEAMS])
      expect(webhookBody(url, notificationText(many, FILE)).length).toBeLessThan(5000);
  });

  it('writes out what a terminal or a chat would act on: a name has no lines of its own', () => {
    const text = notificationText([{ ...shop, name: 'a\nrun: rm -rf\u202e' }], FILE);

    expect(text.split('\n')).toHaveLength(2);
    expect(text).toContain(String.raw`a\x0arun: rm -rf\u202e`);
  });
});

describe('the body for Slack, Mattermost and their like', () => {
  it('is the text and nothing else', () => {
    const text = notificationText([shop], FILE);

    expect(JSON.parse(webhookBody(SLACK, text))).toEqual({ text });
    expect(JSON.parse(webhookBody(MATTERMOST, text))).toEqual({ text });
  });

  it.each([
    ['<!channel>', '&lt;!channel&gt;'],
    ['<https://evil.example|shop>', '&lt;https://evil.example|shop&gt;'],
    ['R&D', 'R&amp;D'],
    ['&lt;!here&gt;', '&amp;lt;!here&amp;gt;'],
    ['@here', '@\u200bhere'],
    ['@channel/@all', '@\u200bchannel/@\u200ball'],
    ['[shop](https://evil.example)', '[shop]\u200b(https://evil.example)'],
  ])('calls nobody and links nothing for a repository called %s', (name, harmless) => {
    expect(textOf(MATTERMOST, name)).toBe(harmless);
  });

  it('never holds what Slack or Mattermost act on, whatever the name', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '&', '@', '!', '[', ']', '(', ')', 'a', 'l', 't', ';') }),
        (name) => {
          const sent = textOf(SLACK, notificationText([{ ...shop, name }], FILE));

          expect(sent).not.toMatch(/[<>]|@\w|\]\(|&(?!(?:amp|lt|gt);)/u);
        },
      ),
    );
  });

  it.each([
    'https://webhook.office.com.evil.example/x',
    'https://evil-powerplatform.com/x',
    'https://chat.example.com/webhook.office.com',
  ])('also goes to %s, which is not Microsoft’s', (url) => {
    expect(JSON.parse(webhookBody(url, 'x'))).toEqual({ text: 'x' });
  });
});

describe('the body for Teams', () => {
  it.each(TEAMS)('at %s is a message with an Adaptive Card', (url) => {
    const { type, attachments } = cardOf(url, 'one\ntwo');

    expect(type).toBe('message');
    expect(attachments).toMatchObject([
      { contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard' } },
    ]);
    expect(attachments[0]?.content.body.map(({ inlines }) => inlines.map(({ text }) => text))).toEqual([
      ['one'],
      ['two'],
    ]);
  });

  it('has names in the one element whose text is not Markdown, so they stand as they are', () => {
    const name = '[shop](https://evil.example) **_bold_** <at>all</at>';

    expect(cardOf(TEAMS[0] ?? '', name).attachments[0]?.content.body).toEqual([
      { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: name }] },
    ]);
  });
});

describe('the summary of a job', () => {
  it('is a table, and what to do', () => {
    expect(stepSummary([shop, { name: 'acme/api', waiting: 1, since: null }], FILE))
      .toBe(`### Rows wait for review

| Repository | Rows | Since |
|---|---:|---|
| acme/shop | 12 | 2026-11-03 |
| acme/api | 1 |  |

Fill in what you know in \`data/pending_review.csv\`, then run \`dora-metrics import\`.
`);
  });

  it.each([
    ['a|b', String.raw`a\|b`],
    ['<img/src=x>', String.raw`\<img/src=x\>`],
    ['![x](y)', String.raw`\!\[x\]\(y\)`],
    ['`code`', '\\`code\\`'],
    ['&lt;b&gt;', String.raw`\&lt;b\&gt;`],
    ['https://evil.example', String.raw`https\://evil.example`],
    ['@acme', '@\u200bacme'],
    ['a\nb', String.raw`a\\x0ab`],
  ])('shows a repository called %j as text', (name, escaped) => {
    expect(stepSummary([{ ...shop, name }], FILE)).toContain(`| ${escaped} | 12 |`);
  });
});
