import { profileComparison } from '../calculators/profile-comparison.ts';
import type { ComparisonReport } from '../domain/comparison-report.ts';
import type { Profile } from '../domain/profiles.ts';
import { calculated, reportRequest, type CalculateRequest } from './calculate.ts';
import type { Ports } from './ports.ts';

/** The metrics of the workspace by several definitions, side by side; as `calculate` otherwise. */
export async function compareProfiles(
  request: CalculateRequest,
  profiles: readonly Profile[],
  ports: Ports,
): Promise<ComparisonReport> {
  const { incidentWithin } = request.settings.dataset.failures;
  return await calculated(request, ports, (opened) =>
    profileComparison(opened.dataset, { ...reportRequest(opened, request), profiles, incidentWithin }),
  );
}
