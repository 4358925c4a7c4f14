import { describe, expect, it } from 'vitest';
import { isCommit } from '../../../src/domain/argocd.ts';
import { eventsSeen, linesSeen } from '../../support/argocd/looks.ts';
import { newborn, running, WEB } from '../../support/argocd/web.ts';
import { at, sha } from '../../support/builders.ts';

const FIRST = '03-01 10:00:30 web#0 initial a00000: success from 03-01 10:00:31';

describe('what the statuses alone would get wrong', () => {
  it('1.5 row 1: a commit for others that lands after the sync hides nothing, even from who looks later only', () => {
    const { looks } = running().at('2026-03-01T10:05:00Z').elsewhere(sha('b0'));

    expect(linesSeen(looks)).toEqual([FIRST]);
    expect(eventsSeen(looks.slice(-1))).toMatchObject([{ id: 0, revisions: [sha('a0')] }]);
  });

  it('1.5 row 2: several sources have several revisions, and the same ones are not always new', () => {
    const sources = [
      { repoURL: 'https://charts.acme.dev', chart: 'web' },
      { ...WEB, ref: 'values' },
    ];
    const model = newborn({ sources })
      .at('2026-03-01T10:00:00Z')
      .want(['1.0.0', sha('a0')]);
    const { looks } = model.sync({ then: 'Healthy' }).at(600).reconcile().at(600).reconcile();

    expect(linesSeen(looks)).toEqual([
      '03-01 10:00:30 web#0 initial 1.0.0+a00000: success from 03-01 10:00:31',
    ]);
  });

  it('1.5 row 3: Argo rollback is a deployment although the application stays out of sync, and ends the failure', () => {
    const model = running()
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')]);
    model.sync({ then: 'Degraded' }).at('2026-03-02T10:06:00Z').reconcile();
    model.rollback({ revisions: [sha('a0')], sources: [WEB], then: 'Healthy' });

    expect(linesSeen(model.looks)).toEqual([
      FIRST,
      '03-02 10:00:30 web#1 change a10000: failed degraded from 03-02 10:00:31',
      '03-02 10:06:30 web#2 rollback a00000: success from 03-02 10:06:31',
      '03-02 10:06:31 end of web#1: deployment by web#2',
    ]);
    expect(model.document()).toMatchObject({
      status: { sync: { status: 'OutOfSync', revision: sha('a1') } },
    });
    expect(eventsSeen(model.looks)).toContainEqual(
      expect.objectContaining({
        kind: 'rollback',
        returnsTo: 'web#0@2026-03-01T10:00:30Z',
        initiatedBy: 'manual',
      }),
    );
  });

  it('1.5 row 4: a commit that somebody chose is deployed, whatever is wanted', () => {
    const model = running()
      .at('2026-03-02T10:00:00Z')
      .want([sha('a9')]);
    model.sync({ by: 'somebody', revisions: [sha('a5')] });

    expect(linesSeen(model.looks)).toEqual([
      FIRST,
      '03-02 10:00:30 web#1 change a50000: success from 03-02 10:00:30',
    ]);
  });

  it('1.5 row 5: versions of charts and digests are deployed, and are no commits', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const model = newborn().at('2026-03-01T10:00:00Z').want(['1.18.2']).sync({ then: 'Healthy' });
    model.at('2026-03-02T10:00:00Z').want([digest]).sync();
    const revisions = eventsSeen(model.looks).flatMap((event) =>
      event.type === 'deployment' ? event.revisions : [],
    );

    expect(revisions).toEqual(['1.18.2', digest]);
    expect(revisions.filter(isCommit)).toEqual([]);
    expect([sha('a0'), sha('a0', 64)].every(isCommit)).toBe(true);
  });

  it('1.5 row 6: a sync that fails while the old version runs and is healthy is a failed attempt', () => {
    const model = running({ retryLimit: 0 })
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')]);
    model.sync({ isUnfinished: true }).failAttempt('one or more objects failed to apply').at(60).reconcile();

    expect(linesSeen(model.looks)).toEqual([FIRST, '03-02 10:00:30 attempt of a10000: failed, 1 times']);
    expect(eventsSeen(model.looks)).toContainEqual(
      expect.objectContaining({ type: 'failed-attempt', message: 'one or more objects failed to apply' }),
    );
  });

  it.each([-1, 50])('1.5 row 7: with %d retries to go it runs, and has failed', (retryLimit) => {
    const model = running({ retryLimit })
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')])
      .sync({ isUnfinished: true });
    model.failAttempt('no').at(10).retry().at(5).failAttempt('no');
    const few = linesSeen(model.looks);
    model.at(10).retry().at(5).failAttempt('no');

    expect(few).toEqual([FIRST]);
    expect(linesSeen(model.looks)).toEqual([FIRST, '03-02 10:00:30 attempt of a10000: retrying, 3 times']);
  });

  it('1.5 row 7: with few retries in ten minutes it has failed as well', () => {
    const model = running({ retryLimit: -1 })
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')]);
    model.sync({ isUnfinished: true }).failAttempt('no').at('2026-03-02T10:09:59Z').show();
    const young = linesSeen(model.looks);
    model.at('2026-03-02T10:10:00Z').show();

    expect(young).toEqual([FIRST]);
    expect(linesSeen(model.looks)).toEqual([FIRST, '03-02 10:00:30 attempt of a10000: retrying, 1 times']);
  });

  it('1.5 row 8: a version that crashes after the deadline is a failed deployment, although it is synced', () => {
    const model = running()
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')])
      .sync({ then: 'Progressing' });
    model.at('2026-03-02T10:10:30Z').becomes('Degraded').at(299).show();
    const short = linesSeen(model.looks);
    model.at(1).show();

    expect(short.at(-1)).toBe('03-02 10:00:30 web#1 change a10000: pending');
    expect(linesSeen(model.looks).at(-1)).toBe(
      '03-02 10:00:30 web#1 change a10000: failed degraded from 03-02 10:10:30',
    );
  });

  it('1.5 row 9: before its first sync an application is not deployed, and has not failed', () => {
    const { looks } = newborn()
      .at(600)
      .want([sha('a0')])
      .at(600)
      .reconcile();

    expect(linesSeen(looks)).toEqual([]);
  });

  it('1.5 row 10: when everything is gone for five minutes, and nobody does anything about it, it has failed', () => {
    const model = running().at('2026-03-02T10:00:00Z').wipe().at(299).show();
    const short = linesSeen(model.looks);
    model.at(1).show();

    expect(short).toEqual([FIRST]);
    expect(linesSeen(model.looks)).toEqual([
      '03-01 10:00:30 web#0 initial a00000: failed missing from 03-02 10:00:00',
    ]);
  });

  it('1.5 row 11: a new workload that is missing for seconds is a sync like any other', () => {
    const model = running()
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')])
      .becomes('Missing');
    model.at(3).sync().becomes('Healthy');

    expect(linesSeen(model.looks)).toEqual([
      FIRST,
      '03-02 10:00:33 web#1 change a10000: success from 03-02 10:00:34',
    ]);
  });

  it('1.5 row 12: without a repository or a cluster to look at nothing is learnt, and nothing forgotten', () => {
    const model = running().at('2026-03-02T10:00:00Z').outage().at(3600).show();

    expect(linesSeen(model.looks)).toEqual([FIRST]);
  });

  it('1.5 row 12: the name of a branch never stands for what failed', () => {
    const model = running({ retryLimit: 0 }).at('2026-03-02T10:00:00Z').outage();
    model.sync({ revisions: [], isUnfinished: true }).failAttempt('no repository', 'Error');

    expect(linesSeen(model.looks)).toEqual([FIRST, '03-02 10:00:30 attempt of : error, 1 times']);
  });

  it('1.5 row 13: who comes late finds everything that the history still holds', () => {
    const model = running();
    for (const day of [2, 3])
      model
        .at(`2026-03-0${day}T10:00:00Z`)
        .want([sha(`a${day}`)])
        .sync();

    expect(linesSeen(model.at('2026-03-09T10:00:00Z').show().looks.slice(-1))).toEqual([
      '03-01 10:00:30 web#0 initial a00000: unverified',
      '03-02 10:00:30 web#1 change a20000: unverified',
      '03-03 10:00:30 web#2 change a30000: success from 03-03 10:00:30',
    ]);
  });

  it('1.5 row 14: the same again is a redeploy, and the same commit with other parameters is a deployment', () => {
    const model = running().at('2026-03-02T10:00:00Z').sync({ by: 'ci' });
    const images = [{ ...WEB, kustomize: { images: ['quay.io/acme/web:2'] } }];
    model
      .at('2026-03-03T10:00:00Z')
      .want([sha('a0')], images)
      .sync();

    expect(linesSeen(model.looks)).toEqual([
      FIRST,
      '03-02 10:00:30 web#1 redeploy a00000: success from 03-02 10:00:30',
      '03-03 10:00:30 web#2 config-change a00000: success from 03-03 10:00:30',
    ]);
  });

  it('1.5 row 15: while it is deleted nothing fails', () => {
    const model = running({ retryLimit: 0 }).at('2026-03-02T10:00:00Z').delete().wipe().at(600).show();
    model.sync({ isUnfinished: true }).failAttempt('namespace is terminating').at(600).becomes('Degraded');

    expect(linesSeen(model.looks)).toEqual([FIRST, '03-02 10:00:00 web deleted']);
  });

  it('1.5 row 16: the health of the version before is not that of the new one', () => {
    const model = running()
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')])
      .sync({ then: 'Degraded' });
    const stale = model.looks.slice(0, -1);

    expect(linesSeen(stale)).toEqual([FIRST, '03-02 10:00:30 web#1 change a10000: pending']);
  });
});

