const SHA_BYTES = 20;

/** Which deployment brought which commits: a million of them in 24 bytes each. SHA-1 only. */
export class ShippedCommits {
  #deployments = new Int32Array(1024);
  #shas = Buffer.alloc(1024 * SHA_BYTES);
  #length = 0;
  /** Where the commits of each deployment begin in `#order`; made when first asked. */
  #starts: Int32Array | null = null;
  #order = new Int32Array(0);

  /** `deployment` is a number of the caller's, from 0. What is no full SHA-1 is left out. */
  add(deployment: number, sha: string): void {
    if (!/^[0-9a-f]{40}$/u.test(sha)) return;
    if (this.#length === this.#deployments.length) this.#grow();
    this.#deployments[this.#length] = deployment;
    this.#shas.write(sha, this.#length * SHA_BYTES, 'hex');
    this.#length += 1;
    this.#starts = null;
  }

  /** In the order in which they were added; a commit may stand there twice. */
  of(deployment: number): string[] {
    const starts = this.#starts ?? this.#sorted();
    const shas: string[] = [];
    for (let at = starts[deployment] ?? 0; at < (starts[deployment + 1] ?? 0); at += 1) {
      const start = (this.#order[at] ?? 0) * SHA_BYTES;
      shas.push(this.#shas.toString('hex', start, start + SHA_BYTES));
    }
    return shas;
  }

  #grow(): void {
    const deployments = new Int32Array(this.#deployments.length * 2);
    deployments.set(this.#deployments);
    this.#deployments = deployments;
    const shas = Buffer.alloc(this.#shas.length * 2);
    this.#shas.copy(shas);
    this.#shas = shas;
  }

  #sorted(): Int32Array {
    const all = this.#deployments.subarray(0, this.#length);
    const most = all.reduce((highest, one) => Math.max(highest, one), -1);
    const starts = new Int32Array(most + 2);
    for (const one of all) starts[one + 1] = (starts[one + 1] ?? 0) + 1;
    for (let one = 0; one <= most; one += 1) starts[one + 1] = (starts[one + 1] ?? 0) + (starts[one] ?? 0);
    const next = starts.slice();
    this.#order = new Int32Array(this.#length);
    for (const [row, one] of all.entries()) {
      const at = next[one] ?? 0;
      this.#order[at] = row;
      next[one] = at + 1;
    }
    this.#starts = starts;
    return starts;
  }
}
