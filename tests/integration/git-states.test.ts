import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { git, gitEnvironment } from '../../fixtures/history/git.ts';
import { buildHistory, type HistoryBuilder } from '../../fixtures/history/history-builder.ts';
import { dora, doraOk, ended, start, type Run } from '../support/cli.ts';
import { AS_OF, day, describeSmallShop, sharedFolder, smallShop, testFolder } from '../support/repo.ts';
import { datasetOf, filesIn, readTable } from '../support/workspace.ts';

interface Extraction {
  /** The whole line that `extract` prints for a repository. */
  readonly said: string;
  readonly notices: string;
  readonly data: string;
}

/** Extracts the clone in `cwd` into a workspace beside it. */
async function extract(cwd: string, argv: readonly string[] = [], env = {}): Promise<Extraction> {
  const data = path.join(path.dirname(cwd), 'workspace');
  const { code, stdout, stderr } = await dora(['extract', ...argv, '--data', data], { cwd, env });
  if (code !== 0) throw new Error(stderr);
  return { said: stdout.trimEnd(), notices: stderr, data };
}

/** What the dataset says in the end: deployments, what they shipped, and what was set aside. */
async function outcome(data: string) {
  const [deployments, changes, setAside] = await Promise.all([
    readTable(data, 'deployments'),
    readTable(data, 'changes'),
    readTable(data, 'set-aside'),
  ]);
  return {
    deployments: deployments.map((row) => `${row['name'] ?? ''} ${row['shipped_changes'] ?? ''}`),
    changes: changes.map((row) => `${row['subject'] ?? ''} ${row['lead_time_seconds'] ?? ''}`).sort(),
    setAside: setAside.map((row) => `${row['reason'] ?? ''} ${row['subject'] ?? ''}`).sort(),
  };
}

const SMALL_SHOP = {
  deployments: ['v1.0.0 0', 'v1.1.0 2', 'v1.1.1 1'],
  changes: ['Revert "cart: discounts" 7200', 'cart: discounts 432000', 'pay: by invoice 345600'],
  setAside: ['before-baseline cart: begin', 'unreleased pay: by card'],
};

/** A new folder with a repository called `shop` in it. */
async function repository(
  describeIt: (history: HistoryBuilder) => Promise<void>,
  options: { readonly objectFormat?: 'sha256'; readonly bare?: boolean; readonly branch?: string } = {},
): Promise<string> {
  const directory = path.join(await testFolder(), 'shop');
  await buildHistory({ directory, ...options }, describeIt);
  return directory;
}

const template = sharedFolder(async (folder) => await smallShop(path.join(folder, 'shop')));

/** A copy of the small shop that a test may do anything to. */
async function copy(): Promise<string> {
  const folder = await testFolder();
  await cp(path.join(template(), 'shop'), path.join(folder, 'shop'), { recursive: true });
  return path.join(folder, 'shop');
}