describe('what the server before this one got wrong', () => {
  it('defect 1: the deployment before is found, by its own key', () => {
    const model = running()
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')])
      .sync();

    expect(eventsSeen(model.looks)[1]).toMatchObject({
      previous: { key: 'web#0@2026-03-01T10:00:30Z', revisions: [sha('a0')] },
    });
  });

  it('defect 2: another tag of the same image is a change', () => {
    const withTag = (tag: string) => [{ ...WEB, kustomize: { images: [`host:5000/acme/web:${tag}`] } }];
    const model = newborn({ sources: withTag('1') })
      .at('2026-03-01T10:00:00Z')
      .want([sha('a0')]);
    model.sync({ then: 'Healthy', images: ['host:5000/acme/web:1'] }).at('2026-03-02T10:00:00Z');
    model.want([sha('a0')], withTag('2')).sync({ images: ['host:5000/acme/web:2'] });

    expect(eventsSeen(model.looks)).toMatchObject([
      { kind: 'initial', images: { from: 'sync-result', names: ['host:5000/acme/web:1'] } },
      { kind: 'config-change', images: { from: 'sync-result', names: ['host:5000/acme/web:2'] } },
    ]);
  });

  it('defect 3: degraded is a failure; a health of another name is none, and no success', () => {
    const model = running()
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')])
      .sync({ then: 'Degraded' })
      .at(300)
      .show();
    const known = running().document();
    const document = { ...known, status: { ...Object(known['status']), health: { status: 'Unhealthy' } } };

    expect(linesSeen(model.looks)[1]).toMatch(/failed degraded/u);
    expect(linesSeen([{ seenAt: at('2026-03-01T12:00:00Z'), document }])).toEqual([
      '03-01 10:00:30 web#0 initial a00000: unverified',
    ]);
  });

  it('defect 4: a return to an old revision has a key and a time of its own', () => {
    const model = running()
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')])
      .sync();
    model.rollback({ revisions: [sha('a0')], sources: [WEB] });
    const keys = eventsSeen(model.looks).map(({ key }) => key);

    expect(keys).toEqual([
      'web#0@2026-03-01T10:00:30Z',
      'web#1@2026-03-02T10:00:30Z',
      'web#2@2026-03-02T10:01:01Z',
    ]);
  });

  it('defects 5 and 6: one commit in two applications or clusters is two deployments', () => {
    const keys = ['web-eu1', 'web-us1'].flatMap((uid) =>
      eventsSeen(running({ uid, name: uid, cluster: `https://${uid}.example` }).looks).map(({ key }) => key),
    );

    expect(keys).toEqual(['web-eu1#0@2026-03-01T10:00:30Z', 'web-us1#0@2026-03-01T10:00:30Z']);
  });
});
