import { sha } from '../builders.ts';
import type { Look } from './looks.ts';
import { ArgoModel } from './model.ts';
import type { ModelSource } from './model-types.ts';

/** Lives of applications as Argo CD would show them, each with what happened in it, written by hand. */
export interface Life {
  readonly name: string;
  readonly looks: readonly Look[];
  /** As `linesSeen` writes them. */
  readonly events: readonly string[];
}

const GITOPS = 'https://github.com/acme/gitops.git';

const SHOP: ModelSource = { repoURL: GITOPS, path: 'components/shop/production/eu1', targetRevision: 'main' };

function withReplicas(value: string): ModelSource[] {
  return [{ ...SHOP, helm: { parameters: [{ name: 'replicas', value }] } }];
}

/** A year of one application, with everything that can happen to it, until it is made anew. */
export function longLife(): Life {
  const shop = new ArgoModel({
    uid: 'shop-1',
    name: 'shop',
    at: '2026-03-01T09:00:00Z',
    sources: withReplicas('2'),
    retryLimit: -1,
  });
  shop.at('2026-03-01T10:00:00Z').want([sha('a0')]);
  shop
    .sync({ images: ['quay.io/acme/shop:a0'], then: 'Progressing' })
    .at(90)
    .becomes('Healthy');

  shop.at('2026-03-02T10:00:00Z').want([sha('a1')]);
  shop
    .sync({ images: ['quay.io/acme/shop:a1'], then: 'Progressing' })
    .at(90)
    .becomes('Healthy');
  // somebody syncs what is synced
  shop.at('2026-03-03T10:00:00Z').sync({ by: 'somebody' });
  shop.at('2026-03-04T10:00:00Z').want([sha('a1')], withReplicas('3'));
  shop
    .sync({ images: ['quay.io/acme/shop:a1'], then: 'Progressing' })
    .at(60)
    .becomes('Healthy');
  // drift is repaired, which is no deployment
  shop.at('2026-03-04T12:00:00Z').sync({ isPartial: true });

  // what cannot be applied is tried for ever, until somebody stops it
  shop.at('2026-03-05T10:00:00Z').want([sha('bad1')]);
  shop.sync({ isUnfinished: true }).failAttempt('one or more objects failed to apply');
  for (const pause of [10, 20, 40])
    shop.at(pause).retry().at(30).failAttempt('one or more objects failed to apply');
  shop.at('2026-03-05T10:30:00Z').reconcile().terminate();
  shop.at('2026-03-05T10:40:00Z').want([sha('a2')]);
  shop
    .sync({ images: ['quay.io/acme/shop:a2'], then: 'Progressing' })
    .at(60)
    .becomes('Healthy');

  // stopped at once, by a person who changed her mind
  shop
    .at('2026-03-06T10:00:00Z')
    .want([sha('a3')])
    .sync({ isUnfinished: true, takes: 5 })
    .terminate();
  shop.at('2026-03-06T10:05:00Z').sync({ images: ['quay.io/acme/shop:a3'], then: 'Progressing' });
  shop.at(60).becomes('Healthy');

  // applied, and crashes
  shop.at('2026-03-07T10:00:00Z').want([sha('bad2')]);
  shop.sync({ images: ['quay.io/acme/shop:bad2'], then: 'Progressing' });
  shop.at('2026-03-07T10:10:30Z').becomes('Degraded').at('2026-03-07T10:13:00Z').reconcile();
  shop.at('2026-03-07T10:16:00Z').reconcile().at('2026-03-07T10:19:00Z');
  shop.rollback({
    revisions: [sha('a3')],
    sources: withReplicas('3'),
    images: ['quay.io/acme/shop:a3'],
    then: 'Progressing',
  });
  shop.at('2026-03-07T10:21:00Z').becomes('Healthy');

  // the other way back: a commit that says what an older one said
  shop.at('2026-03-08T10:00:00Z').want([sha('a4')]);
  shop.sync({ images: ['quay.io/acme/shop:a3'], then: 'Healthy' });
  // the repository goes on without it, and away for a while
  shop.at('2026-03-08T11:00:00Z').elsewhere(sha('ffff1'));
  shop.at('2026-03-08T12:00:00Z').outage();
  shop.at('2026-03-08T12:10:00Z').becomes('Healthy').elsewhere(sha('ffff1'));
  for (const [index, day] of ['09', '10', '11', '12'].entries()) {
    shop.at(`2026-03-${day}T10:00:00Z`).want([sha(`a${index + 5}`)]);
    shop
      .sync({ images: [`quay.io/acme/shop:a${index + 5}`], then: 'Progressing' })
      .at(60)
      .becomes('Healthy');
  }
  shop.at('2026-03-13T10:00:00Z').delete().at(5).wipe();

  const anew = new ArgoModel({
    uid: 'shop-2',
    name: 'shop',
    at: '2026-03-13T10:05:00Z',
    sources: withReplicas('3'),
  });
  anew.at('2026-03-13T10:06:00Z').want([sha('a8')]);
  anew
    .sync({ images: ['quay.io/acme/shop:a8'], then: 'Progressing' })
    .at(60)
    .becomes('Healthy');
  return {
    name: 'a long life',
    looks: [...shop.looks, ...anew.looks],
    events: [
      '03-01 10:00:30 shop-1#0 initial a00000: success from 03-01 10:02:01',
      '03-02 10:00:30 shop-1#1 change a10000: success from 03-02 10:02:01',
      '03-03 10:00:30 shop-1#2 redeploy a10000: success from 03-03 10:00:30',
      '03-04 10:00:30 shop-1#3 config-change a10000: success from 03-04 10:01:31',
      '03-05 10:00:30 attempt of bad100: retrying, 4 times',
      '03-05 10:40:30 shop-1#4 change a20000: success from 03-05 10:41:31',
      '03-05 10:41:31 end of 03-05 10:00:00: deployment by shop-1#4',
      '03-06 10:05:30 shop-1#5 change a30000: success from 03-06 10:06:31',
      '03-07 10:00:30 shop-1#6 change bad200: failed degraded from 03-07 10:10:30',
      '03-07 10:19:30 shop-1#7 rollback a30000: success from 03-07 10:21:00',
      '03-07 10:21:00 end of shop-1#6: deployment by shop-1#7',
      '03-08 10:00:30 shop-1#8 change a40000: success from 03-08 10:00:30',
      '03-09 10:00:30 shop-1#9 change a50000: success from 03-09 10:01:31',
      '03-10 10:00:30 shop-1#10 change a60000: success from 03-10 10:01:31',
      '03-11 10:00:30 shop-1#11 change a70000: success from 03-11 10:01:31',
      '03-12 10:00:30 shop-1#12 change a80000: success from 03-12 10:01:31',
      '03-13 10:00:00 shop-1 deleted',
      '03-13 10:05:00 shop-2 follows shop-1',
      '03-13 10:06:30 shop-2#0 initial a80000: success from 03-13 10:07:31',
    ],
  };
}

