import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { loadSettings, type Loaded } from '../../src/config/load.ts';

/** What a test of the configuration gives; where it gives no file there is none. */
export interface GivenConfiguration {
  /** The content of the file. */
  readonly yaml?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, unknown>>;
  /** Default: the folder of the test. */
  readonly cwd?: string;
  /** As `--config` names it. */
  readonly file?: string;
}

/** A folder for each test of a file, in which a configuration is read; call it outside of tests. */
export function configurationFolder() {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'dora-config-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });
  const load = async (given: GivenConfiguration): Promise<Loaded> => {
    const { yaml, env = {}, flags = {}, cwd = folder, file = null } = given;
    if (yaml !== undefined) await writeFile(path.join(folder, 'dora-metrics.yaml'), yaml);
    return await loadSettings({ cwd, file, env, flags });
  };
  return {
    folder: () => folder,
    load,
    /** The lines of the error. Throws where nothing is refused. */
    mistakes: async (given: GivenConfiguration): Promise<string[]> => {
      try {
        await load(given);
      } catch (error) {
        if (error instanceof Error) return error.message.split('\n').map((line) => line.trim());
      }
      throw new Error('nothing was refused');
    },
  };
}
