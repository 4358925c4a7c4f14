import { describe, expect, it } from 'vitest';
import { durationMs, MINUTE } from '../../../src/domain/units.ts';
import { eventsSeen, evidenceOf, linesSeen, snapshotOf } from '../../support/argocd/looks.ts';
import type { ArgoModel } from '../../support/argocd/model.ts';
import { changed, running } from '../../support/argocd/web.ts';
import { at, sha } from '../../support/builders.ts';

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