/** Writes an object as it is given, whatever git thinks of it. */
async function writeObject(cwd: string, type: string, content: string | Uint8Array): Promise<string> {
  const args = ['hash-object', '-t', type, '-w', '--literally', '--stdin'];
  const child = spawn('git', args, { cwd, env: gitEnvironment() });
  const end = ended(child);
  child.stdin.end(content);
  const { code, stdout, stderr } = await end;
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** A commit without files. `author` and `committer` are whole lines, `headers` goes between them and the message. */
async function writeCommit(
  cwd: string,
  {
    parent,
    author,
    committer,
    headers = '',
    message,
  }: {
    readonly parent: string | null;
    readonly author: string;
    readonly committer?: string;
    readonly headers?: string;
    readonly message: string | Uint8Array;
  },
): Promise<string> {
  const tree = await writeObject(cwd, 'tree', '');
  const parents = parent === null ? '' : `parent ${parent}\n`;
  const head = `tree ${tree}\n${parents}author ${author}\ncommitter ${committer ?? author}\n${headers}\n`;
  return await writeObject(cwd, 'commit', Buffer.concat([Buffer.from(head), Buffer.from(message)]));
}

describe('kinds of clones', () => {
  it('reads a SHA-256 repository like any other', async () => {
    const shop = await repository(describeSmallShop, { objectFormat: 'sha256' });

    const { data } = await extract(shop);

    expect(await outcome(data)).toEqual(SMALL_SHOP);
    expect((await readTable(data, 'changes'))[0]?.['commit']).toMatch(/^[0-9a-f]{64}$/u);
  });

  it('reads a bare repository, and calls it by its folder without .git', async () => {
    const shop = await copy();
    const bare = path.join(shop, '../bare.git');
    await git(shop, ['clone', '--quiet', '--bare', '.', bare]);

    const { data, said } = await extract(bare);

    expect(await outcome(data)).toEqual(SMALL_SHOP);
    expect(said).toMatch(/^bare: 5 new commits/u);
  });

  it('reads a linked worktree, whatever is checked out there', async () => {
    const shop = await copy();
    await git(shop, ['worktree', 'add', '--quiet', '--detach', '../tree', 'v1.0.0']);
    await git(shop, ['clone', '--quiet', '--bare', '.', '../origin.git']);
    await git(shop, ['remote', 'add', 'origin', '../origin.git']);
    await git(shop, ['fetch', '--quiet', 'origin']);
    await git(shop, ['remote', 'set-head', 'origin', '--auto']);

    const { data, said } = await extract(path.join(shop, '../tree'));

    expect(await outcome(data)).toEqual(SMALL_SHOP);
    expect(said).toContain('5 new commits, 5 in all, 3 tags, main at');
  });

  it('reads a submodule from inside', async () => {
    const shop = await copy();
    const outer = path.join(shop, '../outer');
    await git('.', ['init', '--quiet', outer]);
    await git(outer, [
      '-c',
      'protocol.file.allow=always',
      'submodule',
      'add',
      '--quiet',
      shop,
      'modules/shop',
    ]);

    const { data } = await extract(path.join(outer, 'modules/shop'));

    expect(await outcome(data)).toEqual(SMALL_SHOP);
  });

  it('reads a subfolder as the clone it belongs to', async () => {
    const shop = await copy();
    await mkdir(path.join(shop, 'deep/inside'), { recursive: true });

    const { data } = await extract(path.join(shop, 'deep/inside'));

    expect(await outcome(data)).toEqual(SMALL_SHOP);
  });

  it('reads a partial clone without fetching what it lacks', async () => {
    const shop = await copy();
    await git(shop, ['config', 'uploadpack.allowFilter', 'true']);
    await git(shop, [
      'clone',
      '--quiet',
      '--filter=blob:none',
      '--no-checkout',
      `file://${shop}`,
      '../partial',
    ]);
    await rename(shop, `${shop}-gone`);

    const { data } = await extract(path.join(shop, '../partial'));

    expect(await outcome(data)).toEqual(SMALL_SHOP);
  });

  it.each([['with spaces and ümläuts 漢字'], ["quote ' and $HOME"], ['semi;colon&amp']])(
    'does not mind a folder called %s',
    async (name) => {
      const shop = await copy();
      const odd = path.join(shop, '..', name, 'shop');
      await mkdir(path.dirname(odd));
      await rename(shop, odd);

      const { data, said } = await extract(odd);

      expect(await outcome(data)).toEqual(SMALL_SHOP);
      expect(said).toMatch(/^shop: /u);
      expect(await doraOk(['calculate', '--data', data], { cwd: odd })).toContain('as of');
    },
  );

  it('stays in the folder it was started in when GIT_DIR names another repository', async () => {
    const shop = await copy();
    const other = await repository(async (history) => {
      await history.commit({ message: 'not this one' });
    });
    const env = { GIT_DIR: path.join(other, '.git'), GIT_WORK_TREE: other, GIT_INDEX_FILE: '/nonexistent' };

    const { data } = await extract(shop, [], env);

    expect(await outcome(data)).toEqual(SMALL_SHOP);
  });
});

describe('which branch counts', () => {
  it('is what origin/HEAD names, not what is checked out', async () => {
    const shop = await copy();
    await git(shop, ['clone', '--quiet', '.', '../clone']);
    const clone = path.join(shop, '../clone');
    await git(clone, ['checkout', '--quiet', '-b', 'feature', 'v1.0.0']);

    expect((await extract(clone)).said).toContain(' main at ');
  });

  it('is the remote branch of the current one when origin/HEAD is not known', async () => {
    const shop = await copy();
    await git(shop, ['clone', '--quiet', '.', '../clone']);
    const clone = path.join(shop, '../clone');
    await git(clone, ['remote', 'set-head', 'origin', '--delete']);
    await git(clone, ['reset', '--quiet', '--hard', 'v1.0.0']);

    const { data, said } = await extract(clone);

    expect(said).toContain(' main at ');
    expect(await outcome(data)).toEqual(SMALL_SHOP);
  });

  it('is the same in the clone of a clone', async () => {
    const shop = await copy();
    await git(shop, ['clone', '--quiet', '.', '../first']);
    await git(shop, ['clone', '--quiet', '../first', '../second']);

    const { data } = await extract(path.join(shop, '../second'));

    expect(await outcome(data)).toEqual(SMALL_SHOP);
  });

  it('is the commit itself on a detached HEAD without origin, which is said', async () => {
    const shop = await copy();
    await git(shop, ['checkout', '--quiet', '--detach', 'v1.1.0']);

    const { data, notices } = await extract(shop);

    expect(notices).toContain(
      'warning: shop: HEAD is detached and origin/HEAD is not known: its commit stands in for the branch\n',
    );
    const { deployments, changes, setAside } = await outcome(data);
    expect({ deployments, changes }).toEqual({
      deployments: SMALL_SHOP.deployments,
      changes: SMALL_SHOP.changes,
    });
    expect(setAside).toContain('other-branch pay: by card');
  });

  it('is the only branch there is when HEAD names one that was never born', async () => {
    const shop = await copy();
    await git(shop, ['symbolic-ref', 'HEAD', 'refs/heads/unborn']);

    const { data, said } = await extract(shop);

    expect(said).toContain(' main at ');
    expect(await outcome(data)).toEqual(SMALL_SHOP);
  });

  it('has to be named when HEAD is unborn and no branch has a usual name', async () => {
    const shop = await copy();
    await git(shop, ['branch', '--move', 'main', 'alpha']);
    await git(shop, ['branch', 'beta', 'v1.0.0']);
    await git(shop, ['symbolic-ref', 'HEAD', 'refs/heads/unborn']);

    const { code, stderr } = await dora(['extract'], { cwd: shop });

    expect(stderr).toContain(
      `error: repository ${shop}: HEAD names a branch that does not exist\nhint: set repositories[].branch to one of: alpha, beta.\n`,
    );
    expect(code).toBe(2);
  });

  it('finds no commit in a repository whose HEAD is unborn and that has only tags', async () => {
    const shop = await copy();
    await git(shop, ['symbolic-ref', 'HEAD', 'refs/heads/unborn']);
    await git(shop, ['update-ref', '-d', 'refs/heads/main']);

    const { data } = await extract(shop);

    expect((await outcome(data)).deployments).toEqual(SMALL_SHOP.deployments);
  });

  it('is not missed for want of commits when there are only tags', async () => {
    const shop = await copy();
    await git(shop, ['symbolic-ref', 'HEAD', 'refs/heads/unborn']);
    await git(shop, ['update-ref', '-d', 'refs/heads/main']);

    expect((await extract(shop)).notices).not.toContain('has no commits');
  });
});

describe('what only one clone knows', () => {
  it('uses the mailmap for names, as every clone does', async () => {
    const shop = await copy();
    await writeFile(path.join(shop, '.mailmap'), 'Sam Renamed <sam@acme.example>\n');

    const { data } = await extract(shop);

    expect((await readTable(data, 'changes')).map((row) => row['author'])).toEqual(
      Array.from({ length: 3 }, () => 'Sam Renamed'),
    );
  });

  it('ignores replaced commits and says so', async () => {
    const shop = await copy();
    await git(shop, ['replace', 'v1.1.0^{commit}', 'v1.0.0^{commit}']);

    const { data, notices } = await extract(shop);

    expect(notices).toContain(
      'warning: shop: replaced commits (refs/replace) are ignored: a result must be the same in every clone\n',
    );
    expect(await outcome(data)).toEqual(SMALL_SHOP);
  });

  async function graftedNotices(): Promise<string> {
    const shop = await copy();
    const grafted = await git(shop, ['rev-parse', 'v1.1.0^{commit}']);
    await mkdir(path.join(shop, '.git/info'), { recursive: true });
    await writeFile(path.join(shop, '.git/info/grafts'), `${grafted}\n`);

    const { data, notices } = await extract(shop);

    expect(await outcome(data)).toEqual(SMALL_SHOP);
    return notices;
  }

  it('ignores grafts', async () => {
    await graftedNotices();
  });

  it('says that it ignores grafts', async () => {
    expect(await graftedNotices()).toMatch(/graft/u);
  });

  it('reads the same under a configuration that changes every output of git', async () => {
    const shop = await copy();
    const settings = [
      ['color.ui', 'always'],
      ['log.showSignature', 'true'],
      ['log.date', 'relative'],
      ['log.decorate', 'full'],
      ['log.follow', 'true'],
      ['log.mailmap', 'false'],
      ['log.diffMerges', 'first-parent'],
      ['format.pretty', 'fuller'],
      ['format.notes', 'true'],
      ['i18n.logOutputEncoding', 'UTF-16'],
      ['core.quotePath', 'false'],
      ['core.pager', 'false'],
      ['core.commentChar', '%'],
      ['core.abbrev', '4'],
      ['diff.renames', 'copies'],
      ['diff.noprefix', 'true'],
      ['diff.external', 'false'],
      ['diff.relative', 'true'],
      ['diff.ignoreSubmodules', 'all'],
      ['grep.patternType', 'perl'],
      ['tag.sort', '-creatordate'],
      ['versionsort.suffix', '-rc'],
      ['pager.log', 'cat -v'],
      ['alias.log', 'log --oneline'],
      ['core.fsmonitor', 'true'],
    ] as const;
    const text = settings
      .map(([name, value]) => {
        const [section = '', key = ''] = name.split('.');
        return `[${section}]\n\t${key} = ${value}\n`;
      })
      .join('');
    const config = path.join(shop, '../gitconfig');
    await writeFile(config, text);
    const yaml = 'repositories: [{ path: ., components: [{ name: all, paths: ["**"], tags: "^v" }] }]\n';
    await writeFile(path.join(shop, 'dora-metrics.yaml'), yaml);

    const { data } = await extract(shop, [], { GIT_CONFIG_GLOBAL: config });
    const configured = await datasetOf(data);
    await rm(data, { recursive: true });
    const plain = await extract(shop);

    expect(configured).toEqual(await datasetOf(plain.data));
    expect((await outcome(plain.data)).deployments).toEqual(SMALL_SHOP.deployments);
  });

  it.each([
    ['log.showRoot', 'false'], // the first commit touches no path
    ['diff.orderFile', '/nonexistent'], // git log refuses to begin
  ])('reads the paths of every commit under %s = %s', async (name, value) => {
    const shop = await copy();
    const yaml = 'repositories: [{ path: ., components: [{ name: all, paths: ["**"], tags: "^v" }] }]\n';
    await writeFile(path.join(shop, 'dora-metrics.yaml'), yaml);
    await git(shop, ['config', name, value]);

    const { data } = await extract(shop);

    expect(await outcome(data)).toEqual(SMALL_SHOP);
  });

  it('does not take notes for part of a message', async () => {
    const shop = await copy();
    const note = 'This reverts commit 1234567.';
    const person = ['-c', 'user.name=Sam', '-c', 'user.email=sam@acme.example'];
    await git(shop, [...person, 'notes', 'add', '-m', note, 'v1.1.0^{commit}']);

    const { data } = await extract(shop);

    expect(await outcome(data)).toEqual(SMALL_SHOP);
    expect(await wholeText(data)).not.toContain('1234567');
  });
});

/** All bytes of a workspace in one text. */
async function wholeText(data: string): Promise<string> {
  const texts = await Promise.all(
    (await filesIn(data)).map((file) => readFile(path.join(data, file), 'latin1')),
  );
  return texts.join('\n');
}

describe('tags', () => {
  it('follows a tag of a tag of a tag, and takes the outermost one for its time', async () => {
    const shop = await copy();
    const tag = async (name: string, target: string) => {
      const object = await git(shop, ['rev-parse', target]);
      const type = await git(shop, ['cat-file', '-t', object]);
      const tagger = `Sam <sam@acme.example> ${String(day(30))} +0000`;
      const content = `object ${object}\ntype ${type}\ntag ${name}\ntagger ${tagger}\n\n${name}\n`;
      await git(shop, ['update-ref', `refs/tags/${name}`, await writeObject(shop, 'tag', content)]);
    };
    await tag('inner', 'main^{commit}');
    await tag('middle', 'inner');
    await tag('v2.0.0', 'middle');

    const { data } = await extract(shop);

    const last = (await readTable(data, 'deployments')).at(-1);
    expect(last).toMatchObject({ name: 'v2.0.0', shipped_changes: '1', finished_at: '2026-02-04T09:00:00Z' });
    expect(last?.['revision']).toBe(await git(shop, ['rev-parse', 'main']));
  });

  it('sets aside tags on files and folders, also behind other tags', async () => {
    const shop = await copy();
    const blob = await git(shop, ['rev-parse', 'main:cart.txt']);
    await git(shop, ['update-ref', 'refs/tags/v7.0.0', blob]);
    await git(shop, ['update-ref', 'refs/tags/v8.0.0', await git(shop, ['rev-parse', 'main^{tree}'])]);
    const person = ['-c', 'user.name=Sam', '-c', 'user.email=sam@acme.example'];
    await git(shop, [...person, 'tag', '-m', 'a file', 'v9.0.0', blob]);
    await git(shop, [...person, 'tag', '-m', 'a tag of a file', 'v9.1.0', 'v9.0.0']);

    const { data } = await extract(shop);

    const { deployments, setAside } = await outcome(data);
    expect(deployments).toEqual(SMALL_SHOP.deployments);
    expect(setAside.filter((row) => row.startsWith('not-a-commit'))).toEqual(
      ['v7.0.0', 'v8.0.0', 'v9.0.0', 'v9.1.0'].map((name) => `not-a-commit ${name}`),
    );
  });

  it('notices a tag that was moved and one that was deleted', async () => {
    const shop = await copy();
    await extract(shop);
    await git(shop, ['tag', '--delete', 'v1.1.1']);
    await git(shop, ['update-ref', 'refs/tags/v1.1.0', await git(shop, ['rev-parse', 'main'])]);

    const { data } = await extract(shop);

    const fresh = path.join(shop, '../fresh');
    await doraOk(['extract', '--data', fresh], { cwd: shop });
    expect(await datasetOf(data)).toEqual(await datasetOf(fresh));
    expect((await outcome(data)).deployments).toEqual(['v1.0.0 0', 'v1.1.0 4']);
  });

  it('reads 2,000 of them, nested ones as well, in one go', async () => {
    const shop = await repository(async (history) => {
      for (let number = 0; number < 2000; number += 1) {
        await history.commit({ message: `change ${String(number)}` });
        const name = `v1.${String(number)}.0`;
        await history.tag({ name, annotated: number % 2 === 0 });
      }
    });
    const tagged = await git(shop, ['rev-parse', 'v1.0.0']);
    const tagger = `Sam <sam@acme.example> ${String(day(200))} +0000`;
    const lines: string[] = [];
    for (let number = 0; number < 200; number += 1) {
      const name = `nested-${String(number)}`;
      const content = `object ${tagged}\ntype tag\ntag ${name}\ntagger ${tagger}\n\n${name}\n`;
      if (lines.length < 20) lines.push(`${await writeObject(shop, 'tag', content)} refs/tags/${name}`);
    }
    await writeFile(path.join(shop, '.git/packed-refs'), `${lines.join('\n')}\n`, { flag: 'a' });

    const { data, said } = await extract(shop);

    expect(said).toContain('2000 new commits, 2000 in all, 2020 tags');
    expect((await readTable(data, 'deployments')).length).toBe(2000);
    expect((await readTable(data, 'changes')).length).toBe(1999);
  });
});

/** The small shop's first version, then these commits as they are, all shipped by `v2.0.0`. */
async function withCommits(
  commits: readonly {
    readonly author?: string;
    readonly headers?: string;
    readonly message: string | Uint8Array;
  }[],
): Promise<string> {
  const shop = await repository(async (history) => {
    await history.commit({ message: 'begin', at: day(0) });
    await history.tag({ name: 'v1.0.0', at: day(1) });
  });
  let parent = await git(shop, ['rev-parse', 'main']);
  for (const [number, { author, ...rest }] of commits.entries()) {
    const when = `${String(day(2, number))} +0000`;
    parent = await writeCommit(shop, {
      parent,
      author: `${author ?? 'Sam <sam@acme.example>'} ${when}`,
      ...rest,
    });
  }
  await git(shop, ['update-ref', 'refs/heads/main', parent]);
  const tagger = `Sam <sam@acme.example> ${String(day(5))} +0000`;
  const tag = `object ${parent}\ntype commit\ntag v2.0.0\ntagger ${tagger}\n\nv2\n`;
  await git(shop, ['update-ref', 'refs/tags/v2.0.0', await writeObject(shop, 'tag', tag)]);
  return shop;
}

async function subjectsOf(data: string): Promise<(string | undefined)[]> {
  const rows = await readTable(data, 'changes');
  return rows
    .sort((a, b) => ((a['authored_at'] ?? '') < (b['authored_at'] ?? '') ? -1 : 1))
    .map((row) => row['subject']);
}

describe('messages that are not UTF-8', () => {
  it('follows the encoding header', async () => {
    const shop = await withCommits([
      { message: Buffer.from('Gr\xfc\xdfe', 'latin1'), headers: 'encoding ISO-8859-1\n' },
      { message: Buffer.from([0x83, 0x65, 0x83, 0x58, 0x83, 0x67]), headers: 'encoding Shift_JIS\n' },
    ]);

    const { data } = await extract(shop);

    expect(await subjectsOf(data)).toEqual(['Grüße', 'テスト']);
  });

  it('takes bytes without a header, or with one that nobody knows, for Latin-1', async () => {
    const shop = await withCommits([
      { message: Buffer.from('Gr\xfc\xdfe', 'latin1') },
      { message: Buffer.from('Gr\xfc\xdfe', 'latin1'), headers: 'encoding X-UNKNOWN\n' },
      { message: 'Grüße' },
      { message: 'Grüße, and a real \uFFFD' },
    ]);

    const { data } = await extract(shop);

    expect(await subjectsOf(data)).toEqual(['Grüße', 'Grüße', 'Grüße', 'Grüße, and a real \uFFFD']);
  });
});

const ESCAPE = '\u001b';
const EVERY_CONTROL = Array.from({ length: 31 }, (_, code) => String.fromCharCode(code + 1))
  .filter((character) => character !== '\n')
  .join('');
const HOSTILE = [
  `controls ${EVERY_CONTROL}\u007f\u0080\u009b end`,
  '<script>alert(1)</script><img src=x onerror=alert(2)>',
  `red ${ESCAPE}[31malert${ESCAPE}[0m ${ESCAPE}]0;title\u0007${ESCAPE}[2J`,
  'bidi \u202Egnp.exe\u202C \u2066isolate\u2069 \u200Bzero \u2028line \uFEFFbom',
  "=cmd|' /C calc'!A0",
  "@SUM(1+1)*cmd|'/C calc'!A0",
  '-2+3+cmd',
  '+1',
  'comma, "quote" and ;semicolon\ttab',
  '`$(reboot)` | pipe ||| \\ backslash [link](javascript:alert(1)) <!-- -->',
  '"',
  '',
];
const HOSTILE_AUTHORS = [
  '=cmd|calc!A0',
  'Doe, "Joe"',
  `${ESCAPE}[31mRed`,
  '<b>Bold</b>',
  '\u202Eevil',
  'tab\there',
  '-1+1',
];

/** What no output may hold, as it would act on a terminal or a browser. Line feeds and tabs that are ours are fine. */
// eslint-disable-next-line no-control-regex -- finding them is the point
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u2028-\u202e\u2066-\u2069\ufeff]/u;

