import fc from 'fast-check';
import { isoInstant, MINUTE } from '../../../src/domain/units.ts';
import { sha } from '../builders.ts';
import type { Look } from './looks.ts';
import { ArgoModel } from './model.ts';
import type { ModelOptions, ModelSource } from './model-types.ts';

type Happen = (model: ArgoModel, index: number) => unknown;

/** What may happen to an application in a life that nobody wrote down. */
const HAPPENINGS: Readonly<Record<string, Happen>> = {
  deploy: (model, index) =>
    idle(model)
      .want([sha(`a${index}`)])
      .sync({ images: [`web:${index}`], then: 'Progressing' }),
  'deploy at once': (model, index) =>
    idle(model)
      .want([sha(`a${index}`)])
      .sync({ then: 'Healthy' }),
  redeploy: (model) => idle(model).sync({ by: 'somebody' }),
  'change a parameter': (model, index) =>
    idle(model)
      .want([sha('aa')], sourceOf(index % 3))
      .sync(),
  'roll back': (model) =>
    idle(model).rollback({ revisions: [sha('a0')], sources: sourceOf(0), then: 'Progressing' }),
  'repair a part': (model) => idle(model).sync({ isPartial: true }),
  rehearse: (model) => idle(model).sync({ isDryRun: true }),
  fail: (model, index) =>
    idle(model)
      .want([sha(`b${index}`)])
      .sync({ isUnfinished: true })
      .failAttempt('no'),
  'fail again': (model) => (model.isRunning ? model.retry().at(20).failAttempt('no') : model.show()),
  'succeed at last': (model) => (model.isRunning ? model.finish({ then: 'Healthy' }) : model.show()),
  stop: (model) => idle(model),
  degrade: (model) => model.becomes('Degraded'),
  progress: (model) => model.becomes('Progressing'),
  heal: (model) => model.becomes('Healthy'),
  'lose everything': (model) => model.wipe(),
  'commit for others': (model, index) => model.elsewhere(sha(`c${index}`)),
  'lose the repository': (model) => model.outage(),
  look: (model) => model.reconcile(),
};

/** Another operation starts only when the one that runs has been stopped. */
function idle(model: ArgoModel): ArgoModel {
  return model.isRunning ? model.terminate().at(5) : model;
}

interface Moment {
  readonly happening: string;
  /** Seconds since the one before. */
  readonly after: number;
}

/** Looks at an application to which these things happen one after the other; some are deleted in the end and made anew. */
export function randomLooks(isOld = false): fc.Arbitrary<readonly Look[]> {
  const after = fc.oneof(fc.constantFrom(1, 60, 290, 310, 3599, 3601), fc.nat(4000));
  const happening = fc.constantFrom(...Object.keys(HAPPENINGS));
  const moments = fc.array(fc.record({ happening, after }), { maxLength: 20 });
  const life = {
    moments,
    anew: fc.option(moments),
    historyLimit: fc.constantFrom(1, 3, 10),
    retryLimit: fc.constantFrom(-1, 0, 5),
  };
  return fc.record(life).map(({ moments: first, anew, ...options }) => {
    const shop = lived('one', '2026-01-01T09:00:00Z', first, { ...options, isOld });
    if (anew === null) return shop.looks;
    const gone = shop.at(60).delete().looks.at(-1)?.seenAt ?? 0;
    return [...shop.looks, ...lived('two', isoInstant(gone + MINUTE), anew, { ...options, isOld }).looks];
  });
}

type Options = Pick<ModelOptions, 'historyLimit' | 'isOld' | 'retryLimit'>;

function lived(uid: string, at: string, moments: readonly Moment[], options: Options): ArgoModel {
  const model = new ArgoModel({ uid, name: 'shop', at, sources: sourceOf(0), ...options });
  for (const [index, { happening, after }] of moments.entries()) {
    HAPPENINGS[happening]?.(model.at(after), index);
  }
  return model;
}

function sourceOf(replicas: number): ModelSource[] {
  const parameters = [{ name: 'replicas', value: String(replicas) }];
  return [{ repoURL: 'https://github.com/acme/gitops.git', path: 'shop', helm: { parameters } }];
}
