import { createHash } from 'node:crypto';
import path from 'node:path';

/** What Node's functions throw, as far as anybody looks at it. */
export class DiskError extends Error {
  readonly code: string;
  readonly syscall: string;

  constructor(code: string, syscall: string, file: string) {
    // where it came from costs more than all the rest, and nobody asks
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(`${code}: of the test, ${syscall} '${file}'`);
    Error.stackTraceLimit = limit;
    this.code = code;
    this.syscall = syscall;
  }
}

export interface FileNode {
  readonly kind: 'file';
  readonly ino: bigint;
  body: Buffer;
  /** What was there when it was synced last: all that is left when the power goes. */
  synced: Buffer;
  writtenAt: bigint;
}

interface FolderNode {
  readonly kind: 'folder';
  readonly ino: bigint;
}

type Node = FileNode | FolderNode;

/** What is there after the power is gone: `least` is only what was synced; `names` is every name, with what was synced of each file. */
export type Loss = 'least' | 'names';

/**
 * A file system in memory, as POSIX has it: hard links, renames that replace, and what a sync has made certain.
 *
 * Paths are those of `node:path` for POSIX, `/` is its root.
 */
export class MemoryDisk {
  #nodes = new Map<string, Node>();
  /** The names that are certain: those of folders that were synced. */
  #synced = new Map<string, Node>();
  #last = 1n;
  #tick = 1n;

  constructor() {
    const root: FolderNode = { kind: 'folder', ino: this.#last };
    this.#nodes.set('/', root);
    this.#synced.set('/', root);
  }

  /** A copy that shares nothing with this one. */
  clone(): MemoryDisk {
    const copies = new Map<Node, Node>();
    const copied = (nodes: ReadonlyMap<string, Node>) =>
      new Map(
        [...nodes].map(([file, node]) => {
          const copy = copies.get(node) ?? { ...node };
          copies.set(node, copy);
          return [file, copy];
        }),
      );
    const disk = new MemoryDisk();
    disk.#nodes = copied(this.#nodes);
    disk.#synced = copied(this.#synced);
    disk.#last = this.#last;
    disk.#tick = this.#tick;
    return disk;
  }

  /** Everything is certain from here on. */
  settle(): void {
    this.#synced = new Map(this.#nodes);
    for (const node of this.#nodes.values()) if (node.kind === 'file') node.synced = node.body;
  }

  losePower(loss: Loss): void {
    if (loss === 'least') {
      const isReached = (file: string): boolean =>
        file === '/' || (this.#synced.has(file) && isReached(parentOf(file)));
      this.#nodes = new Map([...this.#synced].filter(([file]) => isReached(file)));
    }
    for (const node of this.#nodes.values()) if (node.kind === 'file') node.body = node.synced;
    this.settle();
  }

  /** All files with their bytes, by path. */
  files(): Map<string, Buffer> {
    const found = new Map<string, Buffer>();
    for (const [file, node] of this.#nodes) if (node.kind === 'file') found.set(file, node.body);
    return found;
  }

  /** The same for disks on which nobody could find a difference. */
  digest(): string {
    const lines = [...this.#nodes].map(([file, node]) =>
      node.kind === 'folder' ? file : [file, node.ino, node.writtenAt, digestOf(node.body)].join(' '),
    );
    return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
  }

  find(file: string, syscall: string): Node {
    const node = this.#nodes.get(file);
    if (node === undefined) throw new DiskError('ENOENT', syscall, file);
    return node;
  }

  has(file: string): boolean {
    return this.#nodes.has(file);
  }

  file(file: string, syscall: string): FileNode {
    const node = this.find(file, syscall);
    if (node.kind === 'folder') throw new DiskError('EISDIR', syscall, file);
    return node;
  }

  makeFolder(file: string): void {
    if (this.#nodes.has(file)) throw new DiskError('EEXIST', 'mkdir', file);
    this.#requireParent(file, 'mkdir');
    this.#nodes.set(file, { kind: 'folder', ino: this.#next() });
  }

  /** Makes a file; `isNew` refuses one that is there. */
  make(file: string, isNew: boolean): FileNode {
    this.#requireParent(file, 'open');
    const known = this.#nodes.get(file);
    if (known !== undefined && isNew) throw new DiskError('EEXIST', 'open', file);
    const empty = Buffer.alloc(0);
    const node = known ?? {
      kind: 'file',
      ino: this.#next(),
      body: empty,
      synced: empty,
      writtenAt: this.#tick,
    };
    if (node.kind === 'folder') throw new DiskError('EISDIR', 'open', file);
    this.#nodes.set(file, node);
    this.put(node, empty);
    return node;
  }

  put(node: FileNode, body: Buffer): void {
    this.#tick += 1n;
    node.body = body;
    node.writtenAt = this.#tick;
  }

  syncFile(node: FileNode): void {
    node.synced = node.body;
  }

  /** Makes the names in a folder certain. */
  syncFolder(folder: string): void {
    for (const file of this.#synced.keys()) if (parentOf(file) === folder) this.#synced.delete(file);
    for (const [file, node] of this.#nodes) if (parentOf(file) === folder) this.#synced.set(file, node);
  }

  link(from: string, to: string): void {
    const node = this.file(from, 'link');
    this.#requireParent(to, 'link');
    if (this.#nodes.has(to)) throw new DiskError('EEXIST', 'link', to);
    this.#nodes.set(to, node);
  }

  rename(from: string, to: string): void {
    const node = this.file(from, 'rename');
    this.#requireParent(to, 'rename');
    if (this.#nodes.get(to)?.kind === 'folder') throw new DiskError('EISDIR', 'rename', to);
    this.#nodes.delete(from);
    this.#nodes.set(to, node);
  }

  remove(file: string): void {
    this.file(file, 'rm');
    this.#nodes.delete(file);
  }

  /** What lies in a folder; `isDeep` also in those below it. */
  entries(folder: string, isDeep: boolean): { readonly file: string; readonly isFile: boolean }[] {
    if (this.find(folder, 'scandir').kind === 'file') throw new DiskError('ENOTDIR', 'scandir', folder);
    const start = folder === '/' ? '/' : `${folder}/`;
    return [...this.#nodes]
      .filter(([file]) => file !== '/' && file.startsWith(start))
      .filter(([file]) => isDeep || !file.slice(start.length).includes('/'))
      .map(([file, { kind }]) => ({ file, isFile: kind === 'file' }));
  }

  #requireParent(file: string, syscall: string): void {
    const parent = this.find(parentOf(file), syscall);
    if (parent.kind === 'file') throw new DiskError('ENOTDIR', syscall, file);
  }

  #next(): bigint {
    this.#last += 1n;
    return this.#last;
  }
}

const parents = new Map<string, string>([['/', '']]);

/** The folder of a path; asked very often. */
function parentOf(file: string): string {
  const known = parents.get(file) ?? path.posix.dirname(file);
  parents.set(file, known);
  return known;
}

const digests = new WeakMap<Buffer, string>();

function digestOf(body: Buffer): string {
  const known = digests.get(body) ?? createHash('sha256').update(body).digest('hex');
  digests.set(body, known);
  return known;
}
