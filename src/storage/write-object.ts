import type { Storage } from './storage.ts';

/** Stores an object whole: it appears with all of its bytes, or nothing of it is left. Gives its fingerprint, where the place tells it. */
export async function writeObject(
  storage: Pick<Storage, 'create'>,
  key: string,
  chunks: readonly Uint8Array[],
): Promise<string | null> {
  const writer = await storage.create(key);
  try {
    for (const chunk of chunks) await writer.write(chunk);
    return await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
