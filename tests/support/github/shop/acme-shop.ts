import type { ShopBuilder } from '../shop.ts';
import type { Landed } from './options.ts';

const START = Date.UTC(2026, 0, 5, 9) / 1000;

/** 2026-01-05T09:00:00Z, a Monday, and so many days and hours later; epoch seconds. */
function on(day: number, hour = 0): number {
  return START + day * 86_400 + hour * 3600;
}

/** The pull requests of the small shop, by how they were merged. */
export interface AcmeShop {
  readonly merged: Landed;
  readonly squashed: Landed;
  readonly rebased: Landed;
  readonly forwarded: Landed;
}

/** For `buildShop`: a pull request of each style, two releases, three deployments of which one fails, an incident, runs. */
export async function describeAcmeShop(shop: ShopBuilder): Promise<AcmeShop> {
  await shop.commit({ at: on(0), message: 'cart: begin', files: { 'cart.txt': '1\n' } });
  const merged = await shop.pullRequest({
    style: 'merge',
    title: 'Discounts',
    commits: [
      { at: on(1), message: 'cart: discounts', files: { 'cart.txt': '2\n' } },
      { at: on(1, 5), message: 'cart: rounding', author: 'carol', files: { 'round.txt': '1\n' } },
    ],
    openedAt: on(2),
    reviewedAt: on(2, 3),
    mergedAt: on(2, 5),
    labels: ['feature'],
  });
  await shop.release({ tag: 'v1.0.0', at: on(3) });
  shop.workflowRun({ at: on(3, 1), conclusions: ['failure', 'success'] });
  shop.deploy({ at: on(3, 1) });
  const squashed = await shop.pullRequest({
    style: 'squash',
    title: 'Invoices',
    author: 'carol',
    commits: [
      { at: on(4), message: 'pay: by invoice', files: { 'pay.txt': '1\n' } },
      { at: on(5), message: 'pay: reminders\n\nTwo of them.', files: { 'pay.txt': '2\n' } },
    ],
    openedAt: on(5, 2),
    reviewedAt: on(6),
    mergedAt: on(6, 1),
  });
  shop.deploy({ at: on(6, 2), outcome: 'failure' });
  shop.incident({ title: 'Nobody can pay', at: on(6, 3), closedAt: on(6, 8) });
  const rebased = await shop.pullRequest({
    style: 'rebase',
    author: 'dave',
    commits: [
      { at: on(6, 4), message: 'pay: mend the totals', files: { 'totals.txt': '1\n' } },
      { at: on(6, 5), message: 'pay: test the totals', files: { 'totals.test.txt': '1\n' } },
    ],
    openedAt: on(6, 5),
    mergedAt: on(6, 7),
    mergedBy: 'alice',
  });
  shop.deploy({ at: on(6, 7) });
  const forwarded = await shop.pullRequest({
    style: 'fast-forward',
    author: 'dependabot[bot]',
    commits: [{ at: on(7), message: 'Bump left-pad from 1.2.0 to 1.3.0', files: { 'lock.txt': '2\n' } }],
    openedAt: on(7),
    mergedAt: on(7, 1),
    labels: ['dependencies'],
  });
  shop.workflowRun({ at: on(8) });
  await shop.release({ tag: 'v1.1.0', at: on(8, 1) });
  return { merged, squashed, rebased, forwarded };
}
