import { ARGO_SETTINGS } from '../../../src/domain/argocd-event.ts';
import { USUAL_PLACEMENT, type ArgoDatasetSettings } from '../../../src/domain/argocd-settings.ts';

/** What holds where nothing is configured; a test of the configuration compares the two. */
export const USUAL_ARGO: ArgoDatasetSettings = {
  placement: USUAL_PLACEMENT,
  namespaces: [],
  componentsToMonitor: [],
  componentsToIgnore: [],
  rollout: 'component',
  images: [],
  tagPatterns: [],
  failures: ARGO_SETTINGS,
};
