import { compareText } from '../domain/compare.ts';
import { clustersOf, type Deployment } from '../domain/deployment.ts';

/** The same text for deployments to the same clusters; empty where none is known. */
export function clusterLane(deployment: Pick<Deployment, 'sightings'>): string {
  const names = clustersOf(deployment).map(({ name }) => name);
  return names.length === 0 ? '' : JSON.stringify(names.sort(compareText));
}
