import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExportStore, type Part } from '../../../src/storage/export-store.ts';
import { LocalStorage } from '../../../src/storage/local-storage.ts';
import { testFolder } from '../../support/repo.ts';

const A = 'changes/repository=a/month=2026-01';
const B = 'changes/repository=b/month=2026-01';

function parts(digests: Readonly<Record<string, string>>): ReadonlyMap<string, Part> {
  return new Map(Object.entries(digests).map(([name, digest]) => [name, { digest, rows: 1 }]));
}

/** Another process that writes to the same place. */
function writerOf(folder: string, name: string) {
  const storage = new LocalStorage(folder);
  return { prefix: '', storage: Object.assign(storage, { writerName: name }) };
}

async function run(store: ExportStore, wanted: ReadonlyMap<string, Part>) {
  const plan = store.plan(wanted);
  await store.begin(plan);
  for (const name of plan.changed) {
    const writer = await store.create(name);
    await writer.write(Buffer.from(wanted.get(name)?.digest ?? ''));
    await writer.commit();
  }
  return plan;
}

describe('the manifest of an export', () => {
  it('vouches for nothing that two runs wrote at the same time, and the next one writes it again', async () => {
    const folder = await testFolder();
    const [older, newer] = [parts({ [A]: 'old a', [B]: 'same' }), parts({ [A]: 'new a', [B]: 'same' })];
    const first = await ExportStore.open(writerOf(folder, 'w1'));
    const second = await ExportStore.open(writerOf(folder, 'w2'));
    await run(second, newer);
    await run(first, older);

    await expect(second.finish(newer)).rejects.toThrow('another export is writing');
    await expect(first.finish(older)).rejects.toThrow('another export is writing');

    const third = await ExportStore.open(writerOf(folder, 'w3'));
    expect([...third.plan(newer).changed]).toEqual([A, B]);
    await run(third, newer);
    await third.finish(newer);
    expect((await ExportStore.open(writerOf(folder, 'w4'))).plan(newer)).toMatchObject({
      unchanged: 2,
      stale: [],
    });
  });

  it('writes nothing else again when a run was killed after the first file', async () => {
    const folder = await testFolder();
    const whole = await ExportStore.open(writerOf(folder, 'w1'));
    await run(whole, parts({ [A]: 'a', [B]: 'b' }));
    await whole.finish(parts({ [A]: 'a', [B]: 'b' }));
    await run(await ExportStore.open(writerOf(folder, 'w2')), parts({ [A]: 'other', [B]: 'b' }));

    const next = await ExportStore.open(writerOf(folder, 'w3'));

    // also where the rows are again what they were when the manifest was whole
    expect([...next.plan(parts({ [A]: 'a', [B]: 'b' })).changed]).toEqual([A]);
  });

  it('is not begun in a folder that only looks empty, such as a clone without files', async () => {
    const folder = await testFolder();
    await mkdir(path.join(folder, '.git'));
    await writeFile(path.join(folder, '.git/HEAD'), 'ref: refs/heads/main\n');

    await expect(ExportStore.open(writerOf(folder, 'w1'))).rejects.toThrow(
      'is not empty and holds no export',
    );
  });

  it.each(['{', '{}', '{"schema":"dora-metrics/parquet/v2","partitions":{}}'])(
    'is refused where it says %s',
    async (text) => {
      const folder = await testFolder();
      await writeFile(path.join(folder, '_manifest.json'), text);

      await expect(ExportStore.open(writerOf(folder, 'w1'))).rejects.toMatchObject({
        kind: 'data',
        message: expect.stringContaining('was not written by this version'),
      });
    },
  );
});
