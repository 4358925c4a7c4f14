import { describe, expect, it } from 'vitest';
import { durationMs, MINUTE } from '../../../src/domain/units.ts';
import { step } from '../../../src/processors/argocd-events.ts';
import { at, sha } from '../../support/builders.ts';
import { eventsSeen, evidenceOf, linesSeen, snapshotOf, type Look } from '../../support/argocd/looks.ts';
import { ArgoModel, type ModelSource } from '../../support/argocd/model.ts';

const WEB: ModelSource = {
  repoURL: 'https://github.com/acme/gitops.git',
  path: 'web',
  targetRevision: 'main',
};

type Options = Partial<ConstructorParameters<typeof ArgoModel>[0]>;

/** First deployed at ten, and healthy from then on. */
function running(options: Options = {}): ArgoModel {
  const model = new ArgoModel({
    uid: 'web',
    name: 'web',
    at: '2026-03-01T09:00:00Z',
    sources: [WEB],
    ...options,
  });
  return model
    .at('2026-03-01T10:00:00Z')
    .want([sha('a0')])
    .sync({ then: 'Healthy' });
}

/** The same a day later, right after another version was deployed. */
function changed(then: 'Healthy' | 'Progressing' | 'Degraded', options: Options = {}): ArgoModel {
  return running(options)
    .at('2026-03-02T10:00:00Z')
    .want([sha('a1')])
    .sync({ then });
}

/** Events of the second deployment only. */
function second(model: ArgoModel, settings: Parameters<typeof linesSeen>[1] = {}): string[] {
  return linesSeen(model.looks, settings).filter((line) => line.includes('web#1'));
}

describe('the health of a deployment', () => {
  it('is unverified when nobody saw it in its time', () => {
    const model = changed('Progressing').at('2026-03-02T11:00:31Z').becomes('Healthy');

    expect(second(model)).toEqual(['03-02 10:00:30 web#1 change a10000: unverified']);
  });

  it('is a success when it came in the last second of its time', () => {
    const model = changed('Progressing').at('2026-03-02T11:00:30Z').becomes('Healthy');

    expect(second(model)).toEqual(['03-02 10:00:30 web#1 change a10000: success from 03-02 11:00:30']);
  });

  it('is not its doing when it is lost later', () => {
    const model = changed('Healthy').at('2026-03-02T11:00:31Z').becomes('Degraded').at(600).show();

    expect(second(model)).toEqual(['03-02 10:00:30 web#1 change a10000: success from 03-02 10:00:30']);
  });

  it('is its doing when it is lost after it was there, in its time', () => {
    const model = changed('Healthy')
      .at('2026-03-02T10:30:00Z')
      .becomes('Degraded')
      .at(600)
      .becomes('Healthy');
    const seen = changed('Healthy')
      .at('2026-03-02T10:30:00Z')
      .becomes('Degraded')
      .at(600)
      .show()
      .becomes('Healthy');

    // a look at the end alone does not tell how long it was degraded: it may have been something else meanwhile
    expect(second(model)).toEqual(['03-02 10:00:30 web#1 change a10000: success from 03-02 10:00:30']);
    expect(second(seen)).toEqual([
      '03-02 10:00:30 web#1 change a10000: failed degraded from 03-02 10:30:00',
      '03-02 10:40:00 end of web#1: itself',
    ]);
  });

  it('is not its doing when it found the application degraded, even if that came and went', () => {
    const model = running().at('2026-03-02T09:00:00Z').becomes('Degraded');
    model
      .at('2026-03-02T10:00:00Z')
      .want([sha('a1')])
      .sync({ then: 'Progressing' });
    model.at(60).becomes('Degraded').at(600).show();

    expect(second(model)).toEqual(['03-02 10:00:30 web#1 change a10000: pending']);
  });

  it('fails at once when the next deployment has to come before five minutes are over', () => {
    const model = changed('Degraded')
      .at(60)
      .want([sha('a2')])
      .sync({ then: 'Healthy' });

    expect(second(model)).toEqual([
      '03-02 10:00:30 web#1 change a10000: failed degraded from 03-02 10:00:31',
      '03-02 10:02:02 end of web#1: deployment by web#2',
    ]);
    expect(eventsSeen(model.looks)[1]).toMatchObject({
      failure: { at: at('2026-03-02T10:00:31Z'), knownAt: at('2026-03-02T10:01:31Z') },
    });
  });

  it('fails as well when the next one does not mend it, and it is seen to last', () => {
    const model = changed('Degraded');
    const before = model.looks.length;
    model
      .at(60)
      .want([sha('a2')])
      .sync()
      .at(30)
      .show();
    const unseen = [...model.looks.slice(0, before), ...model.looks.slice(-1)];

    expect(linesSeen(unseen).slice(1)).toEqual([
      '03-02 10:00:30 web#1 change a10000: failed degraded from 03-02 10:00:31',
      '03-02 10:02:01 web#2 change a20000: pending',
    ]);
  });

  it('is the deployment’s through redeploys, whose failures are not counted', () => {
    const model = changed('Healthy').at(600).sync({ by: 'ci' }).at(60).becomes('Degraded').at(300).show();

    expect(linesSeen(model.looks).slice(1)).toEqual([
      '03-02 10:00:30 web#1 change a10000: failed degraded from 03-02 10:12:02',
      '03-02 10:11:01 web#2 redeploy a10000: failed degraded from 03-02 10:12:02',
    ]);
    expect(
      linesSeen(model.at(60).becomes('Healthy').looks).filter((line) => line.includes('end of')),
    ).toEqual(['03-02 10:18:02 end of web#1: deployment by web#2']);
  });

  it('may take as long as it takes, unless a setting says how long', () => {
    const model = changed('Progressing').at('2026-03-02T10:30:31Z').show().at(60).show();
    const late = model.at('2026-03-02T10:45:00Z').becomes('Healthy');
    const progressingFor = durationMs(30 * MINUTE);

    expect(second(late)).toEqual(['03-02 10:00:30 web#1 change a10000: success from 03-02 10:45:00']);
    expect(second(late, { progressingFor })).toEqual([
      '03-02 10:00:30 web#1 change a10000: failed timeout from 03-02 10:30:31',
      '03-02 10:45:00 end of web#1: itself',
    ]);
  });

  it('is pending for an hour by the newest look, whichever life it is of', () => {
    const model = changed('Progressing').at('2026-03-02T11:00:29Z').show();
    const pending = second(model);
    model.at(1).show();

    expect(pending).toEqual(['03-02 10:00:30 web#1 change a10000: pending']);
    expect(second(model)).toEqual(['03-02 10:00:30 web#1 change a10000: unverified']);
  });
});

