import { execFileSync } from 'node:child_process';
// Bundles the command line into dist/ and writes THIRD_PARTY_NOTICES.txt for what really went into it.
// The same sources give the same bytes, wherever and whenever this runs.
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = path.dirname(fileURLToPath(import.meta.url));
const DIST = path.join(ROOT, 'dist');
const NOTICES = path.join(ROOT, 'THIRD_PARTY_NOTICES.txt');
const LICENCES = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);
const LEGAL_FILE = /^(licen[cs]e|copying|copyrightnotice|notice)([.-].*)?$/iu;

/** Packages that come without a text of their own, and where the one of their repository is. */
const LICENSED_BY = new Map(
  ['credential-provider-http', 'credential-provider-login', 'nested-clients'].map((name) => [
    `@aws-sdk/${name}`,
    'node_modules/@aws-sdk/client-s3',
  ]),
);

/** The innermost `node_modules/<name>` folder of a bundled file, or undefined for a file of our own. */
function packageFolder(input) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(input)?.[0];
}

/** The package folders that gave at least one byte to an output, in order. */
function bundledPackages(metafile) {
  const folders = new Set();
  for (const output of Object.values(metafile.outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
      const folder = bytesInOutput > 0 ? packageFolder(input) : undefined;
      if (folder !== undefined) folders.add(folder);
    }
  }
  return [...folders].sort();
}

async function legalTexts(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && LEGAL_FILE.test(entry.name))
    .map(({ name }) => name);
  // echarts keeps the licences of the code it took over in a folder of that name
  if (entries.some((entry) => entry.isDirectory() && entry.name === 'licenses')) {
    const taken = await readdir(path.join(folder, 'licenses'));
    files.push(...taken.map((name) => `licenses/${name}`));
  }
  const texts = files
    .sort()
    .map(async (name) => ({ name, text: await readFile(path.join(folder, name), 'utf8') }));
  return await Promise.all(texts);
}

function repositoryLink({ name, repository, homepage }) {
  const given = typeof repository === 'string' ? repository : repository?.url;
  if (given === undefined) {
    if (homepage === undefined) throw new Error(`${name} is bundled and does not say where it comes from`);
    return homepage;
  }
  if (/^[\w.-]+\/[\w.-]+$/u.test(given)) return `https://github.com/${given}`;
  return given
    .replace(/^github:/u, 'https://github.com/')
    .replace(/^git\+/u, '')
    .replace(/^(git|ssh):\/\/(git@)?/u, 'https://')
    .replace(/\.git$/u, '');
}

async function notice(folder) {
  const manifest = JSON.parse(await readFile(path.join(ROOT, folder, 'package.json'), 'utf8'));
  const { name, version, license } = manifest;
  if (!LICENCES.has(license)) {
    throw new Error(
      `${name}@${version} is bundled, and its licence (${license}) is not one we know: see LICENCES in build.mjs`,
    );
  }
  const texts = await legalTexts(path.join(ROOT, LICENSED_BY.get(name) ?? folder));
  if (!texts.some((file) => /^(licen[cs]e|copying)/iu.test(file.name))) {
    throw new Error(`${name}@${version} is bundled and has no licence text in ${folder}`);
  }
  const bodies = texts.map(
    (file) => `---- ${file.name} ----\n\n${file.text.replaceAll('\r\n', '\n').trim()}\n`,
  );
  const head = `${name} ${version}\nLicence: ${license}\nRepository: ${repositoryLink(manifest)}\n`;
  return { name, version, head, body: bodies.join('\n') };
}

async function notices(metafile) {
  const all = await Promise.all(bundledPackages(metafile).map(notice));
  const unique = [...new Map(all.map((entry) => [`${entry.name}@${entry.version}`, entry])).entries()];
  unique.sort(([a], [b]) => (a < b ? -1 : 1));
  const intro =
    'dora-metrics contains code of these packages. Each stands under its own licence, given in full.\n';
  const rule = `\n${'='.repeat(80)}\n\n`;
  // packages of one repository have the same text, and it is long
  const heads = new Map();
  for (const [, { head, body }] of unique) heads.set(body, [...(heads.get(body) ?? []), head]);
  return [intro, ...[...heads].map(([body, all]) => [...all, body].join('\n'))].join(rule);
}

/** Everything but Node's own modules must be in the bundle: there are no runtime dependencies. */
function refuseExternals(metafile) {
  for (const [file, { imports }] of Object.entries(metafile.outputs)) {
    const outside = imports.find((wanted) => wanted.external === true && !isBuiltin(wanted.path));
    if (outside !== undefined)
      throw new Error(`${file} would load ${outside.path} at run time; it must be bundled`);
  }
}

/** Maps each file of a package to its first line only: source maps are there to lead to our own lines. */
const coarseForeignMaps = {
  name: 'coarse-foreign-maps',
  setup({ onLoad }) {
    onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path: file }) => {
      const map = JSON.stringify({
        version: 3,
        sources: [path.basename(file)],
        sourcesContent: [''],
        mappings: 'AAAA',
      });
      const url = `data:application/json;base64,${Buffer.from(map).toString('base64')}`;
      return {
        contents: `${await readFile(file, 'utf8')}\n//# sourceMappingURL=${url}\n`,
        loader: 'default',
      };
    });
  },
};

const { version } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));

const { metafile, outputFiles } = await build({
  absWorkingDir: ROOT,
  entryPoints: { main: 'src/cli/main.ts', reader: 'src/cli/reader.ts' },
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  keepNames: true,
  legalComments: 'none',
  sourcemap: true,
  // for whoever looks into a stack trace of the same commit: a third of the package is too much for what Node does not read by itself
  sourcesContent: false,
  define: { __VERSION__: JSON.stringify(version), 'process.env.NODE_ENV': '"production"' },
  // CommonJS packages (commander is one) ask for Node's modules by require()
  banner: { js: 'const require=process.getBuiltinModule;' },
  plugins: [coarseForeignMaps],
  metafile: true,
  write: false,
  logLevel: 'warning',
});

refuseExternals(metafile);
const legal = await notices(metafile);

await rm(DIST, { recursive: true, force: true });
for (const { path: file, contents } of outputFiles) {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, contents);
}
const schema = execFileSync(process.execPath, [
  path.join(ROOT, 'bin/dora-metrics.js'),
  'init',
  '--print-schema',
]);
await writeFile(path.join(DIST, 'dora-metrics.schema.json'), schema);
await writeFile(path.join(DIST, 'metafile.json'), `${JSON.stringify(metafile)}\n`);
await writeFile(NOTICES, legal);
