import path from 'node:path';
import {
  USUAL_PLACEMENT,
  type ArgoAccessSettings,
  type ArgoDatasetSettings,
  type ImageRule,
} from '../domain/argocd-settings.ts';
import type { Argocd } from './argocd-schema.ts';
import { parseDuration } from './duration.ts';

/** How Argo CD is asked; `base` is the folder that paths start from. */
export function argocdAccess(section: Argocd, base: string): ArgoAccessSettings {
  const { enabled, name, url, context, kubeconfig, projects, selector, timeoutSeconds, registries } = section;
  const isNamed = [url, context, kubeconfig].some((one) => one !== null);
  return {
    isEnabled: enabled ?? isNamed,
    name,
    url,
    context,
    kubeconfig: kubeconfig === null ? null : path.resolve(base, kubeconfig),
    projects,
    selector,
    timeoutSeconds,
    registries,
  };
}

/** How what Argo CD says becomes deployments. */
export function argocdDataset(section: Argocd): ArgoDatasetSettings {
  const { rules, labels, clusters, paths, environments, knownClusters, failures } = section;
  const { namespaces, componentsToMonitor, componentsToIgnore, rollout, images, tagPatterns } = section;
  const { progressingFor } = failures;
  return {
    placement: {
      rules,
      labels,
      servers: clusters,
      paths,
      environments: { ...USUAL_PLACEMENT.environments, ...environments },
      knownClusters,
    },
    namespaces,
    componentsToMonitor,
    componentsToIgnore,
    rollout,
    images: imageRules(images),
    tagPatterns,
    failures: {
      degradedWithin: parseDuration(failures.degradedWithin),
      degradedFor: parseDuration(failures.degradedFor),
      retries: failures.retries,
      retryingFor: parseDuration(failures.retryingFor),
      progressingFor: progressingFor === null ? null : parseDuration(progressingFor),
      missingFor: parseDuration(failures.missingFor),
    },
  };
}

function imageRules(images: Argocd['images']): readonly ImageRule[] {
  return Array.isArray(images)
    ? images
    : Object.entries(images).map(([image, repository]) => ({ image, repository }));
}

/** Without what changes no number: how Argo CD is asked. */
export function argocdForReaders(section: Argocd): object {
  const {
    enabled,
    name,
    url,
    context,
    kubeconfig,
    projects,
    selector,
    timeoutSeconds,
    registries,
    ...dataset
  } = section;
  return dataset;
}
