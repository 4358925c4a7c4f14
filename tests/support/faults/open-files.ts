import { DiskError, type FileNode } from './memory-disk.ts';
import { step, type Spot } from './mount-points.ts';

type Node = FileNode | { readonly kind: 'folder' };

/** A file or a folder that is open, with what is asked of it; a file is there until it is closed, whether or not it has a name. */
export function opened(spot: Spot, flags: unknown) {
  const { disk, file, open } = spot;
  const isNew = typeof flags === 'string' && flags.startsWith('wx');
  const node = flags === 'r' || flags === undefined ? disk.find(file, 'open') : disk.make(file, isNew);
  const handle = {
    write: async (chunk: Uint8Array, from = 0, length = chunk.length - from, at: number | null = null) => {
      const put = (bytes: number) => written(node, spot, { chunk: chunk.subarray(from, from + bytes), at });
      return await step(spot, 'write', () => put(length), {
        // the system may take less than it was given, and says so
        short: () => put((length + 1) >> 1),
        half: () => {
          put(length >> 1);
          throw new DiskError('ENOSPC', 'write', file);
        },
      });
    },
    read: async (buffer: Uint8Array, from: number, length: number, at: number) => {
      const take = (bytes: number) => ({ bytesRead: bodyOf(node, file).copy(buffer, from, at, at + bytes) });
      return await step(spot, 'read', () => take(length), {
        short: () => take((length + 1) >> 1),
        // as if the file ended there
        nothing: () => ({ bytesRead: 0 }),
      });
    },
    sync: async () =>
      await step(spot, 'fsync', () => {
        if (node.kind === 'file') disk.syncFile(node);
        else disk.syncFolder(file);
      }),
    close: async () => {
      // whatever comes of it, nobody may ask for it again
      open.delete(handle);
      await step(spot, 'close', () => undefined);
    },
  };
  return handle;
}

function bodyOf(node: Node, file: string): Buffer {
  if (node.kind === 'folder') throw new DiskError('EISDIR', 'read', file);
  return node.body;
}

/** Puts bytes at a place of a file; `null`: at its end. */
function written(
  node: Node,
  { disk, file }: Spot,
  { chunk, at }: { readonly chunk: Uint8Array; readonly at: number | null },
): { readonly bytesWritten: number } {
  if (node.kind === 'folder') throw new DiskError('EISDIR', 'write', file);
  const start = at ?? node.body.length;
  const gap = Buffer.alloc(Math.max(0, start - node.body.length));
  const rest = node.body.subarray(start + chunk.length);
  disk.put(node, Buffer.concat([node.body.subarray(0, start), gap, chunk, rest]));
  return { bytesWritten: chunk.length };
}
