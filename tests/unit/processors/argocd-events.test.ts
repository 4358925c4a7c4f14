import { describe, expect, it } from 'vitest';
import { step } from '../../../src/processors/argocd-events.ts';
import { eventsSeen, linesSeen, snapshotOf, type Look } from '../../support/argocd/looks.ts';
import { ArgoModel } from '../../support/argocd/model.ts';
import { changed, running, WEB } from '../../support/argocd/web.ts';
import { at, sha } from '../../support/builders.ts';

describe('images', () => {
  it('are those that were applied, else those that ran when it was first seen healthy, else not known', () => {
    const applied = running()
      .at(60)
      .want([sha('a1')])
      .sync({ images: ['web:1', 'init:1'] });
    const old = running({ isOld: true })
      .at(60)
      .want([sha('a1')])
      .sync({ images: ['web:1', 'web:0'], then: 'Progressing' });
    const rollout = eventsSeen(old.looks)[1];
    old.at(60).becomes('Healthy').at(60).becomes('Progressing');
    const images = [applied, old].map(({ looks }) => eventsSeen(looks)[1]);

    expect(images).toMatchObject([
      { images: { from: 'sync-result', names: ['init:1', 'web:1'] } },
      { images: { from: 'summary', names: ['web:0', 'web:1'] } },
    ]);
    expect(rollout).toMatchObject({ images: { from: 'none', names: [] } });
  });

  it('of an older deployment are not known when somebody comes late', () => {
    const model = running({ isOld: true })
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')])
      .sync({ images: ['web:1'] });

    expect(eventsSeen(model.looks.slice(-1))).toMatchObject([
      { images: { from: 'none' } },
      { images: { from: 'summary', names: ['web:1'] } },
    ]);
  });
});

describe('failed attempts', () => {
  it('that succeed in the end have failed all the same, and say what they became', () => {
    const model = running({ retryLimit: 5 })
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')])
      .sync({ isUnfinished: true });
    for (let attempt = 0; attempt < 3; attempt += 1)
      model.failAttempt('webhook is away').at(10).retry().at(5);
    model.finish();

    expect(linesSeen(model.looks).slice(1)).toEqual([
      '03-02 10:00:30 attempt of a10000: retrying, 3 times',
      '03-02 10:01:45 web#1 change a10000: success from 03-02 10:01:45',
      '03-02 10:01:45 end of 03-02 10:00:00: deployment by web#1',
    ]);
    expect(eventsSeen(model.looks)).toContainEqual(
      expect.objectContaining({ type: 'failed-attempt', deployment: 'web#1@2026-03-02T10:01:45Z' }),
    );
  });

  it('are not those that a person stopped, those of a part, nor rehearsals', () => {
    const model = running({ retryLimit: 0 })
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')]);
    model.sync({ isUnfinished: true }).terminate();
    model.at(60).sync({ isUnfinished: true, isPartial: true }).failAttempt('no');
    model.at(60).sync({ isUnfinished: true, isDryRun: true }).failAttempt('no').at(3600).show();

    expect(linesSeen(model.looks)).toHaveLength(1);
  });

  it('stay open while the old version goes on, however healthy, and while a hook fails', () => {
    const model = running({ retryLimit: 0 })
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')]);
    model.sync({ isUnfinished: true }).failAttempt('hook failed').at(600).reconcile();

    expect(linesSeen(model.looks).filter((line) => line.includes('end of'))).toEqual([]);
  });
});

