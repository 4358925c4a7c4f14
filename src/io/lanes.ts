/** Lets so many actions run at the same time; the others wait for their turn. */
export class Lanes {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(lanes: number) {
    this.#free = lanes;
  }

  async run<Result>(action: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await action();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

/**
 * Runs `action` for each item, started in order, `lanes` at a time.
 *
 * After a failure no other is started; it is thrown when those under way have ended, so that nothing goes on behind the caller's back.
 */
export async function inLanes<Item>(
  items: readonly Item[],
  lanes: number,
  action: (item: Item, position: number) => Promise<void>,
): Promise<void> {
  const next = items.entries();
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (const [position, item] of next) {
      try {
        await action(item, position);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(lanes, items.length)) }, lane));
  if (failures.length > 0) throw failures[0];
}
