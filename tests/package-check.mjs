// What `npm publish` would send: only files that are meant to go, all of them, and not too much.
import { spawnSync } from 'node:child_process';

const MAX_BYTES = 3 * 1024 * 1024;
const REQUIRED = [
  'LICENSE',
  'README.md',
  'THIRD_PARTY_NOTICES.txt',
  'bin/dora-metrics.js',
  'dist/main.js',
  'dist/reader.js',
  'package.json',
];
const ALLOWED = [
  /^(CHANGELOG\.md|LICENSE|README\.md|THIRD_PARTY_NOTICES\.txt|package\.json)$/u,
  /^bin\/dora-metrics\.js$/u,
  /^dist\/(main|reader)\.js(\.map)?$/u,
  /^dist\/chunks\/[\w.-]+-[A-Z0-9]{8}\.js(\.map)?$/u,
  /^dist\/[\w-]+\.schema\.json$/u,
];

/** The package as npm would pack it. `prepack` is skipped: the build has run. */
function packed() {
  const { stdout, stderr, status } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm pack failed: ${stderr}`);
  const answer = JSON.parse(stdout);
  return Array.isArray(answer) ? answer[0] : Object.values(answer)[0];
}

function faults({ files, unpackedSize }) {
  const paths = files.map((file) => file.path);
  return [
    ...REQUIRED.filter((name) => !paths.includes(name)).map((name) => `missing: ${name}`),
    ...paths
      .filter((name) => !ALLOWED.some((rule) => rule.test(name)))
      .map((name) => `not meant to be sent: ${name}`),
    ...(unpackedSize > MAX_BYTES ? [`too big: ${unpackedSize} bytes unpacked, at most ${MAX_BYTES}`] : []),
  ];
}

const contents = packed();
const found = faults(contents);
for (const fault of found) console.error(`package: ${fault}`);
if (found.length === 0) {
  const kib = (bytes) => `${Math.round(bytes / 1024)} KiB`;
  console.log(
    `package: ${contents.files.length} files, ${kib(contents.size)}, unpacked ${kib(contents.unpackedSize)}`,
  );
}
process.exitCode = found.length === 0 ? 0 : 1;
