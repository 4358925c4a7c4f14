import type { ChangeColumns } from '../domain/dataset.ts';

/** The entries of a table of changes by the deployment that shipped them: two passes, however many deployments there are. */
export class EntriesByDeployment {
  readonly #entries: Int32Array;
  /** Where those of each deployment begin; one more at the end. */
  readonly #starts: Int32Array;

  /** `deployments`: how many there are. Entries of no known deployment are left out. */
  constructor({ length, deployment }: ChangeColumns, deployments: number) {
    const starts = new Int32Array(deployments + 1);
    for (let entry = 0; entry < length; entry += 1) {
      const position = deployment[entry] ?? -1;
      if (position >= 0) starts[position + 1] = (starts[position + 1] ?? 0) + 1;
    }
    for (let position = 0; position < deployments; position += 1)
      starts[position + 1] = (starts[position + 1] ?? 0) + (starts[position] ?? 0);
    const next = starts.slice();
    this.#entries = new Int32Array(starts[deployments] ?? 0);
    for (let entry = 0; entry < length; entry += 1) {
      const position = deployment[entry] ?? -1;
      if (position < 0) continue;
      const place = next[position] ?? 0;
      this.#entries[place] = entry;
      next[position] = place + 1;
    }
    this.#starts = starts;
  }

  /** The entries of the deployment at `position`, ascending. */
  of(position: number): Int32Array {
    return this.#entries.subarray(this.#starts[position] ?? 0, this.#starts[position + 1] ?? 0);
  }
}
