import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import * as z from 'zod';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DEPCRUISE = path.join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

const Answer = z.object({
  summary: z.object({
    totalCruised: z.number(),
    violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

/** File → what it imports. */
type Tree = Readonly<Record<string, readonly string[]>>;

interface Planted {
  readonly file: string;
  readonly imports: readonly string[];
  readonly caughtBy: readonly string[];
}

const PACKAGES = [
  '@commander-js/extra-typings',
  'csv-stringify',
  'd3-array',
  'echarts',
  'left-pad',
  'picomatch',
  'temporal-polyfill',
  'yaml',
  'zod',
];

/** By condition and with a second entry, as real packages have it. */
const EXPORTS = { '.': { import: './index.js' }, './sync': { import: { default: './index.js' } } };

/** Drawn as docs/ARCHITECTURE.md has it. */
const CLEAN: Tree = {
  'bin/dora-metrics.js': ['../src/cli/main.ts'],
  'src/domain/units.ts': ['zod'],
  'src/domain/commit.ts': ['./units.ts', 'temporal-polyfill'],
  'src/calculators/quantile.ts': ['d3-array', '../domain/units.ts'],
  'src/processors/associate.ts': ['../domain/commit.ts', 'picomatch'],
  'src/io/ports.ts': ['../domain/units.ts'],
  'src/io/exec.ts': ['node:child_process', './ports.ts'],
  'src/io/progress.ts': ['./ports.ts'],
  'src/storage/local.ts': ['node:fs/promises', 'node:path', 'csv-stringify/sync', '../io/ports.ts'],
  'src/extractors/extractor.ts': ['../io/ports.ts'],
  'src/extractors/git/options.ts': ['zod'],
  'src/extractors/git/normalise.ts': ['./options.ts', '../../domain/commit.ts'],
  'src/extractors/git/index.ts': ['./options.ts', './normalise.ts', '../extractor.ts', '../../io/exec.ts'],
  'src/extractors/github/index.ts': ['../extractor.ts'],
  'src/extractors/registry.ts': ['./git/index.ts', './github/index.ts'],
  'src/exporters/html/index.ts': ['echarts', './page.ts'],
  'src/exporters/html/page.ts': ['../../domain/units.ts'],
  'src/config/load.ts': ['yaml', 'zod', '../domain/units.ts', '../extractors/git/options.ts'],
  'src/pipeline/extract.ts': [
    '../extractors/registry.ts',
    '../storage/local.ts',
    '../processors/associate.ts',
    '../calculators/quantile.ts',
    '../exporters/html/index.ts',
    '../io/progress.ts',
  ],
  'src/cli/main.ts': ['@commander-js/extra-typings', '../config/load.ts', '../pipeline/extract.ts'],
};

const PLANTED: readonly Planted[] = [
  { file: 'src/domain/p1.ts', imports: ['../calculators/quantile.ts'], caughtBy: ['domain-may-import'] },
  { file: 'src/domain/p2.ts', imports: ['../io/ports.ts'], caughtBy: ['domain-may-import', 'pure-no-io'] },
  { file: 'src/domain/p3.ts', imports: ['node:path'], caughtBy: ['pure-no-node'] },
  {
    file: 'src/calculators/p4.ts',
    imports: ['../processors/associate.ts'],
    caughtBy: ['calculators-may-import'],
  },
  {
    file: 'src/processors/p5.ts',
    imports: ['../calculators/quantile.ts'],
    caughtBy: ['processors-may-import'],
  },
  { file: 'src/processors/p6.ts', imports: ['yaml'], caughtBy: ['pure-npm-allowlist', 'yaml-stays-home'] },
  { file: 'src/io/p7.ts', imports: ['../storage/local.ts'], caughtBy: ['io-may-import'] },
  { file: 'src/storage/p8.ts', imports: ['../extractors/extractor.ts'], caughtBy: ['storage-may-import'] },
  { file: 'src/extractors/git/p9.ts', imports: ['../github/index.ts'], caughtBy: ['siblings-are-strangers'] },
  {
    file: 'src/extractors/git/p10.ts',
    imports: ['../../storage/local.ts'],
    caughtBy: ['extractors-may-import'],
  },
  { file: 'src/extractors/git/schema.ts', imports: ['../../io/ports.ts'], caughtBy: ['pure-no-io'] },
  { file: 'src/extractors/git/p11.ts', imports: ['node:fs/promises'], caughtBy: ['node-fs-stays-home'] },
  {
    file: 'src/storage/p12.ts',
    imports: ['node:child_process'],
    caughtBy: ['node-child_process-stays-home'],
  },
  {
    file: 'src/exporters/html/p13.ts',
    imports: ['../../extractors/extractor.ts'],
    caughtBy: ['exporters-may-import'],
  },
  { file: 'src/exporters/csv/index.ts', imports: ['echarts'], caughtBy: ['echarts-stays-home'] },
  { file: 'src/exporters/html/charts.ts', imports: ['echarts'], caughtBy: ['pure-npm-allowlist'] },
  { file: 'src/config/p14.ts', imports: ['../extractors/git/index.ts'], caughtBy: ['config-may-import'] },
  {
    file: 'src/pipeline/p16.ts',
    imports: ['@commander-js/extra-typings'],
    caughtBy: ['commander-stays-home'],
  },
  { file: 'src/pipeline/p17.ts', imports: ['../config/load.ts'], caughtBy: ['pipeline-may-import'] },
  { file: 'src/cli/p18.ts', imports: ['../storage/local.ts'], caughtBy: ['cli-may-import'] },
  { file: 'src/cli/p19.ts', imports: ['left-pad'], caughtBy: ['npm-allowlist'] },
  { file: 'src/cli/p20.ts', imports: ['./nowhere.ts'], caughtBy: ['no-unresolvable'] },
  { file: 'src/cli/p21.ts', imports: ['../../tests/helper.ts'], caughtBy: ['src-knows-no-tests'] },
  { file: 'src/cli/p22.ts', imports: ['./p23.ts'], caughtBy: ['no-cycles'] },
  { file: 'src/cli/p23.ts', imports: ['./p22.ts'], caughtBy: [] },
  { file: 'src/cli/p24.ts', imports: [], caughtBy: ['no-orphans'] },
  { file: 'src/utils/p25.ts', imports: ['../domain/units.ts'], caughtBy: ['known-folders'] },
  { file: 'bin/p26.js', imports: ['../src/config/load.ts'], caughtBy: ['bin-to-main'] },
];

async function write(folder: string, file: string, text: string): Promise<void> {
  const target = path.join(folder, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
}

/** Which rules complain about which files of `tree`, as `file: rule`, in order. */
async function complaints(tree: Tree): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'import-rules-'));
  try {
    await cp(path.join(ROOT, 'tsconfig.json'), path.join(folder, 'tsconfig.json'));
    await write(folder, 'package.json', '{ "type": "module" }');
    await write(folder, 'tests/helper.ts', 'export {};\n');
    for (const name of PACKAGES) {
      await write(folder, `node_modules/${name}/package.json`, JSON.stringify({ name, exports: EXPORTS }));
      await write(folder, `node_modules/${name}/index.js`, '');
    }
    for (const [file, imports] of Object.entries(tree)) {
      await write(folder, file, imports.map((wanted) => `import '${wanted}';\n`).join('') + 'export {};\n');
    }
    return await cruise(folder, Object.keys(tree).length);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function cruise(folder: string, atLeast: number): Promise<string[]> {
  const config = path.join(ROOT, '.dependency-cruiser.mjs');
  const args = [DEPCRUISE, '--config', config, '--output-type', 'json', 'src', 'bin'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 });
  const { summary } = Answer.parse(JSON.parse(stdout));
  expect(summary.totalCruised).toBeGreaterThanOrEqual(atLeast);
  return [...new Set(summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`))].sort();
}

it('has nothing to say about a tree drawn by the rules', async () => {
  expect(await complaints(CLEAN)).toEqual([]);
}, 30_000);

it('catches each planted violation by the rule that is meant for it, and by no other', async () => {
  const planted = Object.fromEntries(PLANTED.map(({ file, imports }) => [file, imports]));

  const caught = await complaints({ ...CLEAN, ...planted });

  expect(caught).toEqual(
    PLANTED.flatMap(({ file, caughtBy }) => caughtBy.map((rule) => `${file}: ${rule}`)).sort(),
  );
}, 30_000);
