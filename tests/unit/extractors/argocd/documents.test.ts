import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { documentsIn, type DocumentLimits } from '../../../../src/extractors/argocd/documents.ts';
import { all } from '../../../support/argocd/access.ts';
import { application } from '../../../support/argocd/applications.ts';

const APPS = [application('a'), application('b', 'team'), application('c')];

/** The bytes in pieces of so many. */
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(content: string | Uint8Array, limits: DocumentLimits = {}, size = 7): Promise<unknown[]> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return await all(documentsIn({ name: 'apps.json', bytes: inPieces(bytes, size) }, limits));
}

async function failure(content: string | Uint8Array, limits: DocumentLimits = {}): Promise<string> {
  const error: unknown = await read(content, limits).then(
    () => 'it did not fail',
    (thrown: unknown) => thrown,
  );
  return error instanceof Error
    ? `${error.message} | ${'hint' in error ? String(error.hint) : ''}`
    : String(error);
}

const ENVELOPES: readonly (readonly [string, (items: readonly unknown[]) => unknown])[] = [
  ['a bare array', (items) => items],
  [
    'a list of kubectl',
    (items) => ({ apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } }),
  ],
  [
    'a list of the API',
    (items) => ({ apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationList', metadata: {}, items }),
  ],
  ['a list of Argo CD', (items) => ({ metadata: { resourceVersion: '1' }, items })],
];

describe('the documents of JSON', () => {
  it.each(ENVELOPES)('are the items of %s', async (_what, around) => {
    expect(await read(JSON.stringify(around(APPS)))).toEqual(APPS);
    expect(await read(JSON.stringify(around(APPS), null, 4))).toEqual(APPS);
    expect(await read(JSON.stringify(around([])))).toEqual([]);
  });

  it('are one object, or one a line, or lists one after the other', async () => {
    const [one] = APPS;

    expect(await read(JSON.stringify(one))).toEqual([one]);
    expect(await read(APPS.map((app) => JSON.stringify(app)).join('\n'))).toEqual(APPS);
    expect(await read(APPS.map((app) => JSON.stringify(app, null, 2)).join('\r\n'))).toEqual(APPS);
    expect(await read(`${JSON.stringify({ items: APPS })}\n${JSON.stringify(APPS)}`)).toEqual([
      ...APPS,
      ...APPS,
    ]);
  });

  it('are none where the list of nothing is null, as Go writes it', async () => {
    expect(await read('{"metadata":{},"items":null}')).toEqual([]);
  });

  it('are of other kinds where they are', async () => {
    const items = [{ kind: 'ConfigMap' }, null, 7, 'text', [], true, -1.5e3];

    expect(await read(JSON.stringify({ kind: 'List', items }))).toEqual(items);
  });

  it('do not end at an array that only looks like the items', async () => {
    const document = { metadata: { items: [1] }, spec: { items: [{}] } };

    expect(await read(JSON.stringify(document))).toEqual([document]);
  });

  it('may have a key that other programs stumble over', async () => {
    const text = '{"__proto__":{"polluted":true}}';

    expect((await read(text)).map((one) => JSON.stringify(one))).toEqual([text]);
  });

  it.each([
    ['a mark of the order of bytes', Buffer.from(`\ufeff${JSON.stringify(APPS)}`)],
    ['UTF-16, as PowerShell writes it', Buffer.from(`\ufeff${JSON.stringify(APPS)}`, 'utf16le')],
    ['UTF-16 the other way round', Buffer.from(`\ufeff${JSON.stringify(APPS)}`, 'utf16le').swap16()],
  ])('come through %s', async (_what, bytes) => {
    expect(await read(bytes)).toEqual(APPS);
  });

  it('are what JSON.parse makes of them, wherever the pieces end', async () => {
    const lists = fc.tuple(
      fc.array(fc.jsonValue(), { maxLength: 6 }),
      fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
      fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(0, 1, 2),
    );
    await fc.assert(
      fc.asyncProperty(lists, async ([items, before, after, size, indent]) => {
        delete before['items'];
        delete after['items'];
        const text = JSON.stringify({ ...before, items, ...after }, null, indent);

        expect(await read(text, {}, size)).toEqual(JSON.parse(JSON.stringify(items)));
      }),
    );
  });
});

describe('the documents of YAML', () => {
  it.each(ENVELOPES)('are the items of %s', async (_what, around) => {
    expect(await read(stringify(around(APPS)))).toEqual(APPS);
    expect(await read(stringify(around(APPS), { indentSeq: false }))).toEqual(APPS);
    expect(await read(stringify(around([])))).toEqual([]);
  });

  it('are one object, or several with lines between them', async () => {
    const [one] = APPS;

    expect(await read(stringify(one))).toEqual([one]);
    expect(
      await read(`# from git\n---\n${APPS.map((app) => stringify(app)).join('---\n# next\n')}...\n---\n`),
    ).toEqual(APPS);
  });

  it('are whole where a text looks like the next item', async () => {
    const items = [
      { text: 'first\n- second\n---x\nitems:\n- third\n', nested: [{ items: [1] }] },
      { a: [['b']] },
    ];

    expect(await read(stringify({ kind: 'List', items }, { indentSeq: false }))).toEqual(items);
    expect(await read(stringify({ kind: 'List', items }))).toEqual(items);
    expect(await read(stringify(items))).toEqual(items);
  });

  it('come through line ends of Windows', async () => {
    expect(await read(stringify({ kind: 'List', items: APPS }).replaceAll('\n', '\r\n'))).toEqual(APPS);
  });

  it('keep texts that other versions of YAML take for something else', async () => {
    expect(await read('version: "1.20"\nat: 2026-01-09T08:00:00Z\nanswer: no\n')).toEqual([
      { version: '1.20', at: '2026-01-09T08:00:00Z', answer: 'no' },
    ]);
  });
});

describe('what cannot be read', () => {
  const whole = JSON.stringify({ items: APPS });
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map((name, at) => {
      const before = 'abcdefg'[at] ?? '';
      return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(',')}]`;
    }),
  ].join('\n');

  it.each([
    [
      'nothing',
      '',
      /^apps\.json is empty \| write it again, as in: kubectl get applications\.argoproj\.io -A -o json/u,
    ],
    ['blanks', ' \n\n\t\n', /^apps\.json is empty/u],
    [
      'a web page',
      '<!DOCTYPE html><title>Log in</title>',
      /^apps\.json is a web page \| a login page, perhaps/u,
    ],
    ['a binary file', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1]), /^apps\.json is a binary file/u],
    [
      'a compressed file',
      Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]),
      /^apps\.json is compressed \| unpack it first/u,
    ],
    ['half of a list', whole.slice(0, 1800), /^apps\.json line 1 \(item 3\) ends in the middle/u],
    ['a list without its end', '[\n{"a":\n1},\n{"b":2}', /^apps\.json line 4 \(item 2\) ends in the middle/u],
    ['half of an object', '{"kind":"Application","metadata":{', /^apps\.json line 1 ends in the middle/u],
    ['text behind JSON', '{"a":1}\n\nhello', /^apps\.json line 3 is neither JSON nor YAML/u],
    ['a slip in an item', '[{"a":1},\n{"a":,}]', /^apps\.json line 2 \(item 2\) is neither JSON nor YAML/u],
    ['a comma too many', '[{"a":1},]', /^apps\.json line 1 \(item 2\) is neither/u],
    ['a comma too few', '{"items":[{} {}]}', /^apps\.json line 1 \(item 1\) is neither/u],
    ['a colon too few', '{"items" [{}]}', /^apps\.json line 1 is neither/u],
    [
      'a table',
      'NAME   SYNC STATUS\nbilling   Synced   Healthy\n',
      /^apps\.json line 1 is neither JSON nor YAML.* \| mind -o json/u,
    ],
    ['a message', 'No resources found', /^apps\.json line 1 is neither JSON nor YAML/u],
    ['a slip in YAML', 'items:\n- a: 1\n- b: [1\n- c: 1\n', /^apps\.json line \d \(item 2\) is neither/u],
    [
      'bytes that are no text',
      Buffer.from([...Buffer.from('{"a":"'), 0xff, 0xfe, ...Buffer.from('"}')]),
      /is not text in UTF-8/u,
    ],
    [
      'bytes that are no text in YAML',
      Buffer.from([...Buffer.from('a: '), 0xff, 0xfe, 10]),
      /is not text in UTF-8/u,
    ],
    ['a bomb', bomb, /^apps\.json line 1 repeats itself without end \(YAML aliases\)/u],
    [
      'a bomb within a list',
      `items:\n- a: 1\n- ${bomb.replaceAll('\n', '\n  ')}\n`,
      /^apps\.json line 3 \(item 2\) repeats itself/u,
    ],
  ])('is said with its place: %s', async (_what, content, message) => {
    expect(await failure(content)).toMatch(message);
  });

  it('is more than is held of one item, but not of many', async () => {
    expect(await read(JSON.stringify(APPS), { json: 1000 })).toEqual(APPS);
    expect(await failure(JSON.stringify(APPS), { json: 300 })).toMatch(
      /^apps\.json line 1 \(item 1\) is larger than/u,
    );
    expect(await failure(JSON.stringify(APPS[0]), { json: 300 })).toMatch(
      /^apps\.json line 1 is larger than/u,
    );
    expect(await read(stringify({ items: APPS }), { yaml: 1000 })).toEqual(APPS);
    expect(await failure(stringify({ items: APPS }), { yaml: 300 })).toMatch(
      /^apps\.json line 2 \(item 1\) is larger/u,
    );
    expect(await failure(`a: ${'x'.repeat(400)}`, { yaml: 300 })).toMatch(/^apps\.json line 1 is larger/u);
  });

  it('does not take back what came before it', async () => {
    const found: unknown[] = [];
    const reading = async () => {
      const bytes = inPieces(Buffer.from(whole.slice(0, -20)), 50);
      for await (const document of documentsIn({ name: 'apps.json', bytes })) found.push(document);
    };

    await expect(reading()).rejects.toThrow('ends in the middle');
    expect(found).toEqual(APPS.slice(0, 2));
  });

  it('is not quoted: there may be secrets in it', async () => {
    expect(await failure('[{"password": "hunter2" oops}]')).not.toContain('hunter2');
    expect(await failure('password: hunter2\n  oops: [')).not.toContain('hunter2');
  });

  it('leaves the source alone once it was read far enough', async () => {
    let isLeft = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from('[');
        for (;;) yield Buffer.from('{"a":1},');
      } finally {
        isLeft = true;
      }
    }
    for await (const _document of documentsIn({ name: 'apps.json', bytes: endless() })) break;

    expect(isLeft).toBe(true);
  });
});
