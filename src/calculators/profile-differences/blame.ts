import type { BlamedIncident } from '../devlake/project.ts';
import { becauseOf, type Compared, type Found } from './asked.ts';

type BlameCode = 'other-component' | 'too-old' | 'link-ignored';

/** The incidents for which DevLake blames another deployment than ours, by what makes the difference. */
export function blameDifferences(
  incidents: readonly BlamedIncident[],
  { incidentWithin }: Pick<Compared, 'incidentWithin'>,
): readonly Found[] {
  const counts: Record<BlameCode, number> = { 'other-component': 0, 'too-old': 0, 'link-ignored': 0 };
  for (const blamed of incidents)
    if ((blamed.deployment?.id ?? null) !== blamed.incident.deployment)
      counts[codeOf(blamed, incidentWithin)] += 1;
  return [
    ...becauseOf('other-component', counts['other-component']),
    ...becauseOf('too-old', counts['too-old']),
    ...becauseOf('link-ignored', counts['link-ignored']),
  ];
}

function codeOf({ incident, deployment }: BlamedIncident, incidentWithin: number): BlameCode {
  if (incident.deployment !== null && incident.link === 'named') return 'link-ignored';
  if (deployment === null) return 'link-ignored';
  const isOther =
    deployment.repository !== incident.repository ||
    (incident.component !== '' && deployment.component !== incident.component);
  if (isOther) return 'other-component';
  return incident.openedAt - deployment.finishedAt > incidentWithin ? 'too-old' : 'link-ignored';
}