describe('versions that do not tell since when the health is what it is', () => {
  const isOld = true;

  it('show a success when somebody saw it in its time, from when it was seen', () => {
    const model = changed('Progressing', { isOld }).at(120).becomes('Healthy');

    expect(second(model)).toEqual(['03-02 10:00:30 web#1 change a10000: success from 03-02 10:02:31']);
  });

  it('prove nothing by one look a day later', () => {
    const model = changed('Healthy', { isOld }).at(86_400).reconcile();

    expect(linesSeen(model.looks.slice(-1))).toEqual([
      '03-01 10:00:30 web#0 initial a00000: unverified',
      '03-02 10:00:30 web#1 change a10000: unverified',
    ]);
  });

  it('show a failure when it was degraded in every look for five minutes', () => {
    const model = changed('Degraded', { isOld }).at(150).reconcile().at(150).reconcile();
    const mended = changed('Degraded', { isOld })
      .at(150)
      .becomes('Healthy')
      .at(5)
      .becomes('Degraded')
      .at(145)
      .show();

    expect(second(model)).toEqual([
      '03-02 10:00:30 web#1 change a10000: failed degraded from 03-02 10:00:31',
    ]);
    expect(second(mended)).toEqual(['03-02 10:00:30 web#1 change a10000: success from 03-02 10:03:01']);
  });

  it('are kept in little, however often somebody looks', () => {
    const model = changed('Healthy', { isOld });
    for (let look = 0; look < 400; look += 1) model.at(900).reconcile();
    const { entries } = evidenceOf(model.looks.map(snapshotOf)).series[0] ?? { entries: [] };

    expect(entries.at(-1)?.sightings.length).toBeLessThan(32);
  });
});

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

    expect(second(model)).toEqual([
      '03-02 10:00:30 web#1 change a10000: failed degraded from 03-02 10:00:31',
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
