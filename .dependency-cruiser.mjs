// Who may import whom. A folder may import itself and the folders listed for it, nothing else.
const MAY_IMPORT = {
  domain: [],
  calculators: ['domain'],
  processors: ['domain'],
  io: ['domain'],
  storage: ['domain', 'io'],
  extractors: ['domain', 'io'],
  exporters: ['domain', 'io'],
  pipeline: ['domain', 'io', 'calculators', 'processors', 'storage', 'extractors', 'exporters'],
  config: ['domain', 'io'],
  server: ['domain', 'io', 'config', 'pipeline'],
  cli: ['domain', 'io', 'config', 'pipeline', 'server'],
};

// Files without I/O: they take values and return values, wherever they live.
const PURE = [
  '^src/(domain|calculators|processors)/',
  '^src/[a-z]+/[^/]+/(schema|normalise|options|payload|exposition|columns|page|charts|styles)[.]ts$',
];

const OPTIONS = '^src/(extractors|exporters)/[^/]+/options[.]ts$';

// All npm packages are devDependencies, since the build bundles them. These may be bundled.
const PURE_PACKAGES = ['zod', 'd3-array', 'temporal-polyfill', 'picomatch'];
const PACKAGES = [
  ...PURE_PACKAGES,
  '@aws-sdk/client-s3',
  '@commander-js/extra-typings',
  '@octokit/graphql',
  'commander',
  'csv-stringify',
  'echarts',
  'hyparquet-writer',
  'yaml',
];

/** Matches the path of a file of these packages, or of their types. */
function inPackages(names) {
  return `(^|/)node_modules/(@types/)?(${names.join('|')})/`;
}

const oneWay = Object.entries(MAY_IMPORT).map(([folder, others]) => ({
  name: `${folder}-may-import`,
  comment: `src/${folder} may import: ${others.join(', ') || 'only itself'}.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: {
    path: '^src/',
    pathNot: [
      ...[folder, ...others].map((name) => `^src/${name}/`),
      ...(folder === 'config' ? [OPTIONS] : []),
    ],
  },
}));

/** Only files under `home` may import these packages. */
function onlyIn(home, packages) {
  return {
    name: `${packages[0]}-stays-home`,
    comment: `${packages.join(', ')}: only in ${home}.`,
    severity: 'error',
    from: { path: '^src/', pathNot: home },
    to: { path: inPackages(packages) },
  };
}

/** Only files under `home` may import this module of Node. */
function nodeOnlyIn(home, module) {
  return {
    name: `node-${module}-stays-home`,
    comment: `node:${module}: only in ${home}.`,
    severity: 'error',
    from: { path: '^src/', pathNot: home },
    to: { path: `^(node:)?${module}(/promises)?$`, dependencyTypes: ['core'] },
  };
}

export default {
  forbidden: [
    ...oneWay,
    {
      name: 'known-folders',
      comment: 'A new folder in src needs a line in MAY_IMPORT.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${Object.keys(MAY_IMPORT).join('|')})/` },
      to: {},
    },
    {
      name: 'pure-no-node',
      comment: 'Values in, values out.',
      severity: 'error',
      from: { path: PURE },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-no-io',
      comment: 'Values in, values out.',
      severity: 'error',
      from: { path: PURE },
      to: { path: '^src/io/' },
    },
    {
      name: 'pure-npm-allowlist',
      comment: 'Packages that compute and do nothing else.',
      severity: 'error',
      from: { path: PURE },
      to: { path: 'node_modules/', pathNot: inPackages(PURE_PACKAGES) },
    },
    {
      name: 'npm-allowlist',
      comment: 'What is imported is bundled and shipped: decide on it, then add it to PACKAGES.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: 'node_modules/', pathNot: inPackages(PACKAGES) },
    },
    {
      name: 'siblings-are-strangers',
      comment: 'One source (or output) never knows another.',
      severity: 'error',
      from: { path: '^src/(extractors|exporters)/([^/]+)/' },
      to: { path: '^src/$1/[^/]+/', pathNot: '^src/$1/$2/' },
    },
    onlyIn('^src/cli/', ['commander', '@commander-js/extra-typings']),
    onlyIn('^src/exporters/html/', ['echarts']),
    onlyIn('^src/exporters/parquet/', ['hyparquet-writer']),
    onlyIn('^src/extractors/github/', ['@octokit/graphql']),
    onlyIn('^src/(config|extractors/argocd)/', ['yaml']),
    onlyIn('^src/storage/s3/', ['@aws-sdk/client-s3']),
    nodeOnlyIn('^src/io/', 'child_process'),
    nodeOnlyIn('^src/(io|storage)/', 'fs'),
    {
      name: 'bin-to-main',
      comment: 'The executable checks the version of Node and starts main, nothing else.',
      severity: 'error',
      from: { path: '^bin/' },
      to: { pathNot: ['^([.][.]/)?dist/main[.]js$', '^src/cli/main[.]ts$'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'A path that leads nowhere.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or three.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nobody imports it and it imports nothing: it is dead.',
      severity: 'error',
      from: { path: '^src/', orphan: true },
      to: {},
    },
    {
      name: 'src-knows-no-tests',
      comment: 'What is shipped does not know how it is tested.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(tests|fixtures|bench)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'default'] },
    doNotFollow: { path: ['node_modules', '^dist/'] },
  },
};