describe('hostile texts', () => {
  it('are written out in every output, and stay what they were in number', async () => {
    const shop = await withCommits([
      ...HOSTILE.map((message) => ({ message })),
      ...HOSTILE_AUTHORS.map((name, number) => ({
        author: `${name} <sam@acme.example>`,
        message: `by author ${String(number)}`,
      })),
    ]);
    const tagName = 'v3.0.0-<script>alert(3)</script>';
    await git(shop, ['tag', tagName, 'main']);

    const { data, notices } = await extract(shop);

    const outputs: Record<string, string> = { notices };
    for (const question of [
      'calculate --period day --from 2026-01-10 --to 2026-01-10',
      'calculate --period day --from 2026-01-10 --to 2026-01-10 --format csv',
      'calculate --period day --from 2026-01-10 --to 2026-01-10 --format markdown',
      'explain lead-time --period 2026-01-10',
      'explain deployment-frequency --period 2026-01-10',
      'report --period month --from 2026-01 --to 2026-01 --output -',
    ]) {
      const run = await dora([...question.split(' '), '--data', data, '--as-of', AS_OF], { cwd: shop });
      expect({ question, code: run.code }).toEqual({ question, code: 0 });
      outputs[question] = run.stdout + run.stderr;
    }
    for (const [name, text] of Object.entries(outputs)) expect(ACTING.exec(text), name).toBeNull();
    const html = Object.entries(outputs).find(([name]) => name.startsWith('report'))?.[1] ?? '';
    expect(html).not.toMatch(/<script>alert|<img src=x|<b>Bold/u);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    const rows = await readTable(data, 'changes');
    expect(rows.length).toBe(HOSTILE.length + HOSTILE_AUTHORS.length);
  });

  it('cannot become a formula, an escape or another row in any table of the dataset', async () => {
    const shop = await withCommits([
      ...HOSTILE.map((message) => ({ message })),
      ...HOSTILE_AUTHORS.map((name) => ({ author: `${name} <sam@acme.example>`, message: 'x' })),
    ]);

    const { data } = await extract(shop);

    for (const [name, text] of Object.entries(await datasetOf(data)))
      expect(ACTING.exec(text), name).toBeNull();
    for (const row of [...(await readTable(data, 'changes')), ...(await readTable(data, 'set-aside'))]) {
      for (const value of Object.values(row)) expect(value).not.toMatch(/^[=+\-@\t\r]/u);
    }
  });

  it('are cut down to a line in JSON without losing what they said', async () => {
    const shop = await withCommits(HOSTILE.map((message) => ({ message })));
    const { data } = await extract(shop);

    const argv = ['explain', 'lead-time', '--period', '2026-01-10', '--format', 'json', '--data', data];
    const text = await doraOk(argv, { cwd: shop });

    expect(ACTING.exec(text)).toBeNull();
    expect(text).toContain('<script>alert(1)</script>');
    expect(text).toContain("=cmd|' /C calc'!A0");
  });

  it('in the name of a branch are written out', async () => {
    const shop = await copy();
    const name = 'b\u202Eevil-<script>';
    await git(shop, ['branch', '--move', 'main', name]);

    const { said } = await extract(shop);

    expect(said).toContain(String.raw`b\u202eevil-<script> at`);
  });
});

