import type { Project } from './project.ts';
import { isIn, type BoardWindow } from './window.ts';

export interface FailureRate {
  readonly failed: number;
  readonly deployments: number;
}

/** Change failure rate as DevLake counts it: of the successes of the window those that an incident is blamed on, whenever that was opened. */
export function failureRate({ successes, incidents }: Project, window: BoardWindow): FailureRate {
  const blamed = new Set(incidents.map(({ deployment }) => deployment));
  const counted = successes.filter(({ finishedAt }) => isIn(finishedAt, window));
  return {
    failed: counted.filter((deployment) => blamed.has(deployment)).length,
    deployments: counted.length,
  };
}
