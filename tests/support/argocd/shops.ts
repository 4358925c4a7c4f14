import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { git } from '../../../fixtures/history/git.ts';
import { buildHistory, type HistoryBuilder } from '../../../fixtures/history/history-builder.ts';
import { isoInstant } from '../../../src/domain/units.ts';
import { day } from '../repo.ts';
import { ArgoModel } from './model.ts';
import type { ModelSource } from './model-types.ts';

/** A GitOps repository, the two applications that it deploys, and what Argo CD showed of them. */
export interface Shops {
  /** Holds the three clones and a configuration that names them. */
  readonly folder: string;
  /** Full shas of the commits of each repository, the oldest first. */
  readonly commits: Readonly<Record<'shop' | 'cart' | 'gitops', readonly string[]>>;
  /** Every document that Argo CD wrote, in order, one a line. */
  readonly documents: string;
}

const PATH = 'components/shop/production/eu1';
const SOURCE: ModelSource = {
  repoURL: 'https://github.com/acme/gitops.git',
  path: PATH,
  targetRevision: 'main',
};

/** What the repositories of the images are, and that they are asked nobody else about. */
const CONFIGURATION = `repositories: [{ path: shop }, { path: cart }, { path: gitops }]
argocd:
  images:
    - { image: quay.io/acme/*, repository: https://github.com/acme/$1 }
`;

/** Seconds since the epoch as Argo CD writes them. */
function instant(seconds: number): string {
  return isoInstant(seconds * 1000);
}

export async function makeShops(folder: string): Promise<Shops> {
  const commits = {
    shop: await repository(folder, 'shop', async (history) => [
      await history.commit({ message: 'shop: begin', files: { 'a.txt': '1' }, at: day(0) }),
      await history.commit({ message: 'shop: search', files: { 'a.txt': '2' }, at: day(1) }),
      await history.commit({ message: 'shop: filters', files: { 'a.txt': '3' }, at: day(2) }),
      await history.commit({ message: 'shop: prices', files: { 'a.txt': '4' }, at: day(6) }),
      await history.commit({ message: 'shop: stock', files: { 'a.txt': '5' }, at: day(13) }),
    ]),
    cart: await repository(folder, 'cart', async (history) => [
      await history.commit({ message: 'cart: begin', files: { 'a.txt': '1' }, at: day(0) }),
      await history.commit({ message: 'cart: coupons', files: { 'a.txt': '2' }, at: day(9) }),
    ]),
    gitops: await repository(folder, 'gitops', async (history) => {
      const made: string[] = [];
      for (let number = 0; number < 11; number += 1) {
        // that of the eleventh day is another application's
        const file = number === 9 ? 'components/other/production/eu1/k.yaml' : `${PATH}/k.yaml`;
        const at = day(5 + number) - 600;
        made.push(
          await history.commit({
            message: `deploy ${String(number)}`,
            files: { [file]: String(number) },
            at,
          }),
        );
      }
      return made;
    }),
  };
  await git(path.join(folder, 'shop'), ['tag', 'v1.2.0', commits.shop[3] ?? '']);
  await writeFile(path.join(folder, 'dora-metrics.yaml'), CONFIGURATION);
  const documents = shown(commits).looks.map(({ document }) => JSON.stringify(document));
  return { folder, commits, documents: `${documents.join('\n')}\n` };
}

async function repository(
  folder: string,
  name: string,
  describe: (history: HistoryBuilder) => Promise<string[]>,
): Promise<readonly string[]> {
  const directory = path.join(folder, name);
  let made: readonly string[] = [];
  await buildHistory({ directory }, async (history) => {
    made = await describe(history);
  });
  await git(directory, ['config', 'remote.origin.url', `https://github.com/acme/${name}.git`]);
  return made;
}

const NGINX = 'docker.io/library/nginx:1.27';
const OTHER = 'quay.io/acme/other:1.0.0';
const DIGEST = `sha256:${'d'.repeat(64)}`;

/** One deployment a day from the fifth day on, each with a sync of thirty seconds. */
function shown({ shop, cart, gitops }: Shops['commits']): ArgoModel {
  const model = new ArgoModel({ uid: 'shop', name: 'shop', at: instant(day(4)), sources: [SOURCE] });
  const web = (tag: string) => `quay.io/acme/shop:${tag}`;
  const cartAt = (index: number) => `quay.io/acme/cart:git-${(cart[index] ?? '').slice(0, 12)}`;
  const released = `${web('1.2.0')}@${DIGEST}`;
  const days: readonly (readonly string[])[] = [
    [web(shop[0] ?? ''), NGINX],
    // known by its tag
    [web((shop[2] ?? '').slice(0, 9)), NGINX],
    // known by the release of that name, which has a v
    [web('1.2.0'), NGINX],
    // only the digest is new
    [released, NGINX],
    // another image comes in
    [released, NGINX, cartAt(0)],
    // one goes
    [released, cartAt(0)],
    // nobody can say what that is
    [web('latest'), cartAt(0)],
    // of a repository that is not configured
    [web('latest'), cartAt(0), OTHER],
    [web('latest'), cartAt(1), OTHER],
    // the commit of another application
    [web('latest'), cartAt(1), OTHER],
    [web(shop[4] ?? ''), cartAt(1), OTHER],
  ];
  for (const [index, images] of days.entries()) {
    model.at(instant(day(5 + index))).want([gitops[index] ?? '']);
    model.sync({ images, then: index === 10 ? 'Progressing' : 'Healthy' });
  }
  // the last one crashes, and mends itself two hours later
  model.at(600).becomes('Degraded').at(600).reconcile();
  return model.at(7200).becomes('Healthy').at(60).reconcile();
}
