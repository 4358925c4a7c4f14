import { describe, expect, it } from 'vitest';
import { inLanes, Lanes } from '../../../src/io/lanes.ts';

/** Actions that end when they are told to. */
function actions() {
  const ends = new Map<number, (error?: Error) => void>();
  const action = (item: number) =>
    new Promise<void>((resolve, reject) => {
      ends.set(item, (error) => {
        ends.delete(item);
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  const end = async (item: number, error?: Error) => {
    ends.get(item)?.(error);
    // whoever waited for it goes on in the turns that follow
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  return { action, end, underWay: () => [...ends.keys()] };
}

describe('lanes', () => {
  it('start in order, so many at a time', async () => {
    const { action, end, underWay } = actions();
    const all = inLanes([1, 2, 3, 4], 2, action);
    expect(underWay()).toEqual([1, 2]);

    await end(2);
    expect(underWay()).toEqual([1, 3]);
    await end(1);
    await end(3);
    await end(4);

    await expect(all).resolves.toBeUndefined();
  });

  it('start nothing after a failure, and wait for what is under way', async () => {
    const { action, end, underWay } = actions();
    let isOver = false;
    const all = inLanes([1, 2, 3, 4], 2, action).finally(() => {
      isOver = true;
    });
    all.catch(() => undefined);

    await end(1, new Error('no'));
    expect(underWay()).toEqual([2]);
    expect(isOver).toBe(false);
    await end(2);

    await expect(all).rejects.toThrow('no');
    expect(underWay()).toEqual([]);
  });

  it.each([0, 1, 5])('do all of %i items with more lanes than items', async (count) => {
    const seen: number[] = [];
    await inLanes(
      Array.from({ length: count }, (_, item) => item),
      8,
      async (item) => {
        await Promise.resolve(seen.push(item));
      },
    );
    expect(seen).toHaveLength(count);
  });

  it('are free again after a failure', async () => {
    const lanes = new Lanes(1);

    await expect(lanes.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');

    await expect(lanes.run(() => Promise.resolve('yes'))).resolves.toBe('yes');
  });
});
