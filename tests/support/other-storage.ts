import type { Storage } from '../../src/storage/storage.ts';

/** The same place, with some of what it does done in another way. */
export function otherStorage(storage: Storage, changes: Partial<Storage>): Storage {
  return {
    location: storage.location,
    isNear: storage.isNear,
    writerName: storage.writerName,
    locate: (key) => storage.locate(key),
    read: async (key) => await storage.read(key),
    fingerprint: async (key) => await storage.fingerprint(key),
    fingerprints: async (folder) => await storage.fingerprints(folder),
    stream: (key) => storage.stream(key),
    create: async (key) => await storage.create(key),
    list: async (prefix) => await storage.list(prefix),
    remove: async (key) => await storage.remove(key),
    readVersioned: async (key) => await storage.readVersioned(key),
    replace: async (key, body, expected) => await storage.replace(key, body, expected),
    abandoned: async (prefix) => await storage.abandoned(prefix),
    ...changes,
  };
}
