import { merged, type Opinion } from '../domain/annotation.ts';
import type { Deployment } from '../domain/deployment.ts';
import { printable } from '../domain/printable.ts';
import type { SetAside, SetAsideReason } from '../domain/set-aside.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import { isInstant } from '../domain/units.ts';
import { asideDeployment } from './aside-deployment.ts';
import { deploymentId } from './deployments-from-refs.ts';
import type { RepositoryHistory } from './repository-history.ts';
import { nameMatcher } from '../domain/wildcard.ts';

/** The deployments of one component after people had their say. */
export interface AnnotatedDeployments {
  readonly deployments: readonly Deployment[];
  readonly setAside: readonly SetAside[];
  /** Those that were found, before anything was taken away, and those that people added: each has a row in the sheet. */
  readonly known: readonly Deployment[];
  /** What was said of each, by its id. */
  readonly opinionOf: ReadonlyMap<string, Opinion>;
  /** Every row that said it, by the id of the deployment. */
  readonly rowsOf: ReadonlyMap<string, readonly string[]>;
}

/**
 * Applies what people said to the deployments of a component.
 *
 * The row of a commit stands for the first deployment of that commit, and makes one where there is none; other deployments have rows of their
 * own. What a row of its own says beats the row of the commit. A row whose commit or deployment is not there changes nothing.
 */
export function annotatedDeployments(
  history: RepositoryHistory,
  component: string,
  { found, opinions, settings }: AnnotationRequest,
): AnnotatedDeployments {
  if (opinions.length === 0)
    return { deployments: found, setAside: [], known: found, opinionOf: NONE, rowsOf: NONE };
  const first = firstOfRevision(found);
  const said = new Map<string, Opinion[]>();
  const added: Deployment[] = [];
  for (const opinion of opinions.toSorted(
    (a, b) => Number(a.facts.kind === 'deployment') - Number(b.facts.kind === 'deployment'),
  )) {
    let target =
      opinion.facts.kind === 'commit' ? first.get(opinion.facts.commit) : sameDeployment(found, opinion);
    if (target === undefined && opinion.facts.kind === 'commit' && opinion.isDeployment === true) {
      target = madeBy(history, component, opinion, settings);
      if (target !== undefined) added.push(target);
    }
    if (target !== undefined) said.set(target.id, [...(said.get(target.id) ?? []), opinion]);
  }
  const known = [...found, ...added];
  const opinionOf = new Map([...said].flatMap(([id, all]) => pair(id, merged(all))));
  const rowsOf = new Map([...said].map(([id, all]) => [id, all.map(({ row }) => row)]));
  const isMeasured = measured(settings);
  const deployments: Deployment[] = [];
  const setAside: SetAside[] = [];
  for (const deployment of known) {
    const opinion = opinionOf.get(deployment.id);
    const reason = opinion === undefined ? null : reasonAgainst(opinion, isMeasured);
    if (opinion === undefined) deployments.push(deployment);
    else if (reason === null) deployments.push(corrected(deployment, opinion));
    else setAside.push(asideBy(opinion, deployment, reason));
  }
  return { deployments, setAside, known, opinionOf, rowsOf };
}

export interface AnnotationRequest {
  readonly found: readonly Deployment[];
  /** Of this component. */
  readonly opinions: readonly Opinion[];
  readonly settings: DatasetSettings;
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

function pair(id: string, opinion: Opinion | null): [string, Opinion][] {
  return opinion === null ? [] : [[id, opinion]];
}

/** The first deployment of each revision: the one for which the row of the commit stands. */
export function firstOfRevision(deployments: readonly Deployment[]): ReadonlyMap<string, Deployment> {
  const first = new Map<string, Deployment>();
  for (const deployment of deployments) {
    const known = first.get(deployment.revision);
    const isEarlier =
      known === undefined ||
      deployment.finishedAt < known.finishedAt ||
      (deployment.finishedAt === known.finishedAt && deployment.id < known.id);
    if (isEarlier) first.set(deployment.revision, deployment);
  }
  return first;
}

/** The deployment that a row of its own stands for, also when another source tells of it by now: then its name or its time gives it away. */
function sameDeployment(found: readonly Deployment[], { facts }: Opinion): Deployment | undefined {
  const { deployment: wanted, commit } = facts;
  if (wanted === null) return undefined;
  const exact = found.find(({ id }) => id === wanted.id);
  if (exact !== undefined) return exact;
  const candidates = found.filter(
    ({ revision, sightings }) => revision === commit && sightings.some(({ name }) => name === wanted.name),
  );
  return candidates.reduce<Deployment | undefined>((best, next) => {
    const distance = (one: Deployment) => Math.abs(one.finishedAt - wanted.finishedAt);
    return best === undefined || distance(next) < distance(best) ? next : best;
  }, undefined);
}

function madeBy(
  { graph, settings: { name: repository } }: RepositoryHistory,
  component: string,
  { facts: { commit }, deployedAt, by }: Opinion,
  { environment }: DatasetSettings,
): Deployment | undefined {
  const index = graph.indexOf(commit);
  if (!graph.has(index)) return undefined;
  const finishedAt = deployedAt ?? graph.committedAt(index);
  if (!isInstant(finishedAt)) return undefined;
  return {
    id: deploymentId('annotation', repository, component, commit),
    repository,
    component,
    environment,
    name: commit.slice(0, 10),
    url: null,
    revision: commit,
    finishedAt,
    estimated: deployedAt === null,
    outcome: 'succeeded',
    source: 'annotation',
    sightings: [{ source: 'annotation', name: printable(by), at: finishedAt }],
  };
}

function reasonAgainst(
  { ignore, isDeployment, environment }: Opinion,
  isMeasured: (environment: string) => boolean,
): SetAsideReason | null {
  if (ignore === true) return 'ignored';
  if (isDeployment === false) return 'not-a-deployment';
  return environment !== null && !isMeasured(environment) ? 'other-environment' : null;
}

function measured({ environment, environmentNames }: DatasetSettings): (name: string) => boolean {
  return nameMatcher([environment, ...environmentNames]);
}

function corrected(deployment: Deployment, { deployedAt, failed, by }: Opinion): Deployment {
  const finishedAt = deployedAt ?? deployment.finishedAt;
  const isKnown = deployment.sightings.some(({ source }) => source === 'annotation');
  const sighting = { source: 'annotation' as const, name: printable(by), at: finishedAt };
  return {
    ...deployment,
    finishedAt,
    estimated: deployedAt === null && deployment.estimated,
    // who says that it did not fail says that it is there
    outcome: failed === false ? 'succeeded' : deployment.outcome,
    sightings: isKnown ? deployment.sightings : [...deployment.sightings, sighting],
  };
}

function asideBy(
  { by, notes, environment }: Opinion,
  deployment: Deployment,
  reason: SetAsideReason,
): SetAside {
  const { name, revision } = deployment;
  const where = reason === 'other-environment' ? ` to ${environment ?? ''}` : '';
  return {
    ...asideDeployment(deployment, reason),
    subject: printable(`${name}${where}`),
    detail: printable(`${revision}, annotated by ${by}${notes === null ? '' : `: ${notes}`}`),
  };
}