/** The same commits on three clusters: one goes well, one crashes and mends itself, one never gets the second. */
export function threeClusters(): Life[] {
  const [eu, us, ap] = ['eu1', 'us1', 'ap1'].map((cluster) => {
    const model = new ArgoModel({
      uid: `cart-${cluster}`,
      name: `cart-${cluster}`,
      at: '2026-04-01T09:00:00Z',
      cluster: `https://${cluster}.example:6443`,
      sources: [{ repoURL: GITOPS, path: `components/cart/production/${cluster}`, targetRevision: 'main' }],
      retryLimit: 0,
    });
    model.at('2026-04-01T10:00:00Z').want([sha('c0')]);
    return model.sync({ images: ['quay.io/acme/cart:c0'], then: 'Healthy' });
  });
  if (eu === undefined || us === undefined || ap === undefined) throw new RangeError('three are three');
  for (const model of [eu, us, ap]) model.at('2026-04-02T10:00:00Z').want([sha('c1')]);
  eu.sync({ images: ['quay.io/acme/cart:c1'], then: 'Progressing' })
    .at(60)
    .becomes('Healthy');
  us.sync({ images: ['quay.io/acme/cart:c1'], then: 'Progressing' });
  us.at('2026-04-02T10:10:30Z').becomes('Degraded').at(180).reconcile().at(180).reconcile();
  us.at('2026-04-02T10:30:00Z').becomes('Healthy');
  ap.sync({ isUnfinished: true }).failAttempt('namespace is terminating', 'Error').at(180).reconcile();
  // what runs is what is wanted again, and nothing needs to be applied
  ap.at('2026-04-02T11:00:00Z').want([sha('c0')]);
  return [
    {
      name: 'a cluster where it goes well',
      looks: eu.looks,
      events: [
        '04-01 10:00:30 cart-eu1#0 initial c00000: success from 04-01 10:00:31',
        '04-02 10:00:30 cart-eu1#1 change c10000: success from 04-02 10:01:31',
      ],
    },
    {
      name: 'a cluster where it crashes and mends itself',
      looks: us.looks,
      events: [
        '04-01 10:00:30 cart-us1#0 initial c00000: success from 04-01 10:00:31',
        '04-02 10:00:30 cart-us1#1 change c10000: failed degraded from 04-02 10:10:30',
        '04-02 10:30:00 end of cart-us1#1: itself',
      ],
    },
    {
      name: 'a cluster where it cannot be run, and is given up',
      looks: ap.looks,
      events: [
        '04-01 10:00:30 cart-ap1#0 initial c00000: success from 04-01 10:00:31',
        '04-02 10:00:30 attempt of c10000: error, 1 times',
        '04-02 11:00:00 end of 04-02 10:00:00: git',
      ],
    },
  ];
}

