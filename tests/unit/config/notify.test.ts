import { describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/main.ts';
import { settingsOptions } from '../../../src/cli/commands/settings-options.ts';
import { NOTIFY_SETTINGS, SETTINGS } from '../../../src/config/layers.ts';
import { configurationSchema } from '../../../src/config/load.ts';
import type { Settings } from '../../../src/domain/settings.ts';
import { configurationFolder, type GivenConfiguration } from '../../support/config.ts';
import { mask, secretsOf } from '../../../src/io/log.ts';

const WEBHOOK = 'https://hooks.slack.com/services/T000/B000/very-secret';

const configuration = configurationFolder();

async function load(given: GivenConfiguration): Promise<Settings> {
  return (await configuration.load(given)).settings;
}

async function refused(given: GivenConfiguration): Promise<string> {
  return (await configuration.mistakes(given)).join('\n');
}

/** What a command line says on both streams. */
async function said(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  let text = '';
  const write = (part: string) => {
    text += part;
    return true;
  };
  await run(argv, {
    stdout: { write },
    stderr: { isTTY: false, columns: 80, write },
    ask: null,
    env,
    cwd: configuration.folder(),
    now: () => new Date('2026-11-20T00:00:00Z'),
    signal: new AbortController().signal,
    readerProgram: null,
    setExitCode: () => undefined,
  });
  return text;
}

describe('whom to tell', () => {
  it('is nobody, and from the first row on', async () => {
    expect((await load({})).notify).toEqual({ webhook: null, minimumRows: 1 });
  });

  it('is what the flag says, else the variable, else the file', async () => {
    const yaml = 'notify: { webhook: "https://file.example/x", minimumRows: 2 }';
    const env = {
      DORA_METRICS_NOTIFY_WEBHOOK: 'https://variable.example/x',
      DORA_METRICS_NOTIFY_MINIMUM_ROWS: '3',
    };
    const flags = { notifyWebhook: 'https://flag.example/x', notifyMinimumRows: '4' };

    expect((await load({ yaml })).notify).toEqual({ webhook: 'https://file.example/x', minimumRows: 2 });
    expect((await load({ yaml, env })).notify).toEqual({
      webhook: 'https://variable.example/x',
      minimumRows: 3,
    });
    expect((await load({ yaml, env, flags })).notify).toEqual({
      webhook: 'https://flag.example/x',
      minimumRows: 4,
    });
  });

  it('may be written as null, and with the line feed that secrets are stored with', async () => {
    expect((await load({ yaml: 'notify: { webhook: null }' })).notify.webhook).toBeNull();
    expect((await load({ env: { DORA_METRICS_NOTIFY_WEBHOOK: `${WEBHOOK}\n` } })).notify.webhook).toBe(
      WEBHOOK,
    );
  });

  it.each([
    WEBHOOK,
    'https://chat.example.com:8443/hooks/x?channel=dora',
    'http://localhost:8065/hooks/x',
    'http://127.0.0.1:8065/hooks/x',
    'http://[::1]:8065/hooks/x',
  ])('may be at %s', async (webhook) => {
    expect((await load({ flags: { notifyWebhook: webhook } })).notify.webhook).toBe(webhook);
  });

  it.each([
    'http://chat.example.com/hooks/very-secret',
    'http://localhost.evil.example/very-secret',
    'https://ada@chat.example.com/hooks/very-secret',
    'https://ada:pw@chat.example.com/hooks/very-secret',
    'https://:very-secret@chat.example.com/hooks/x',
    'ftp://chat.example.com/very-secret',
    'chat.example.com/hooks/very-secret',
    '/hooks/very-secret',
  ])('may not be at %s, and what is said about it does not repeat it', async (webhook) => {
    const told = await Promise.all([
      refused({ flags: { notifyWebhook: webhook } }),
      refused({ env: { DORA_METRICS_NOTIFY_WEBHOOK: webhook } }),
    ]);
    const fromFile = await refused({ yaml: `notify: { webhook: "${webhook}" }` });

    for (const message of [...told, fromFile]) {
      expect(message).toContain('notify.webhook: is not the address of a webhook');
      expect(message).not.toContain('very-secret');
    }
  });

  it.each([
    `notify: "${WEBHOOK}"`,
    `notify: { webhook: ["${WEBHOOK}"] }`,
    `notify: { webhok: "${WEBHOOK}" }`,
    `notify: { minimumRows: "${WEBHOOK}" }`,
    `notify:\n  webhook: ${WEBHOOK}: x`,
    `notify: { webhook: "${WEBHOOK}`,
  ])('is not repeated where the file is wrong: %j', async (yaml) => {
    expect(await refused({ yaml })).not.toContain('very-secret');
  });

  it.each(['0', '-1', '1.5', 'many'])('may not be told from %s rows on', async (rows) => {
    expect(await refused({ flags: { notifyMinimumRows: rows } })).toContain('notify.minimumRows: must be');
  });
});

describe('the address is a secret', () => {
  it('and so not among the settings that the report shows', async () => {
    const { differing } = await load({ yaml: `notify: { webhook: "${WEBHOOK}", minimumRows: 5 }` });

    expect(differing).toEqual([]);
  });

  it('nor among those that the report takes from variables, to say how it is made again', () => {
    expect(SETTINGS.filter(({ path: [first] }) => first === 'notify')).toEqual([]);
  });

  it('masked wherever a variable, or a flag, holds it', () => {
    const env = { DORA_METRICS_NOTIFY_WEBHOOK: `${WEBHOOK}\n`, SLACK_WEBHOOK_URL: 'https://x.example/hook' };

    expect(mask(`a ${WEBHOOK} b https://x.example/hook`, secretsOf(env))).toBe('a *** b ***');
    expect(secretsOf({}, ['update', '--notify-webhook', WEBHOOK])).toEqual([WEBHOOK]);
    expect(secretsOf({}, ['update', `--notify-webhook=${WEBHOOK}`])).toEqual([WEBHOOK]);
    expect(secretsOf({}, ['update', '--notify-minimum-rows', '1000', '--notify-webhook'])).toEqual([]);
  });

  it.each([
    ['calculate', `--notify-webhook=${WEBHOOK}`],
    ['update', `--notify-webhok=${WEBHOOK}`],
    ['update', `--webhook=${WEBHOOK}`],
  ])('that a message about a flag which %s does not have leaves out', async (command, flag) => {
    const text = await said([command, flag]);

    expect(text).toContain('unknown option');
    expect(text).not.toContain('very-secret');
  });

  it('that --help does not show', async () => {
    const text = await said(['update', '--help'], { DORA_METRICS_NOTIFY_WEBHOOK: WEBHOOK });

    expect(text).toContain('DORA_METRICS_NOTIFY_WEBHOOK');
    expect(text).not.toContain('very-secret');
  });
});

describe('the flags', () => {
  it('belong to who extracts, not to who computes or only asks GitHub', () => {
    const flags = (which: 'all' | 'asking' | 'computing') =>
      settingsOptions(which).flatMap(({ long }) => (long?.startsWith('--notify') === true ? [long] : []));

    expect(flags('all')).toEqual(['--notify-webhook', '--notify-minimum-rows']);
    expect([...flags('asking'), ...flags('computing')]).toEqual([]);
  });

  it('have variables of the same names and keys that editors know', () => {
    const schema = JSON.stringify(configurationSchema());

    expect(NOTIFY_SETTINGS.map(({ env }) => env)).toEqual([
      'DORA_METRICS_NOTIFY_WEBHOOK',
      'DORA_METRICS_NOTIFY_MINIMUM_ROWS',
    ]);
    expect(
      NOTIFY_SETTINGS.flatMap(({ path: where }) => where).every((key) => schema.includes(`"${key}"`)),
    ).toBe(true);
  });
});
