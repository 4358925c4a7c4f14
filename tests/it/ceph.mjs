// A Ceph object gateway for as long as the tests run: one monitor, one store in memory, one gateway, all on loopback and in a temporary folder.
// No root, no systemd, no configuration of the machine's.
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Debian package → the program it brings. */
export const CEPH_PACKAGES = { 'ceph-mon': 'ceph-mon', 'ceph-osd': 'ceph-osd', radosgw: 'radosgw' };

const PATIENCE_MS = 90_000;

/** Starts the gateway; gives the variables by which tests find it, and what stops it. Leaves nothing where it fails. */
export async function startCeph() {
  const folder = await mkdtemp(path.join(tmpdir(), 'dora-ceph-'));
  const daemons = [];
  const stop = async () => {
    // the gateway first: the others are what it stands on
    for (const daemon of daemons.reverse()) await daemon.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const env = await started(folder, (program, ...args) => {
      daemons.push(daemonOf(folder, program, args));
    });
    return { env, stop };
  } catch (error) {
    const said = await complaints(folder);
    await stop();
    throw new Error(`Ceph does not start: ${error.message}\n${said}`, { cause: error });
  }
}

async function started(folder, start) {
  const [monitor, gateway] = await freePorts(2);
  const [cluster, disk] = [randomUUID(), randomUUID()];
  const keys = [randomBytes(10).toString('hex').toUpperCase(), randomBytes(20).toString('hex')];
  for (const name of ['mon', 'osd', 'run']) await mkdir(path.join(folder, name));
  await writeFile(path.join(folder, 'keyring'), '');
  await writeFile(path.join(folder, 'ceph.conf'), configuration({ folder, cluster, monitor, gateway }));
  const run = async (program, ...args) => await ended(folder, program, args);

  const address = `[v2:127.0.0.1:${monitor}]`;
  await run('monmaptool', '--create', '--fsid', cluster, '--addv', 'a', address, 'monmap');
  await run('ceph-mon', '-c', 'ceph.conf', '-i', 'a', '--mkfs', '--monmap', 'monmap');
  start('ceph-mon', '-c', 'ceph.conf', '-i', 'a', '-f');
  await run('ceph', '-c', 'ceph.conf', '--connect-timeout', '60', 'osd', 'new', disk);
  await run('ceph-osd', '-c', 'ceph.conf', '-i', '0', '--mkfs', '--osd-uuid', disk);
  start('ceph-osd', '-c', 'ceph.conf', '-i', '0', '-f');
  const client = ['-c', 'ceph.conf', '-n', 'client.rgw'];
  const user = ['--uid', 'dora', '--display-name', 'dora', '--access-key', keys[0], '--secret-key', keys[1]];
  await run('radosgw-admin', ...client, 'user', 'create', ...user);
  start('radosgw', ...client, '-f');
  const endpoint = `http://127.0.0.1:${gateway}`;
  await answers(endpoint);
  return { DORA_IT_S3_ENDPOINT: endpoint, AWS_ACCESS_KEY_ID: keys[0], AWS_SECRET_ACCESS_KEY: keys[1] };
}

/** Without authentication between the parts, which all listen on loopback only; whoever asks the gateway needs the keys. */
function configuration({ folder, cluster, monitor, gateway }) {
  return `[global]
fsid = ${cluster}
mon host = [v2:127.0.0.1:${monitor}]
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
auth cluster required = none
auth service required = none
auth client required = none
# what is not authenticated cannot be encrypted, which the gateway would want
ms mon client mode = crc
keyring = ${folder}/keyring
run dir = ${folder}/run
crash dir = ${folder}/run
log file = ${folder}/$name.log
admin socket =
pid file =
mon data = ${folder}/mon
mon data avail warn = 1
mon data avail crit = 0
mon allow pool size one = true
mon max pg per osd = 1000
paxos propose interval = 0.1
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
rgw data = ${folder}/run
rgw rados pool pg num min = 1
rgw frontends = beast endpoint=127.0.0.1:${gateway}
`;
}

/** A program that stays: until `stop`, or until this process is gone, however it went; then nothing writes to its standard input any more. */
function daemonOf(folder, program, args) {
  const log = openSync(path.join(folder, `${program}.out`), 'a');
  const line = '"$@" & pid=$!; read -r _; kill "$pid"; wait "$pid"';
  const child = spawn('sh', ['-c', line, 'sh', program, ...args], {
    cwd: folder,
    // Ctrl-C is for the tests, which must still find it to clear up
    detached: true,
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  const closed = new Promise((resolve) => child.once('close', resolve));
  return {
    stop: async () => {
      child.stdin.end();
      await closed;
    },
  };
}

async function ended(folder, program, args) {
  let said = '';
  const child = spawn(program, args, {
    cwd: folder,
    timeout: PATIENCE_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, signal) => resolve(exit ?? signal));
  });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${said}`);
}

async function answers(endpoint) {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await globalThis.fetch(endpoint);
      return;
    } catch (error) {
      if (Date.now() > until) throw new Error(`nothing answers at ${endpoint}`, { cause: error });
      await sleep(200);
    }
  }
}

/** Taken all at once, so that no two are the same. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  return await Promise.all(
    servers.map(async (server) => {
      const { port } = server.address();
      await new Promise((resolve) => server.close(resolve));
      return port;
    }),
  );
}

/** The last lines of what the daemons said. */
async function complaints(folder) {
  const files = ['ceph-mon', 'ceph-osd', 'radosgw'].map((name) => path.join(folder, `${name}.out`));
  const texts = await Promise.all(files.map(async (file) => await readFile(file, 'utf8').catch(() => '')));
  return texts.join('').trimEnd().split('\n').slice(-20).join('\n');
}