/** A chart with its values in a repository, an application from a chart alone, and one whose manifests a hydrator writes. */
export function otherSources(): Life[] {
  const values = { repoURL: GITOPS, targetRevision: 'main', ref: 'values' };
  const chart = { repoURL: 'https://charts.acme.dev', chart: 'web', targetRevision: '1.18.*' };
  const web = new ArgoModel({
    uid: 'web',
    name: 'web',
    at: '2026-05-01T09:00:00Z',
    sources: [chart, values],
  });
  web
    .at('2026-05-01T10:00:00Z')
    .want(['1.18.1', sha('d0')])
    .sync({ then: 'Healthy' });
  web
    .at('2026-05-02T10:00:00Z')
    .want(['1.18.1', sha('d1')])
    .sync({});
  web
    .at('2026-05-03T10:00:00Z')
    .want(['1.18.2', sha('d1')])
    .sync({});
  web.at('2026-05-04T10:00:00Z').sync({ by: 'somebody' });

  const ingress = new ArgoModel({
    uid: 'ingress',
    name: 'ingress',
    at: '2026-05-01T09:00:00Z',
    sources: [chart],
  });
  ingress.at('2026-05-01T10:00:00Z').want(['1.18.1']).sync({ then: 'Healthy' });
  ingress.at('2026-05-02T10:00:00Z').want(['1.18.2']).sync({});

  const dry = new ArgoModel({
    uid: 'dry',
    name: 'dry',
    at: '2026-05-01T09:00:00Z',
    sources: [{ repoURL: GITOPS, path: 'shop', targetRevision: 'env/production' }],
    hydrates: true,
  });
  dry.at('2026-05-01T10:00:00Z').hydrated(sha('d1'), sha('ee1')).sync({ then: 'Healthy' });
  dry.at('2026-05-02T10:00:00Z').hydrated(sha('d2'), sha('ee2')).sync({});
  return [
    {
      name: 'several sources',
      looks: web.looks,
      events: [
        '05-01 10:00:30 web#0 initial 1.18.1+d00000: success from 05-01 10:00:31',
        '05-02 10:00:30 web#1 change 1.18.1+d10000: success from 05-02 10:00:30',
        '05-03 10:00:30 web#2 change 1.18.2+d10000: success from 05-03 10:00:30',
        '05-04 10:00:30 web#3 redeploy 1.18.2+d10000: success from 05-04 10:00:30',
      ],
    },
    {
      name: 'a chart',
      looks: ingress.looks,
      events: [
        '05-01 10:00:30 ingress#0 initial 1.18.1: success from 05-01 10:00:31',
        '05-02 10:00:30 ingress#1 change 1.18.2: success from 05-02 10:00:30',
      ],
    },
    {
      name: 'a hydrator',
      looks: dry.looks,
      events: [
        '05-01 10:00:30 dry#0 initial ee1000: success from 05-01 10:00:31',
        '05-02 10:00:30 dry#1 change ee2000: success from 05-02 10:00:30',
      ],
    },
  ];
}

/** An operation that fails and that the next one wipes. */
export function wipedFailure(): Life {
  const mail = new ArgoModel({
    uid: 'mail',
    name: 'mail',
    at: '2026-06-01T09:00:00Z',
    sources: [{ repoURL: GITOPS, path: 'mail', targetRevision: 'main' }],
    retryLimit: 0,
  });
  mail
    .at('2026-06-01T10:00:00Z')
    .want([sha('e0')])
    .sync({ then: 'Healthy' });
  mail
    .at('2026-06-02T10:00:00Z')
    .want([sha('bad3')])
    .sync({ isUnfinished: true });
  mail.failAttempt('PostSync hook failed');
  mail
    .at('2026-06-02T10:05:00Z')
    .want([sha('e1')])
    .sync({});
  return {
    name: 'a failure that the next operation wipes',
    looks: mail.looks,
    events: [
      '06-01 10:00:30 mail#0 initial e00000: success from 06-01 10:00:31',
      '06-02 10:00:30 attempt of bad300: failed, 1 times',
      '06-02 10:05:30 mail#1 change e10000: success from 06-02 10:05:30',
      '06-02 10:05:30 end of 06-02 10:00:00: deployment by mail#1',
    ],
  };
}

export function lives(): Life[] {
  return [longLife(), ...threeClusters(), ...otherSources(), wipedFailure()];
}
