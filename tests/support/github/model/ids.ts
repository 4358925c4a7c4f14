/** Only what fits into 31 bits: GraphQL's `Int` is no wider. */
const FIRST_ID = 1_000_000_001;

/** Hands out database ids, each one more than the one before. */
export class Ids {
  #last = FIRST_ID - 1;

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}

/** The global id of something that belongs to a repository, in GitHub's style: `PR_kwDO…` (msgpack in base64). */
export function globalId(prefix: string, repositoryId: number, id: number): string {
  const packed = Buffer.alloc(12);
  packed.writeUIntBE(0x9300ce, 0, 3);
  packed.writeUInt32BE(repositoryId, 3);
  packed.writeUInt8(0xce, 7);
  packed.writeUInt32BE(id, 8);
  return `${prefix}_${packed.toString('base64url')}`;
}

/** The global id of a repository: `R_kgDO…`. */
export function repositoryGlobalId(id: number): string {
  const packed = Buffer.alloc(7);
  packed.writeUIntBE(0x9200ce, 0, 3);
  packed.writeUInt32BE(id, 3);
  return `R_${packed.toString('base64url')}`;
}
