import { appendFile, chmod, cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { git } from '../../fixtures/history/git.ts';
import { dora, doraOk } from '../support/cli.ts';
import { AS_OF, sharedFolder, smallShop, testFolder } from '../support/repo.ts';
import { datasetOf, namedSegments } from '../support/workspace.ts';

/**
 * What people get wrong, what they are told, and the exit code. `{here}` stands for the folder of the test; the
 * command runs in `{here}/shop`, a small clone that was extracted into `data`, with `yaml` as its dora-metrics.yaml.
 */
interface WrongInput {
  readonly it: string;
  readonly argv: string;
  readonly yaml?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Puts the clone or the workspace into the state that is wrong; `shop` is its folder. */
  readonly given?: (shop: string) => Promise<unknown>;
  readonly code: number;
  /** Exactly what stands on standard error, without the last line feed. */
  readonly stderr: string | RegExp;
  /** Known to be wrong in src for now, and reported. */
  readonly fails?: true;
}

const CONFIG_HINT = 'hint: dora-metrics init --print-schema prints every key with its meaning.';

/** One mistake in the configuration. */
const mistake = (line: string) => `error: the configuration has a mistake:\n  ${line}\n${CONFIG_HINT}`;

const commandLine: readonly WrongInput[] = [
  {
    it: 'an unknown command is answered with the nearest one',
    argv: 'extrct',
    code: 2,
    stderr: "error: unknown command 'extrct'\n(Did you mean extract?)",
  },
  {
    it: 'an unknown flag is answered with the nearest one',
    argv: 'calculate --frmat json',
    code: 2,
    stderr: "error: unknown option '--frmat'\n(Did you mean --format?)",
  },
  {
    it: 'an unknown flag of a command below another',
    argv: 'push devlake --drry-run',
    code: 2,
    stderr: "error: unknown option '--drry-run'\n(Did you mean --dry-run?)",
  },
  {
    it: 'the same of an older one',
    argv: 'export parquet --outptu x',
    code: 2,
    stderr: "error: unknown option '--outptu'\n(Did you mean --output?)",
  },
  {
    it: 'an unknown command below another',
    argv: 'push devlak',
    code: 2,
    stderr: "error: unknown command 'devlak'\n(Did you mean devlake?)",
  },
  {
    it: 'a day that no calendar has',
    argv: 'push devlake --since 2026-02-30',
    code: 2,
    stderr:
      "error: option '--since <date>' argument '2026-02-30' is invalid. Write it like 2026-11-20 (midnight UTC) or 2026-11-20T08:00:00Z.",
  },
  {
    it: 'a metric with a typing mistake is answered with all of them',
    argv: 'explain leadtime',
    code: 2,
    stderr:
      "error: command-argument value 'leadtime' is invalid for argument 'metric'. Allowed choices are deployment-frequency, lead-time, change-fail-rate, time-to-restore, rework-rate.",
  },
  {
    it: 'explain needs a metric',
    argv: 'explain',
    code: 2,
    stderr: "error: missing required argument 'metric'",
  },
  {
    it: 'a word too many is refused, not ignored',
    argv: 'calculate quarter',
    code: 2,
    stderr: "error: too many arguments for 'calculate'. Expected 0 arguments but got 1.",
  },
  {
    it: 'a flag without its value',
    argv: 'calculate --period',
    code: 2,
    stderr: "error: option '--period <unit>' argument missing",
  },
  {
    it: 'a period of no known length',
    argv: 'calculate --period fortnight',
    code: 2,
    stderr:
      'error: --period fortnight is not a length of time that is known\nhint: choose day, week, month, quarter or year.',
  },
  {
    it: 'an as-of in words',
    argv: 'calculate --as-of yesterday',
    code: 2,
    stderr:
      'error: --as-of yesterday is not an instant\nhint: write it like 2026-11-20T00:00:00Z or 2026-11-20 (midnight UTC).',
  },
  {
    it: 'an as-of that no calendar has is not moved to another day',
    argv: 'calculate --as-of 2026-02-30',
    code: 2,
    stderr:
      'error: --as-of 2026-02-30 is not an instant\nhint: write it like 2026-11-20T00:00:00Z or 2026-11-20 (midnight UTC).',
  },
  {
    it: 'a label that names no period',
    argv: 'calculate --from 2026-13',
    code: 2,
    stderr: 'error: not a period: 2026-13 (write 2026-11-20, 2026-W47, 2026-11, 2026-Q4 or 2026)',
  },
  {
    it: 'a week that the year does not have',
    argv: 'explain lead-time --period 2026-W54',
    code: 2,
    stderr: 'error: not a period: 2026-W54 (write 2026-11-20, 2026-W47, 2026-11, 2026-Q4 or 2026)',
  },
  {
    it: 'from later than to',
    argv: 'calculate --from 2026-05 --to 2026-03',
    code: 2,
    stderr: 'error: the range holds no period: --from is later than --to or than as-of',
  },
  {
    it: 'more periods than anybody reads',
    argv: 'calculate --period day --from 1000',
    code: 2,
    stderr: 'error: more than 5000 periods: choose a later --from or a longer --period',
  },
  {
    it: 'a group that is not known',
    argv: 'calculate --by squad',
    code: 2,
    stderr:
      "error: option '--by <group>' argument 'squad' is invalid. Allowed choices are component, repository, team, cluster.",
  },
  {
    it: 'teams where none is configured',
    argv: 'explain lead-time --team payments',
    code: 2,
    stderr: /^error: no teams are configured\nhint: name them in dora-metrics[.]yaml: teams: /u,
  },
  {
    it: 'a format that is not known',
    argv: 'calculate --format xml',
    code: 2,
    stderr:
      "error: option '--format <format>' argument 'xml' is invalid. Allowed choices are table, json, csv, markdown.",
  },
  {
    it: 'a component that is not known is answered with those that are',
    argv: 'explain lead-time --component till',
    code: 2,
    stderr: 'error: no component till has a deployment\nhint: known: shop.',
  },
  {
    it: 'a repository that is not configured is answered with those that are',
    argv: 'extract --repo till',
    code: 2,
    stderr: 'error: --repo till is not configured\nhint: configured: shop.',
  },
  {
    it: 'an empty --data is not the current folder',
    argv: 'status --data=',
    code: 2,
    stderr: /^error: --data .*\nhint: /u,
  },
  {
    it: 'a bucket with a slash too few',
    argv: 'extract --data s3:/bucket/prefix',
    code: 2,
    stderr:
      'error: --data s3:/bucket/prefix looks like a bucket and is none\nhint: write s3://bucket/prefix, or ./ before the name of a folder.',
  },
  {
    it: 'a place that is neither a folder nor a bucket of S3',
    argv: 'extract --data gs://bucket/prefix',
    code: 2,
    stderr:
      'error: --data gs://bucket/prefix: gs is not a place that can be written to\nhint: give a folder, or s3://bucket/prefix.',
  },
  {
    it: 'a log format that is not known, from the command line',
    argv: 'status --log-format xml',
    code: 2,
    stderr:
      "error: option '--log-format <format>' argument 'xml' is invalid. Allowed choices are pretty, json.",
  },
  {
    it: 'a log format that is not known, from the environment',
    argv: 'status',
    env: { DORA_METRICS_LOG_FORMAT: 'xml' },
    code: 2,
    stderr: /DORA_METRICS_LOG_FORMAT/u,
  },
];

const configuration: readonly WrongInput[] = [
  {
    it: 'a configuration file that is not there',
    argv: 'calculate --config nope.yaml',
    code: 2,
    stderr:
      'error: no such configuration file: nope.yaml\nhint: correct --config, or leave it out: the defaults work in a clone.',
  },
  {
    it: 'YAML that ends too early, with line and column',
    argv: 'calculate',
    yaml: 'version: 1\ntags: { pattern: "^v" \ntimezone: UTC\n',
    code: 2,
    stderr: /^error: dora-metrics\.yaml line 3, column \d+ is not YAML: .+\nhint: mind the indentation; /u,
  },
  {
    it: 'a tab in the indentation',
    argv: 'calculate',
    yaml: 'tags:\n\tpattern: x\n',
    code: 2,
    stderr:
      'error: dora-metrics.yaml line 2, column 1 is not YAML: Tabs are not allowed as indentation\nhint: mind the indentation; texts with : or # in them need quotes.',
  },
  {
    it: 'a second document in the file',
    argv: 'calculate',
    yaml: 'timezone: UTC\n---\ntimezone: Europe/Berlin\n',
    code: 2,
    stderr: /^error: dora-metrics\.yaml line 2, column 1(?!.*parseAllDocuments)/u,
  },
  {
    it: 'the same key twice',
    argv: 'calculate',
    yaml: 'timezone: UTC\ntimezone: Europe/Berlin\n',
    code: 2,
    stderr: /^error: dora-metrics\.yaml line 2, column 1 is not YAML: Map keys must be unique\n/u,
  },
  {
    it: 'an unknown key is answered with the nearest one',
    argv: 'calculate',
    yaml: 'timezne: UTC\n',
    code: 2,
    stderr: mistake('timezne: unknown key (dora-metrics.yaml line 1); did you mean timezone?'),
  },
  {
    it: 'an unknown key that is near to none is answered with all of them',
    argv: 'calculate',
    yaml: 'tags: { regex: "^v" }\n',
    code: 2,
    stderr: mistake('tags.regex: unknown key (dora-metrics.yaml line 1); known keys: pattern'),
  },
  {
    it: 'several mistakes at once, each with its path and the layer that made it',
    argv: 'calculate --timezone Mars/Base --benchmark-year 2020',
    env: { DORA_METRICS_REVERT_WITHIN: '7 days' },
    yaml: 'repositories:\n  - pth: .\n    branch: 3\ndeployments: { from: tag }\n',
    code: 2,
    stderr: [
      'error: the configuration has 6 mistakes:',
      '  timezone: is not an IANA time zone (write Europe/Berlin or UTC) (--timezone)',
      '  repositories[0].branch: must be a text (dora-metrics.yaml line 3)',
      '  repositories[0].pth: unknown key (dora-metrics.yaml line 2); did you mean path?',
      '  deployments.from: write auto, tags, merges, releases, argocd, github-deployments or workflow:<file>, for instance workflow:deploy.yml (dora-metrics.yaml line 4)',
      '  failures.revertWithin: write a number and a unit: 90m, 12h, 7d or 2w (DORA_METRICS_REVERT_WITHIN)',
      '  bands.year: must be 2018 or 2019 or 2021 or 2022 or 2023 or 2024 (--benchmark-year)',
      CONFIG_HINT,
    ].join('\n'),
  },
  {
    it: 'a time zone that no map has, from the command line',
    argv: 'calculate --timezone Mars/Base',
    code: 2,
    stderr: mistake('timezone: is not an IANA time zone (write Europe/Berlin or UTC) (--timezone)'),
  },
  {
    it: 'a time zone that no map has, from the environment',
    argv: 'calculate',
    env: { DORA_METRICS_TIMEZONE: 'Mars/Base' },
    code: 2,
    stderr: mistake(
      'timezone: is not an IANA time zone (write Europe/Berlin or UTC) (DORA_METRICS_TIMEZONE)',
    ),
  },
  {
    it: 'a time zone that no map has, from the file',
    argv: 'calculate',
    yaml: 'version: 1\ntimezone: Mars/Base\n',
    code: 2,
    stderr: mistake(
      'timezone: is not an IANA time zone (write Europe/Berlin or UTC) (dora-metrics.yaml line 2)',
    ),
  },
  {
    it: 'an offset is no time zone: it has no summer time',
    argv: 'calculate --timezone +02:00',
    code: 2,
    stderr: mistake('timezone: is not an IANA time zone (write Europe/Berlin or UTC) (--timezone)'),
  },
  {
    it: 'a regular expression that is none',
    argv: 'calculate',
    yaml: 'hotfix: { subjects: ["^fix", "(urgent"] }\n',
    code: 2,
    stderr: mistake('hotfix.subjects[1]: is not a regular expression (dora-metrics.yaml line 1)'),
  },
  {
    it: 'a duration without a unit that is known',
    argv: 'calculate --hotfix-within 7days',
    code: 2,
    stderr: mistake('failures.hotfixWithin: write a number and a unit: 90m, 12h, 7d or 2w (--hotfix-within)'),
  },
  {
    it: 'a year in which DORA published no levels',
    argv: 'calculate',
    yaml: 'bands: { year: 2020 }\n',
    code: 2,
    stderr: mistake(
      'bands.year: must be 2018 or 2019 or 2021 or 2022 or 2023 or 2024 (dora-metrics.yaml line 1)',
    ),
  },
  {
    it: 'a number that is too small, in words of ours',
    argv: 'calculate --minimum-sample 0',
    code: 2,
    stderr: mistake('bands.minimumSample: must be at least 1 (--minimum-sample)'),
  },
  {
    it: 'an e-mail address where a name is meant',
    argv: 'calculate',
    yaml: 'exclude: { authors: ["sam@acme.example"] }\n',
    code: 2,
    stderr: mistake(
      'exclude.authors[0]: e-mail addresses are not stored: write the name (* and ? are wildcards) (dora-metrics.yaml line 1)',
    ),
  },
  {
    it: 'both a path and a url',
    argv: 'calculate',
    yaml: 'repositories:\n  - { path: ., url: "https://git.example/acme/shop" }\n',
    code: 2,
    stderr: mistake(
      'repositories[0]: has more than one of path, url and file: keep one of them (dora-metrics.yaml line 2)',
    ),
  },
  {
    it: 'a password in a url, which is not repeated',
    argv: 'calculate',
    yaml: 'repositories:\n  - url: "https://sam:hunter2@git.example/acme/shop"\n',
    code: 2,
    stderr: mistake(
      'repositories[0].url: holds a password: use a credential helper of git instead (dora-metrics.yaml line 2)',
    ),
  },
  {
    it: 'two components under one name would be counted twice',
    argv: 'extract',
    yaml: 'repositories:\n  - { path: ., components: [{ name: ui, tags: "^v" }, { name: ui, tags: "^v" }] }\n',
    code: 2,
    stderr: mistake('repositories[0].components: two components are called ui (dora-metrics.yaml line 2)'),
  },
  {
    it: 'a configuration from the future',
    argv: 'calculate',
    yaml: 'version: 2\n',
    code: 2,
    stderr: mistake('version: must be 1 (dora-metrics.yaml line 1)'),
  },
  {
    it: 'a list where a map belongs',
    argv: 'calculate',
    yaml: '- timezone: UTC\n',
    code: 2,
    stderr: mistake('the file: must be a map of keys (dora-metrics.yaml)'),
  },
  {
    it: 'no repository at all',
    argv: 'extract',
    yaml: 'repositories: []\n',
    code: 2,
    stderr: mistake(
      'repositories: name at least one repository, or set github.organization (dora-metrics.yaml line 1)',
    ),
  },
  {
    it: 'init does not write over what a person wrote',
    argv: 'init --yes',
    yaml: 'timezone: Europe/Berlin\n',
    code: 2,
    stderr:
      /\nerror: \{here\}\/shop\/dora-metrics\.yaml exists already\nhint: edit it, or write over it with --force\.$/u,
  },
];

/** A git that says it is `version` and does everything else like the real one; gives the folder to put first in PATH. */
async function otherGit(shop: string, script: string): Promise<void> {
  const folder = path.join(shop, '../bin');
  await mkdir(folder);
  await writeFile(path.join(folder, 'git'), `#!/bin/sh\n${script}\n`);
  await chmod(path.join(folder, 'git'), 0o755);
}

const repository: readonly WrongInput[] = [
  {
    it: 'a folder that is no clone',
    argv: 'extract',
    given: async (shop) => await rm(path.join(shop, '.git'), { recursive: true }),
    code: 1,
    stderr:
      'error: not a git repository: {here}/shop\nhint: run this inside a clone, or set repositories[].path in dora-metrics.yaml.',
  },
  {
    it: 'a folder that is not there',
    argv: 'extract',
    yaml: 'repositories: [{ path: ../till }]\n',
    code: 1,
    stderr:
      /^error: no such folder: \{here\}\/till\nhint: correct repositories\[\]\.path in dora-metrics\.yaml, or run inside a clone\.$/u,
  },
  {
    it: 'no git on PATH',
    argv: 'extract',
    env: { PATH: '/nonexistent' },
    code: 1,
    stderr:
      /^error: git was not found on PATH\nhint: install git \(https:\/\/git-scm\.com\) and run again\.$/u,
  },
  {
    it: 'a git that is too old',
    argv: 'extract --full',
    env: { PATH: '{here}/bin:{path}' },
    given: async (shop) =>
      await otherGit(
        shop,
        'case "$*" in *" version") echo "git version 2.20.1";; *) PATH="${PATH#*:}" exec git "$@";; esac',
      ),
    code: 1,
    stderr:
      /^error: git is too old: git version 2\.20\.1\nhint: install git 2\.29 or newer and run again\.$/u,
  },
  {
    it: 'a git so old that it does not understand the first question',
    argv: 'extract --full',
    env: { PATH: '{here}/bin:{path}' },
    given: async (shop) =>
      await otherGit(
        shop,
        'case "$*" in *" version") echo "git version 1.8.3.1";; *) echo "fatal: unknown field name: symref" >&2; exit 128;; esac',
      ),
    code: 1,
    stderr: /^error: git is too old: git version 1\.8\.3\.1\n/u,
  },
  {
    it: 'a shallow clone, with the command that repairs it',
    argv: 'extract',
    given: async (shop) => {
      const full = path.join(shop, '../full');
      await cp(shop, full, { recursive: true });
      await rm(shop, { recursive: true });
      await git(full, ['clone', '--quiet', '--depth=1', `file://${full}`, shop]);
    },
    code: 1,
    stderr:
      /^error: the clone in \{here\}\/shop is shallow: part of its history is missing\nhint: run: git -C \{here\}\/shop fetch --unshallow --tags \(in GitHub Actions: actions\/checkout with fetch-depth: 0\)\.$/u,
  },
  {
    it: 'a branch that is not there, with those that are',
    argv: 'extract',
    yaml: 'repositories: [{ path: ., branch: trunk }]\n',
    code: 2,
    stderr:
      /^error: repository \{here\}\/shop has no branch trunk\nhint: set repositories\[\]\.branch to one of: main\.$/u,
  },
  {
    it: 'one of two repositories that fails: the other is written',
    argv: 'extract',
    yaml: 'repositories: [{ path: . }, { path: ../till }]\n',
    code: 3,
    stderr:
      /^error: \.\.\/till: no such folder: \{here\}\/till \(correct repositories\[\]\.path in dora-metrics\.yaml, or run inside a clone\.\)$/mu,
  },
  {
    it: 'two repositories under one name would be counted as one',
    argv: 'extract',
    given: async (shop) => await cp(shop, path.join(shop, '../other/shop'), { recursive: true }),
    yaml: 'repositories: [{ path: . }, { path: ../other/shop }]\n',
    code: 3,
    stderr:
      /two repositories are called shop \(give one of them another repositories\[\]\.name in dora-metrics\.yaml\.\)/u,
  },
];

/** Changes the file that holds the commits. */
async function commitSegment(shop: string): Promise<string> {
  const [name = ''] = (await namedSegments(path.join(shop, 'data'))).filter((key) =>
    key.includes('/commits/'),
  );
  return path.join(shop, 'data', name);
}

async function edited(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')));
}

const withoutDataset = async (shop: string) => await rm(path.join(shop, 'data/dataset'), { recursive: true });

const DAMAGED =
  /^error: data\/raw\/git\/shop\/commits\/000001-\S+\.jsonl is damaged\nhint: fetch it again: dora-metrics extract --full --repo shop$/u;

const workspace: readonly WrongInput[] = [
  {
    it: 'calculate before extract',
    argv: 'calculate --data empty',
    code: 1,
    stderr: 'error: nothing was extracted into empty yet\nhint: run: dora-metrics extract --full',
  },
  {
    it: 'a file where the data folder should be',
    argv: 'extract --data notes.txt',
    given: async (shop) => await writeFile(path.join(shop, 'notes.txt'), 'milk\n'),
    code: 1,
    stderr:
      'error: cannot read notes.txt/state.json\nhint: a file stands where the data folder should be: choose another folder with --data.',
  },
  {
    it: 'a file where the data folder should be, when only reading',
    argv: 'status --data notes.txt',
    given: async (shop) => await writeFile(path.join(shop, 'notes.txt'), 'milk\n'),
    code: 1,
    stderr: /a file stands where the data folder should be/u,
  },
  {
    it: 'a data folder behind a link that leads in a circle',
    argv: 'status --data circle',
    given: async (shop) =>
      await git(shop, ['config', 'alias.x', '!ln -s circle circle']).then(() => git(shop, ['x'])),
    code: 1,
    stderr: /^error: /u,
  },
  {
    it: 'a state that is cut off',
    argv: 'update',
    given: async (shop) => await truncate(path.join(shop, 'data/state.json'), 40),
    code: 1,
    stderr:
      /^error: data\/state\.json is damaged: .+\nhint: restore it from a backup, or move the data folder away and run: dora-metrics extract --full$/u,
  },
  {
    it: 'a state that is a folder',
    argv: 'status',
    given: async (shop) => {
      await rm(path.join(shop, 'data/state.json'));
      await mkdir(path.join(shop, 'data/state.json'));
    },
    code: 1,
    stderr: /^error: /u,
  },
  {
    it: 'a state from a newer version',
    argv: 'update',
    given: async (shop) =>
      await edited(path.join(shop, 'data/state.json'), (text) => text.replace('/state/v1', '/state/v7')),
    code: 1,
    stderr:
      'error: data/state.json was written by a newer dora-metrics (state version 7, this one reads 1)\nhint: update dora-metrics, or use another data location with --data.',
  },
  {
    it: 'a raw segment in which one letter was changed',
    argv: 'calculate',
    given: async (shop) => {
      await withoutDataset(shop);
      await edited(await commitSegment(shop), (text) => text.replace('discounts', 'discountz'));
    },
    code: 1,
    stderr: DAMAGED,
  },
  {
    it: 'a raw segment that is cut off',
    argv: 'calculate',
    given: async (shop) => {
      await withoutDataset(shop);
      await truncate(await commitSegment(shop), 700);
    },
    code: 1,
    stderr: DAMAGED,
  },
  {
    it: 'a raw segment that is gone',
    argv: 'calculate',
    given: async (shop) => {
      await withoutDataset(shop);
      await rm(await commitSegment(shop));
    },
    code: 1,
    stderr:
      /^error: data\/raw\/git\/shop\/commits\/000001-\S+\.jsonl is missing\nhint: fetch it again: dora-metrics extract --full --repo shop$/u,
  },
  {
    it: 'a report into a place that is a file',
    argv: 'report --output notes.txt/report.html',
    given: async (shop) => await writeFile(path.join(shop, 'notes.txt'), 'milk\n'),
    code: 2,
    stderr: /^error: cannot write notes\.txt\/report\.html: .+\nhint: choose another place to write to\.$/u,
  },
  {
    it: 'a report into a folder',
    argv: 'report --output ..',
    code: 2,
    stderr: /^error: cannot write \.\.: .+\nhint: choose another place to write to\.$/u,
  },
];

const template = sharedFolder(async (folder) => {
  const shop = path.join(folder, 'shop');
  await smallShop(shop);
  await doraOk(['extract'], { cwd: shop });
});

/** A copy of the extracted clone that a test may do anything to. */
async function place(): Promise<{ readonly here: string; readonly shop: string }> {
  const here = await testFolder();
  await cp(template(), here, { recursive: true });
  return { here, shop: path.join(here, 'shop') };
}

async function expectRefusal({ argv, yaml, env = {}, given, code, stderr }: WrongInput): Promise<void> {
  const { here, shop } = await place();
  if (yaml !== undefined) await writeFile(path.join(shop, 'dora-metrics.yaml'), yaml);
  await given?.(shop);
  const variables = Object.entries(env).map(([name, value]) => [
    name,
    value.replace('{here}', here).replace('{path}', process.env['PATH'] ?? ''),
  ]);

  const run = await dora(argv.split(' '), { cwd: shop, env: Object.fromEntries(variables) });

  const said = run.stderr.replaceAll(here, '{here}').replace(/\n$/u, '');
  if (typeof stderr === 'string') expect(said).toBe(stderr);
  else expect(said).toMatch(stderr);
  expect(run.code).toBe(code);
}

describe.each([
  { where: 'on the command line', table: commandLine },
  { where: 'in the configuration', table: configuration },
  { where: 'in the repository', table: repository },
  { where: 'in the workspace', table: workspace },
])('what is wrong $where', ({ table }) => {
  for (const entry of table) {
    const test = entry.fails === true ? it.fails : it;
    test(entry.it, async () => await expectRefusal(entry));
  }
});

describe('after a wrong input', () => {
  it('nothing stands on standard output', async () => {
    const { shop } = await place();

    const runs = await Promise.all(
      ['calculate --period fortnight', 'explain leadtime', 'report --output ..'].map((argv) =>
        dora(argv.split(' '), { cwd: shop }),
      ),
    );

    expect(runs.map(({ stdout }) => stdout)).toEqual(['', '', '']);
  });

  it.each([
    ['changed', async (file: string) => await edited(file, (text) => text.replace('discounts', 'discountz'))],
    ['cut off', async (file: string) => await truncate(file, 700)],
    ['gone', async (file: string) => await rm(file)],
    ['empty', async (file: string) => await truncate(file, 0)],
  ])('the command that the hint names repairs a raw segment that is %s', async (_, damage) => {
    const { shop } = await place();
    const data = path.join(shop, 'data');
    const before = await datasetOf(data);
    await damage(await commitSegment(shop));
    await withoutDataset(shop);
    const { stderr } = await dora(['calculate'], { cwd: shop });
    const [, command = ''] = /hint: fetch it again: dora-metrics (.+)\n/u.exec(stderr) ?? [];

    await doraOk(command.split(' '), { cwd: shop });

    expect(await datasetOf(data)).toEqual(before);
    await doraOk(['calculate'], { cwd: shop });
  });

  it.each<[string, (dataset: string) => Promise<unknown>]>([
    ['has a line too many', (dataset) => appendFile(path.join(dataset, 'changes.csv'), 'x\n')],
    ['is cut off', (dataset) => truncate(path.join(dataset, 'deployments.csv'), 300)],
    ['is empty', (dataset) => truncate(path.join(dataset, 'set-aside.csv'), 0)],
    ['is gone', (dataset) => rm(path.join(dataset, 'incidents.csv'))],
    [
      'was edited',
      (dataset) =>
        edited(path.join(dataset, 'deployments.csv'), (text) =>
          text.replaceAll(',succeeded,', ',went fine,'),
        ),
    ],
    [
      'has a date that is none',
      (dataset) =>
        edited(path.join(dataset, 'changes.csv'), (text) => text.replace(/20\d\d-\d\d-\d\dT/u, 'last week ')),
    ],
    ['is not described', (dataset) => writeFile(path.join(dataset, 'manifest.json'), '{"version":')],
  ])('a table of the dataset that %s is built again', async (_, damage) => {
    const { shop } = await place();
    const argv = ['calculate', '--format', 'json', '--as-of', AS_OF];
    const before = await doraOk(argv, { cwd: shop });
    await damage(path.join(shop, 'data/dataset'));

    expect(await doraOk(argv, { cwd: shop })).toBe(before);
  });

  it('what a failing repository could not give leaves the other one whole', async () => {
    const { shop } = await place();
    const before = await datasetOf(path.join(shop, 'data'));
    await writeFile(path.join(shop, 'dora-metrics.yaml'), 'repositories: [{ path: ../till }, { path: . }]\n');

    const { code, stdout } = await dora(['extract', '--data', 'new'], { cwd: shop });

    expect(code).toBe(3);
    expect(stdout).toMatch(/^shop: 5 new commits, 5 in all, 3 tags, main at [0-9a-f]{10}\n/u);
    expect(await datasetOf(path.join(shop, 'new'))).toEqual(before);
  });
});

describe('what looks wrong and is not', () => {
  it('says of an empty repository that it is empty, and goes on', async () => {
    const here = await testFolder();
    await git(here, ['init', '--quiet', '--initial-branch=main']);

    const { code, stdout, stderr } = await dora(['extract'], { cwd: here });

    expect(stdout).toMatch(/: 0 new commits, 0 in all, 0 tags, no branch\n/u);
    expect(stderr).toMatch(/^warning: dora-test-\S+: the repository has no commits yet\n/u);
    expect(code).toBe(0);
  });

  it('takes an empty configuration file for one that changes nothing', async () => {
    const { shop } = await place();
    await writeFile(path.join(shop, 'dora-metrics.yaml'), '# nothing yet\n');

    expect((await dora(['calculate'], { cwd: shop })).code).toBe(0);
  });

  it.skipIf(process.getuid?.() === 0)('names a data folder that may not be written to', async () => {
    const { shop } = await place();
    await chmod(path.join(shop, 'data'), 0o555);

    const { code, stderr } = await dora(['update'], { cwd: shop });
    await chmod(path.join(shop, 'data'), 0o755);

    expect(stderr).toMatch(/^error: cannot write data\/\S+\nhint: check the permissions of the data folder/u);
    expect(code).toBe(1);
  });
});