describe('e-mail addresses', () => {
  it('are in no file of the workspace, wherever somebody wrote one', async () => {
    const shop = await withCommits([
      { message: 'ask joe.doe+x@mail.acme.example about it' },
      {
        message:
          'subject\n\nCo-authored-by: Joe Doe <joe@acme.example>\nCo-authored-by: joe@acme.example <>\n',
      },
      { author: 'joe@acme.example <joe@acme.example>', message: 'name is an address' },
      { author: 'Joe (joe@acme.example) <x>', message: 'name holds an address' },
      { author: ' <joe@acme.example>', message: 'no name' },
      { message: 'mailto:joe@acme.example,jim@acme.example;<jane@acme.example>' },
      { message: 'jörg@acme.example and JOE@ACME.EXAMPLE' },
      { message: 'joe@localhost.localdomain. (joe@acme.co.uk)' },
      { message: 'joe@acme.example(cherry picked from commit 1234567890)' },
    ]);
    const person = ['-c', 'user.name=Sam', '-c', 'user.email=sam@acme.example'];
    await git(shop, [...person, 'tag', '-m', 'joe@acme.example', 'v2.0.1']);

    const { data } = await extract(shop);

    const found = /[^\s"'<>(),;:|]+@[\p{L}\w-]+(?:\.[\p{L}\w-]+)+/gu;
    const texts = await Promise.all(
      (await filesIn(data)).map(async (file) => await readFile(path.join(data, file), 'utf8')),
    );
    expect(texts.flatMap((text) => text.match(found) ?? [])).toEqual([]);
  });
});

describe('e-mail addresses of the whole world', () => {
  it.each(['joe@büro.example', 'joe@例え.テスト'])('%s is not stored', async (address) => {
    const shop = await withCommits([{ message: `ask ${address} about it` }]);

    const { data } = await extract(shop);

    expect(await subjectsOf(data)).toEqual(['ask [e-mail] about it']);
  });
});

describe('dates', () => {
  const DATES = [
    '-1',
    '0',
    '4102444801',
    '99999999999',
    '253402300800',
    '9223372036854775807',
    '18446744073709551616',
    'now',
    '',
  ];

  it('that git cannot read or no calendar has set their commit aside and stop nothing', async () => {
    const shop = await repository(async (history) => {
      await history.commit({ message: 'begin', at: day(0) });
      await history.tag({ name: 'v1.0.0', at: day(1) });
    });
    let parent = await git(shop, ['rev-parse', 'main']);
    for (const date of DATES) {
      const person = `Sam <sam@acme.example> ${date} +0000`;
      parent = await writeCommit(shop, { parent, author: person, message: `date ${date}` });
    }
    const fine = `Sam <sam@acme.example> ${String(day(2))} +0000`;
    parent = await writeCommit(shop, { parent, author: fine, message: 'fine' });
    await git(shop, ['update-ref', 'refs/heads/main', parent]);
    await git(shop, ['update-ref', 'refs/tags/v2.0.0', parent]);

    const { data } = await extract(shop);

    const { changes, setAside } = await outcome(data);
    expect(changes).toContain('fine 0');
    expect(changes.length + setAside.length).toBe(DATES.length + 2);
    for (const command of ['calculate', 'explain lead-time --period 2026-01', 'report --output -'])
      await doraOk([...command.split(' '), '--data', data], { cwd: shop });
  });

  it('before 1970 are dates like any other', async () => {
    const shop = await copy();
    const person = 'Sam <sam@acme.example>';
    const parent = await git(shop, ['rev-parse', 'main']);
    const commit = await writeCommit(shop, {
      parent,
      author: `${person} -86400 +0000`,
      committer: `${person} ${String(day(9))} +0000`,
      message: 'old',
    });
    await git(shop, ['update-ref', 'refs/heads/main', commit]);
    await git(shop, ['update-ref', 'refs/tags/v2.0.0', commit]);

    const { data } = await extract(shop);

    const { changes, setAside } = await outcome(data);
    expect([...changes, ...setAside].filter((row) => / old(?: |$)|^old /u.test(row)).length).toBe(1);
  });

  it('of a tag that are broken set the deployment aside and stop nothing', async () => {
    const shop = await copy();
    const object = await git(shop, ['rev-parse', 'main']);
    for (const [number, date] of DATES.entries()) {
      const name = `v3.${String(number)}.0`;
      const content = `object ${object}\ntype commit\ntag ${name}\ntagger Sam <sam@acme.example> ${date} +0000\n\nx\n`;
      await git(shop, ['update-ref', `refs/tags/${name}`, await writeObject(shop, 'tag', content)]);
    }
    const headless = `object ${object}\ntype commit\ntag v4.0.0\n\nno tagger\n`;
    await git(shop, ['update-ref', 'refs/tags/v4.0.0', await writeObject(shop, 'tag', headless)]);

    const { data } = await extract(shop);

    expect((await outcome(data)).deployments.length).toBeGreaterThan(3);
    await doraOk(['calculate', '--data', data], { cwd: shop });
  });
});

describe('history that was rewritten', () => {
  /** The dataset must be that of a workspace that never saw the old history. */
  async function expectForgotten(shop: string, data: string): Promise<void> {
    const fresh = path.join(shop, '../fresh');
    await doraOk(['extract', '--data', fresh], { cwd: shop });
    expect(await datasetOf(data)).toEqual(await datasetOf(fresh));
  }

  it('is noticed and said, and dropped commits leave the dataset', async () => {
    const shop = await copy();
    const { data } = await extract(shop);
    const old = await git(shop, ['rev-parse', 'main']);
    await git(shop, ['checkout', '--quiet', '--detach', 'v1.1.0']);
    const commit = await writeCommit(shop, {
      parent: await git(shop, ['rev-parse', 'v1.1.0^{commit}']),
      author: `Sam <sam@acme.example> ${String(day(10))} +0000`,
      message: 'another way',
    });
    await git(shop, ['update-ref', 'refs/heads/main', commit]);
    await git(shop, ['symbolic-ref', 'HEAD', 'refs/heads/main']);

    const { notices } = await extract(shop);

    expect(notices).toContain(
      `warning: shop: history was rewritten: main went from ${old.slice(0, 10)} to ${commit.slice(0, 10)}; commits that no ref reaches any more are left out\n`,
    );
    await expectForgotten(shop, data);
    expect((await outcome(data)).setAside).toContain('unreleased another way');
    expect((await datasetOf(data))['set-aside.csv']).not.toContain(old);
  });

  it('in the last commit alone (amend) is noticed as well', async () => {
    const shop = await copy();
    const { data } = await extract(shop);
    const person = ['-c', 'user.name=Sam', '-c', 'user.email=sam@acme.example'];
    await git(shop, [...person, 'commit', '--quiet', '--amend', '-m', 'pay: by card, amended']);

    const { notices } = await extract(shop);

    expect(notices).toContain('history was rewritten: main went from');
    await expectForgotten(shop, data);
  });

  // `--ignore-missing` only counts for what comes after it, and stands behind `--stdin`
  it('and garbage-collected in the clone stops nothing', async () => {
    const shop = await copy();
    const { data } = await extract(shop);
    await git(shop, ['reset', '--quiet', '--hard', 'v1.1.1']);
    await git(shop, ['reflog', 'expire', '--expire=now', '--all']);
    await git(shop, ['gc', '--quiet', '--prune=now']);

    const { notices } = await extract(shop);

    expect(notices).toContain('history was rewritten: main went from');
    await expectForgotten(shop, data);
  });

  it('and put back again gives what there was before', async () => {
    const shop = await copy();
    const { data } = await extract(shop);
    const before = await datasetOf(data);
    const tip = await git(shop, ['rev-parse', 'main']);
    await git(shop, ['update-ref', 'refs/heads/main', 'v1.1.0^{commit}']);
    await extract(shop);
    await git(shop, ['update-ref', 'refs/heads/main', tip]);

    await extract(shop);

    expect(await datasetOf(data)).toEqual(before);
  });
});

const MONOREPO_YAML = `repositories:
  - path: .
    components:
      - { name: ui, paths: ["packages/ui/**"] }
      - { name: api, paths: ["packages/api/**"] }
`;

describe('components', () => {
  it('have their own tags, and only the commits that touch their paths', async () => {
    const shop = await repository(async (history) => {
      const touch = async (message: string, ...files: string[]) =>
        await history.commit({
          message,
          files: Object.fromEntries(files.map((file) => [file, `${message}\n`])),
        });
      await touch('begin', 'packages/ui/a', 'packages/api/a');
      await history.tag({ name: 'ui-v1.0.0' });
      await history.tag({ name: 'api@1.0.0' });
      await touch('ui only', 'packages/ui/b');
      await touch('api only', 'packages/api/b');
      await touch('both', 'packages/ui/c', 'packages/api/c');
      await touch('neither', 'README.md');
      await history.tag({ name: 'ui-v1.1.0' });
      await history.tag({ name: 'api@1.1.0' });
      await history.tag({ name: 'v9.9.9' });
    });
    await writeFile(path.join(shop, 'dora-metrics.yaml'), MONOREPO_YAML);

    const { data } = await extract(shop);

    const rows = await readTable(data, 'changes');
    expect(rows.map((row) => `${row['component'] ?? ''}: ${row['subject'] ?? ''}`).sort()).toEqual([
      'api: api only',
      'api: both',
      'ui: both',
      'ui: ui only',
    ]);
    const { setAside } = await outcome(data);
    expect(setAside).toContain('outside-component neither');
    expect(setAside).toContain('not-a-version v9.9.9');
  });

  it('find their commits behind paths with quotes, tabs, backslashes and bytes that are no UTF-8', async () => {
    const names = ['quote"d', 'tab\tbed', 'back\\slash', 'ümläut', ' space ', '-dash', '"quoted"'];
    const shop = await repository(async (history) => {
      await history.commit({ message: 'begin', files: { x: 'x' } });
      await history.tag({ name: 'odd-v1.0.0' });
      for (const [number, name] of names.entries())
        await history.commit({ message: `odd ${String(number)}`, files: { [`odd/${name}`]: 'x' } });
      await history.commit({ message: 'root', files: { '\nodd': 'x' } });
      await history.commit({ message: 'even', files: { 'even/odd/x': 'x' } });
      await history.commit({ message: 'empty' });
      await history.tag({ name: 'odd-v1.1.0' });
    });
    await writeFile(
      path.join(shop, 'dora-metrics.yaml'),
      'repositories: [{ path: ., components: [{ name: odd, paths: ["odd/**"] }] }]\n',
    );

    const { data } = await extract(shop);

    expect((await subjectsOf(data)).sort()).toEqual(names.map((_, number) => `odd ${String(number)}`).sort());
  });

  it.each(['odd/line\nfeed', 'odd/\nfirst'])('find the commit that touches %j', async (name) => {
    const shop = await repository(async (history) => {
      await history.commit({ message: 'begin', files: { x: 'x' } });
      await history.tag({ name: 'odd-v1.0.0' });
      await history.commit({ message: 'odd', files: { [name]: 'x' } });
      await history.tag({ name: 'odd-v1.1.0' });
    });
    const yaml = 'repositories: [{ path: ., components: [{ name: odd, paths: ["odd/**"] }] }]\n';
    await writeFile(path.join(shop, 'dora-metrics.yaml'), yaml);

    const { data } = await extract(shop);

    expect(await subjectsOf(data)).toEqual(['odd']);
  });

  it('leave out what a glob with ! excludes', async () => {
    const shop = await repository(async (history) => {
      await history.commit({ message: 'begin', files: { 'api/a': 'x' } });
      await history.tag({ name: 'api-v1.0.0' });
      await history.commit({ message: 'code', files: { 'api/b': 'x' } });
      await history.commit({ message: 'words', files: { 'api/docs/b': 'x' } });
      await history.commit({ message: 'elsewhere', files: { 'ui/b': 'x' } });
      await history.tag({ name: 'api-v1.1.0' });
    });
    const yaml =
      'repositories: [{ path: ., components: [{ name: api, paths: ["api/**", "!api/docs/**"] }] }]\n';
    await writeFile(path.join(shop, 'dora-metrics.yaml'), yaml);

    const { data } = await extract(shop);

    expect(await subjectsOf(data)).toEqual(['code']);
  });

  it('make the next run read the paths that the one before had no need of', async () => {
    const shop = await copy();
    await extract(shop);
    await writeFile(
      path.join(shop, 'dora-metrics.yaml'),
      'repositories: [{ path: ., components: [{ name: pay, paths: ["pay.txt"], tags: "^v" }] }]\n',
    );
    const data = path.join(shop, '../workspace');

    const early = await dora(['calculate', '--data', data], { cwd: shop });
    await extract(shop);

    expect(early.stderr).toContain('the configuration asks for paths, and shop was extracted without them');
    expect(early.code).toBe(2);
    expect((await outcome(data)).changes).toEqual(['pay: by invoice 345600']);
  });
});

describe('merges as deployments', () => {
  it('count each commit of the first-parent line, and what each of them brought', async () => {
    const shop = await repository(async (history) => {
      await history.commit({ message: 'begin' });
      history.branch('feature');
      await history.commit({ branch: 'feature', message: 'one' });
      await history.commit({ branch: 'feature', message: 'two' });
      await history.merge({ from: 'feature' });
      await history.commit({ message: 'direct' });
    });

    const { data } = await extract(shop, ['--deployments-from', 'merges']);

    const { deployments, changes, setAside } = await outcome(data);
    expect(deployments.map((row) => row.split(' ')[1])).toEqual(['0', '2', '1']);
    expect(changes).toEqual(['direct 0', 'one 7200', 'two 3600']);
    expect(setAside.filter((row) => row.startsWith('merge-commit')).length).toBe(1);
  });

  it('follow every parent of an octopus once', async () => {
    const shop = await repository(async (history) => {
      await history.commit({ message: 'begin' });
      await history.tag({ name: 'v1.0.0' });
      const arms = Array.from({ length: 12 }, (_, number) => `arm-${String(number)}`);
      for (const arm of arms) history.branch(arm);
      for (const arm of arms) await history.commit({ branch: arm, message: arm });
      await history.merge({ from: arms });
      await history.tag({ name: 'v1.1.0' });
    });

    const { data } = await extract(shop);

    expect((await outcome(data)).deployments).toEqual(['v1.0.0 0', 'v1.1.0 12']);
  });
});

describe('a repository behind a url', () => {
  /** A workspace folder that is configured to clone `shop`. */
  async function remote(): Promise<{ readonly shop: string; readonly work: string; readonly cache: string }> {
    const shop = await copy();
    const work = path.join(shop, '../work');
    await mkdir(work);
    await writeFile(path.join(work, 'dora-metrics.yaml'), `repositories: [{ url: "file://${shop}" }]\n`);
    return { shop, work, cache: path.join(work, 'data/cache') };
  }

  const NAME = /^\S+: /u;

  it('is cloned once, bare, below the data folder, and fetched by update', async () => {
    const { shop, work, cache } = await remote();
    await doraOk(['extract'], { cwd: work });
    const cached = (await filesIn(cache)).filter((file) => file.endsWith('.git/HEAD'));
    await git(shop, ['tag', 'v1.2.0', 'main']);
    await git(shop, ['tag', '--delete', 'v1.1.1']);

    const said = await doraOk(['update'], { cwd: work });

    expect(said.replace(NAME, '')).toMatch(/^0 new commits, 5 in all, 3 tags, main at/u);
    expect((await outcome(path.join(work, 'data'))).deployments).toEqual([
      'v1.0.0 0',
      'v1.1.0 2',
      'v1.2.0 2',
    ]);
    expect((await filesIn(cache)).filter((file) => file.endsWith('.git/HEAD'))).toEqual(cached);
    expect(cached.length).toBe(1);
  });

  it('gives the same dataset as the clone itself, but for its name', async () => {
    const { shop, work } = await remote();
    await writeFile(
      path.join(work, 'dora-metrics.yaml'),
      `repositories: [{ url: "file://${shop}", name: shop }]\n`,
    );
    await doraOk(['extract'], { cwd: work });

    const { data } = await extract(shop);

    expect(await datasetOf(path.join(work, 'data'))).toEqual(await datasetOf(data));
  });

  it('is called by the last parts of its address', async () => {
    const { shop, work } = await remote();

    const [name] = (await doraOk(['extract'], { cwd: work })).split(':');

    expect(name).toBe(shop.split('/').slice(-2).join('/'));
  });

  it('may be cloned by another run at the same time', async () => {
    const { work } = await remote();
    const bin = path.join(work, '../bin');
    await mkdir(bin);
    // the other run is done with the clone just before this one
    const script = `#!/bin/sh
case " $* " in
  *" clone "*) PATH="\${PATH#*:}" git "$@"; for last; do :; done; cp -r "$last" "\${last%.*.partial}";;
  *) PATH="\${PATH#*:}"; exec git "$@";;
esac
`;
    await writeFile(path.join(bin, 'git'), script, { mode: 0o755 });

    const { code, stderr } = await dora(['extract'], {
      cwd: work,
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((await outcome(path.join(work, 'data'))).deployments).toEqual(SMALL_SHOP.deployments);
  });

  it('that cannot be reached is said so, with the address', async () => {
    const { shop, work } = await remote();
    await rename(shop, `${shop}-gone`);

    const { code, stderr } = await dora(['extract'], { cwd: work });

    expect(stderr).toContain(`error: git could not fetch file://${shop}: `);
    expect(stderr).toContain(
      'hint: try the same with git clone; credentials come from git (a credential helper or an ssh agent).\n',
    );
    expect(code).toBe(1);
  });

  /** Kills a run while git clones, runs again, and gives the folder of the clones. */
  async function killedClone(): Promise<string> {
    const { work, cache } = await remote();
    const bin = path.join(work, '../bin');
    const started = path.join(bin, 'started');
    await mkdir(bin);
    const script = `#!/bin/sh
case " $* " in
  *" clone "*) PATH="\${PATH#*:}" git "$@"; for last; do :; done; rm -rf "$last/refs"; echo $$ > '${started}'; exec sleep 1000;;
  *) PATH="\${PATH#*:}"; exec git "$@";;
esac
`;
    await writeFile(path.join(bin, 'git'), script);
    await chmod(path.join(bin, 'git'), 0o755);
    await once(spawn('mkfifo', [started]), 'close');
    const child = start(['extract'], { cwd: work, env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` } });
    const end: Promise<Run> = ended(child);
    const orphan = Number(await readFile(started, 'utf8'));
    child.kill('SIGKILL');
    process.kill(orphan, 'SIGKILL');

    await doraOk(['extract'], { cwd: work });

    expect((await outcome(path.join(work, 'data'))).deployments).toEqual(SMALL_SHOP.deployments);
    await end;
    return cache;
  }

  it('leaves nothing that is taken for a clone when the clone is killed', async () => {
    await killedClone();
  });

  it('leaves nothing behind for good when the clone is killed', async () => {
    expect((await filesIn(await killedClone())).filter((file) => file.includes('.partial'))).toEqual([]);
  });
});