describe('what nobody saw', () => {
  it('is a gap: before the first entry, between two of them', () => {
    const model = running({ historyLimit: 2 });
    const early = model.looks.length;
    for (const day of [2, 3, 4, 5, 6])
      model
        .at(`2026-03-0${day}T10:00:00Z`)
        .want([sha(`a${day}`)])
        .sync();

    expect(linesSeen([...model.looks.slice(0, early), ...model.looks.slice(-1)])).toEqual([
      '03-01 10:00:30 web#0 initial a00000: success from 03-01 10:00:31',
      '03-05 10:00:30 gap in web: between 1 to 3',
      '03-05 10:00:30 web#4 change a50000: unverified',
      '03-06 10:00:30 web#5 change a60000: success from 03-06 10:00:30',
    ]);
    expect(eventsSeen(model.looks.slice(-1))).toMatchObject([
      { type: 'gap', reason: 'before-first', ids: { from: 0, to: 3 } },
      { type: 'deployment', kind: 'initial', isAfterGap: true },
      { type: 'deployment', kind: 'change', isAfterGap: false },
    ]);
  });

  it('is no longer one when somebody else did see it', () => {
    const model = running({ historyLimit: 1 })
      .at(60)
      .want([sha('a1')])
      .sync();
    const [older, newer] = [model.looks[6], model.looks.at(-1)].flatMap((look) =>
      look ? [snapshotOf(look)] : [],
    );
    if (older === undefined || newer === undefined) throw new RangeError('there are looks');
    const first = step(null, newer);
    const then = step(first.evidence, older);

    expect(first.events.map(({ key }) => key)).toContain('web!before-first@2026-03-01T10:02:01Z');
    expect(then.withdrawn).toEqual(['web!before-first@2026-03-01T10:02:01Z']);
    expect(then.events).toMatchObject([{ id: 0 }, { id: 1, kind: 'change', isAfterGap: false }]);
  });

  it('is everywhere when no history is kept, and when entries cannot be read', () => {
    const none = running({ historyLimit: 0 });
    const [look] = running().looks.slice(-1);
    const document = { ...running().document(), status: { history: [{ id: 3 }, { deployedAt: 'soon' }, 7] } };

    expect(linesSeen(none.looks)).toEqual(['always gap in web: no-history']);
    expect(linesSeen([{ seenAt: at('2026-03-02T00:00:00Z'), document }])).toEqual([
      'always gap in web: unreadable',
    ]);
    expect(look).toBeDefined();
  });

  it('is there when the numbers start anew in the same application', () => {
    const restored = running().document();
    const later = running()
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')])
      .sync()
      .document();
    const history = [{ id: 0, revision: sha('a5'), deployedAt: '2026-03-05T10:00:00Z', source: WEB }];
    const looks: Look[] = [
      { seenAt: at('2026-03-01T11:00:00Z'), document: restored },
      { seenAt: at('2026-03-02T11:00:00Z'), document: later },
      { seenAt: at('2026-03-05T11:00:00Z'), document: { ...later, status: { history } } },
    ];

    expect(linesSeen(looks).slice(2)).toEqual([
      '03-05 10:00:00 gap in web: restarted',
      '03-05 10:00:00 web#0 change a50000: unverified',
    ]);
  });
});

describe('an application that goes', () => {
  it('leaves nothing to repair', () => {
    const model = changed('Degraded').at(400).show().at(60).delete();

    expect(linesSeen(model.looks).slice(1)).toEqual([
      '03-02 10:00:30 web#1 change a10000: failed degraded from 03-02 10:00:31',
      '03-02 10:08:11 web deleted',
      '03-02 10:08:11 end of web#1: removed',
    ]);
  });

  it('is known to have gone when another one has its name, even if nobody saw it go', () => {
    const model = changed('Degraded').at(400).show();
    const anew = new ArgoModel({ uid: 'anew', name: 'web', at: '2026-03-03T09:00:00Z', sources: [WEB] });
    anew
      .at('2026-03-03T10:00:00Z')
      .want([sha('a1')])
      .sync({ then: 'Healthy' });

    expect(linesSeen([...anew.looks, ...model.looks]).slice(1)).toEqual([
      '03-02 10:00:30 web#1 change a10000: failed degraded from 03-02 10:00:31',
      '03-03 09:00:00 anew follows web',
      '03-03 09:00:00 end of web#1: removed',
      '03-03 10:00:30 anew#0 initial a10000: success from 03-03 10:00:31',
    ]);
  });

  it('is told by its namespace and name where documents carry no uid', () => {
    const { metadata, ...rest } = running().document();
    const document = { ...rest, metadata: { ...Object(metadata), uid: undefined } };

    expect(eventsSeen([{ seenAt: at('2026-03-02T00:00:00Z'), document }])).toMatchObject([
      { key: 'argocd/web#0@2026-03-01T10:00:30Z', application: { uid: null, series: 'argocd/web' } },
    ]);
  });
});

describe('what tells whether anything changed', () => {
  it('is the revision before, the paths of the sources and the paths that the annotation names', () => {
    const model = changed('Healthy', { generatePaths: '.;../base' });

    expect(eventsSeen(model.looks)[1]).toMatchObject({
      revisions: [sha('a1')],
      previous: { revisions: [sha('a0')] },
      sources: [{ repoURL: 'https://github.com/acme/gitops.git', path: 'web' }],
      manifestGeneratePaths: '.;../base',
    });
  });

  it('is the commit of the developer where a hydrator made another of it', () => {
    const model = running({ hydrates: true }).at(60).hydrated(sha('d1'), sha('ee')).sync();
    const drySHAs = eventsSeen(model.looks).flatMap((event) =>
      event.type === 'deployment' ? [event.drySHA] : [],
    );

    expect(drySHAs).toEqual([null, sha('d1')]);
  });
});
