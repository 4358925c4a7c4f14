import { sha } from '../builders.ts';
import { ArgoModel } from './model.ts';
import type { ModelOptions, ModelSource } from './model-types.ts';

/** An application to which one thing at a time happens. */

export const WEB: ModelSource = {
  repoURL: 'https://github.com/acme/gitops.git',
  path: 'web',
  targetRevision: 'main',
};

/** Made at nine, nothing deployed yet. */
export function newborn(options: Partial<ModelOptions> = {}): ArgoModel {
  return new ArgoModel({ uid: 'web', name: 'web', at: '2026-03-01T09:00:00Z', sources: [WEB], ...options });
}

/** The same with its first deployment at ten: healthy from then on. */
export function running(options: Partial<ModelOptions> = {}): ArgoModel {
  return newborn(options)
    .at('2026-03-01T10:00:00Z')
    .want([sha('a0')])
    .sync({ then: 'Healthy' });
}

/** The same a day later, right after another version was deployed. */
export function changed(
  then: 'Healthy' | 'Progressing' | 'Degraded',
  options: Partial<ModelOptions> = {},
): ArgoModel {
  return running(options)
    .at('2026-03-02T10:00:00Z')
    .want([sha('a1')])
    .sync({ then });
}
