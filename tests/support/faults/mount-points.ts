import { Cue, type Step } from './cue.ts';
import { DiskError, MemoryDisk } from './memory-disk.ts';

/** The paths under which runs reach their disks, and what is asked there. */

const ROOT = '/disk-of-the-test';

interface Mount {
  readonly disk: MemoryDisk;
  readonly cue: Cue;
  /** The files and folders that are open. */
  readonly open: Set<object>;
}

const mounts = new Map<string, Mount>();
let last = 0;

/** Of a run that is over: whoever is left of it gets no answer. */
const GONE: Mount = { disk: new MemoryDisk(), cue: new Cue(null), open: new Set() };
GONE.cue.kill();

/** A path under which one run reaches a disk. */
export function mount(disk: MemoryDisk, cue: Cue): string {
  last += 1;
  const root = `${ROOT}/${String(last)}`;
  mounts.set(root, { disk, cue, open: new Set() });
  return root;
}

export function unmount(root: string): void {
  mounts.delete(root);
}

/** How many files and folders a run has not closed. */
export function leftOpen(root: string): number {
  return mounts.get(root)?.open.size ?? 0;
}

/** A path on a disk of the test. */
export interface Spot extends Mount {
  readonly file: string;
}

/** `null` for a path of the real disk. */
export function spotOf(file: unknown): Spot | null {
  if (typeof file !== 'string' || !file.startsWith(`${ROOT}/`)) return null;
  const end = file.indexOf('/', ROOT.length + 1);
  const root = end === -1 ? file : file.slice(0, end);
  const reached = mounts.get(root) ?? GONE;
  const rest = file.slice(root.length, file.endsWith('/') ? -1 : undefined);
  return { ...reached, file: rest === '' ? '/' : rest };
}

const READING = ['EIO', 'EACCES'];
const WRITING = ['EIO', 'ENOSPC', 'EACCES'];

/** A step on a disk that is done whole, or not, or done and told as a failure. */
export function step<Result>(
  { cue, file }: Spot,
  call: string,
  act: () => Result,
  ways: Step<Result>['ways'] = {},
): Promise<Result> {
  const codes = ['stat', 'scandir', 'read'].includes(call) ? READING : WRITING;
  const refuse = (): never => {
    throw new DiskError(codes[cue.count % codes.length] ?? 'EIO', call, file);
  };
  const after = (): never => {
    act();
    throw new DiskError('EIO', call, file);
  };
  return cue.do({ side: 'disk', what: `${call} ${file}`, act, before: refuse, ways: { after, ...ways } });
}
