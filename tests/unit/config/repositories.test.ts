import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/config/load.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dora-repositories-'));
  for (const name of ['services/shop', 'services/web', 'services/.cache', 'tools/lint'])
    await mkdir(path.join(folder, name), { recursive: true });
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function locations(yaml: string): Promise<string[]> {
  const file = path.join(folder, 'dora-metrics.yaml');
  await writeFile(file, yaml);
  const { settings } = await loadSettings({ cwd: folder, file, env: {}, flags: {} });
  return settings.repositories.map(({ location }) => location);
}

describe('repositories', () => {
  it('may be a list of texts: folders, addresses, names on GitHub', async () => {
    const list =
      'repositories: [./services/shop, acme/web, "https://git.example.com/a/b.git", "git@host:a/c"]';

    expect(await locations(list)).toEqual([
      './services/shop',
      'https://github.com/acme/web.git',
      'https://git.example.com/a/b.git',
      'git@host:a/c',
    ]);
  });

  it('are looked for on the server that is configured', async () => {
    const yaml = 'repositories: [acme/web]\ngithub: { baseUrl: "https://github.example.com" }';

    expect(await locations(yaml)).toEqual(['https://github.example.com/acme/web.git']);
  });

  it('may be a pattern of folders, hidden ones left out', async () => {
    expect(await locations('repositories: [{ path: ./services/* }, ./t*/l?nt]')).toEqual([
      'services/shop',
      'services/web',
      'tools/lint',
    ]);
  });

  it('may stand in a file, a line each, from where the file is', async () => {
    await writeFile(
      path.join(folder, 'services/all.txt'),
      '\uFEFF# ours\r\n./shop\r\n\r\nacme/web # theirs\r\n../tools/*\r\n',
    );

    expect(await locations('repositories: [{ file: services/all.txt }]')).toEqual([
      'services/shop',
      'https://github.com/acme/web.git',
      'tools/lint',
    ]);
  });

  it('that are named twice are one', async () => {
    expect(await locations('repositories: [acme/web, acme/web]')).toHaveLength(1);
  });

  it.each([
    ['repositories: [./nothing/*]', /no folder matches \.\/nothing\/\*/u],
    ['repositories: [{ file: gone.txt }]', /cannot read .*gone\.txt/u],
    ['repositories: [{ file: a, path: b }]', /more than one of path, url and file/u],
    ['repositories: [{ path: "services/*", name: shop }]', /cannot all have one name/u],
    ['repositories: [""]', /repositories\[0\]: must be a map of keys/u],
    ['github: { organization: "a/b" }', /github\.organization/u],
  ])('%s is refused', async (yaml, words) => {
    await expect(locations(yaml)).rejects.toThrow(words);
  });

  it('are those of the organisation alone where nothing else is named', async () => {
    expect(await locations('github: { organization: acme }')).toEqual([]);
  });
});
