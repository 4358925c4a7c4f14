import { isCommit } from '../domain/argocd.ts';
import type { ArgoDeployment, ArgoEvent, ArgoIdentity, FailedAttempt } from '../domain/argocd-event.ts';
import type { BuiltImage } from '../domain/deployment-record.ts';
import { formatImageReference, imageReference } from '../domain/image-reference.ts';
import type { SetAsideReason } from '../domain/set-aside.ts';
import type { EpochMs } from '../domain/units.ts';
import type { ArgoEvidence, SeriesEvidence } from './argocd-evidence.ts';
import type { PlacedApplication, Placement } from './argocd-placement.ts';
import { imageChanges } from './image-changes.ts';
import type { ImageTargets } from './image-targets.ts';
import { manifestPaths } from './manifest-paths.ts';

/** What reached one cluster at one time, for one repository of the workspace. */
export interface Shipment {
  /** Unique in its repository, and the same in whichever documents it is seen. */
  readonly id: string;
  /** Its name in the workspace. */
  readonly repository: string;
  /** `unknown` where no rule finds it, as the two that follow. */
  readonly component: string;
  readonly environment: string;
  readonly cluster: string;
  readonly at: EpochMs;
  readonly kind: 'deployment' | 'attempt';
  /** The images whose commit was deployed; empty where `revision` is it. */
  readonly images: readonly BuiltImage[];
  readonly revision: string | null;
  readonly untraced: string | null;
  readonly outcome: 'succeeded' | 'failed';
  readonly isUnverified: boolean;
  readonly problem: string | null;
  readonly recoveredAt: EpochMs | null;
  readonly notBecause: SetAsideReason | null;
}

/** What was deployed and leads to no repository of the workspace. */
export interface Unclaimed {
  readonly component: string;
  readonly environment: string;
  readonly at: EpochMs;
  readonly why: string;
}

export interface Shipped {
  readonly shipments: readonly Shipment[];
  readonly unclaimed: readonly Unclaimed[];
}

/** Two commits of a repository, and the paths in it that matter. */
export interface PathsQuestion {
  /** Its name in the workspace. */
  readonly repository: string;
  readonly from: string;
  readonly to: string;
  readonly paths: readonly string[];
}

/** What has to be known besides the events of an application. */
export interface ShipmentQuestions {
  readonly placementOf: (application: PlacedApplication) => Placement;
  readonly targets: ImageTargets;
  /** The repository of the workspace that is at an address; `null` for none. */
  readonly repositoryAt: (address: string) => string | null;
  /** Whether anything under the paths changed; `null` where nobody knows. */
  readonly isChanged: (question: PathsQuestion) => boolean | null;
}

const NOT_SEEN = 'the images that it deployed were not seen';
const FAILED_SYNC = 'a sync that fails does not say which images it was for';

/**
 * What the events of an application mean for the repositories of the workspace.
 *
 * - An image that changed was built from a commit of its repository: that repository was deployed.
 * - Where no image leads to a repository, and where only the configuration changed, it is the commit of the GitOps repository that was deployed.
 * - What leads nowhere is told as `unclaimed`.
 * - An application that is made anew goes on where the last one of its name ended: what it had already is not deployed again.
 */
export function shipmentsOf(
  evidence: ArgoEvidence,
  events: readonly ArgoEvent[],
  questions: ShipmentQuestions,
): Shipped {
  const application = new Application(evidence, events, questions);
  for (const event of events) {
    if (event.type === 'deployment') application.deployed(event);
    else if (event.type === 'failed-attempt') application.failed(event);
  }
  return application.shipped;
}

type What = Pick<
  Shipment,
  'id' | 'at' | 'kind' | 'outcome' | 'isUnverified' | 'problem' | 'recoveredAt' | 'notBecause'
>;
type Place = Pick<Shipment, 'component' | 'environment' | 'cluster'>;

/** One thing that happened, with all that is needed to say where it belongs. */
interface Happening {
  readonly what: What;
  readonly place: Place;
  /** The commit of the GitOps repository; `null` where that is not in the workspace. */
  readonly gitOps: { readonly repository: string; readonly revision: string } | null;
}

class Application {
  readonly shipped: { readonly shipments: Shipment[]; readonly unclaimed: Unclaimed[] } = {
    shipments: [],
    unclaimed: [],
  };
  readonly #evidence: ArgoEvidence;
  readonly #questions: ShipmentQuestions;
  readonly #recoveries = new Map<string, EpochMs>();
  readonly #deployments = new Map<string, ArgoDeployment>();
  /** The images that were seen last, by name: one that happens not to run was not taken away. */
  readonly #images = new Map<string, readonly string[]>();
  /** Of an earlier life as well: what is made anew does not begin from nothing. */
  #last: ArgoDeployment | null = null;

  constructor(evidence: ArgoEvidence, events: readonly ArgoEvent[], questions: ShipmentQuestions) {
    this.#evidence = evidence;
    this.#questions = questions;
    for (const event of events) {
      if (event.type === 'recovery') this.#recoveries.set(event.failure, event.at);
      if (event.type === 'deployment') this.#deployments.set(event.key, event);
    }
  }

  deployed(event: ArgoDeployment): void {
    const now = imagesOf(event);
    const happening = this.#happening(event, {
      ...this.#outcomeOf(event),
      at: event.deployedAt,
      kind: 'deployment',
    });
    if (this.#isRedeploy(event)) this.#aside(happening, now, 'redeployed');
    else if (now === null) this.#configured(happening, null, NOT_SEEN);
    else {
      const fresh = this.#fresh(now);
      if (fresh.length > 0) this.#shipped(happening, fresh);
      else if (this.#isNoop(event)) this.#aside(happening, now, 'no-op');
      else this.#configured(happening, now, null);
    }
    this.#last = event;
    for (const reference of now ?? []) this.#images.set(nameOf(reference), []);
    for (const reference of now ?? [])
      this.#images.set(nameOf(reference), [...(this.#images.get(nameOf(reference)) ?? []), reference]);
  }

  failed(event: FailedAttempt): void {
    const happening = this.#happening(event, {
      at: event.at,
      kind: 'attempt',
      outcome: 'failed',
      isUnverified: false,
      problem: `${SYNC_PROBLEMS[event.reason]}${event.message === '' ? '' : `: ${event.message}`}`,
      recoveredAt: this.#recoveries.get(event.key) ?? null,
    });
    const became = event.deployment === null ? undefined : this.#deployments.get(event.deployment);
    const images = became === undefined ? null : imagesOf(became);
    const fresh = images === null ? [] : this.#fresh(images);
    if (became !== undefined && this.#isRedeploy(became)) this.#aside(happening, images, 'redeployed');
    else if (fresh.length > 0) this.#shipped(happening, fresh);
    else this.#configured(happening, images, images === null ? FAILED_SYNC : null);
  }

  /** Without what ran before under the same name. */
  #fresh(now: readonly string[]): readonly string[] {
    const { changed, added } = imageChanges([...this.#images.values()].flat(), now);
    return [...changed.flatMap(({ to }) => to), ...added].map(formatImageReference);
  }

  #outcomeOf({ key, status, failure }: ArgoDeployment): Omit<What, 'id' | 'at' | 'kind' | 'notBecause'> {
    return {
      outcome: status === 'failed' ? 'failed' : 'succeeded',
      isUnverified: status === 'unverified' || status === 'pending',
      problem: failure === null ? null : HEALTH_PROBLEMS[failure.reason],
      recoveredAt: failure === null ? null : (this.#recoveries.get(key) ?? null),
    };
  }

  #happening(event: ArgoDeployment | FailedAttempt, what: Omit<What, 'id' | 'notBecause'>): Happening {
    const series = this.#seriesOf(event.application);
    const facts = series?.application;
    const sources = event.type === 'deployment' ? event.sources : (facts?.sources ?? []);
    const destination = event.type === 'deployment' ? event.destination : facts?.destination;
    const { namespace, name } = this.#evidence;
    const placement = this.#questions.placementOf({
      name,
      namespace,
      labels: facts?.labels ?? {},
      destination: destination ?? {},
      owner: facts?.applicationSet ?? null,
      sources,
    });
    const place = {
      component: valueOf(placement.component),
      environment: valueOf(placement.environment),
      cluster: valueOf(placement.cluster),
    };
    return {
      what: { ...what, id: event.key, notBecause: null },
      place,
      gitOps: this.#gitOpsOf(event.revisions, sources, series),
    };
  }

  #seriesOf({ series }: ArgoIdentity): SeriesEvidence | undefined {
    return this.#evidence.series.find(({ key }) => key === series);
  }

  /** The first commit of a repository of the workspace that is new, else the first; that of the developer, where a hydrator made another one of it. */
  #gitOpsOf(
    revisions: readonly string[],
    sources: readonly { readonly repoURL: string | null }[],
    series: SeriesEvidence | undefined,
  ): Happening['gitOps'] {
    const { repositoryAt } = this.#questions;
    const dry = series?.hydrations.find(({ hydratedSHA }) => revisions.includes(hydratedSHA))?.drySHA;
    const dryRepository = repositoryAt(series?.application.hydrator?.dry.repoURL ?? '');
    if (dry !== undefined && dryRepository !== null) return { repository: dryRepository, revision: dry };
    const commits = revisions.flatMap((revision, at) => {
      const repository = isCommit(revision) ? repositoryAt(sources[at]?.repoURL ?? '') : null;
      return repository === null ? [] : [{ at, commit: { repository, revision } }];
    });
    const before = this.#last?.revisions ?? [];
    const found = commits.find(({ at, commit }) => commit.revision !== before[at]) ?? commits[0];
    return found?.commit ?? null;
  }

  /** The repositories of these images were deployed; the GitOps repository, where none of them leads to a commit. */
  #shipped(happening: Happening, references: readonly string[]): void {
    const { found, why, isTraceable } = this.#targetsOf(references);
    if (!isTraceable && happening.gitOps !== null) this.#fromGitOps(happening, why);
    else if (found.size === 0) this.#nowhere(happening, why ?? NOT_SEEN);
    else this.#fromImages(happening, found, null);
  }

  /**
   * Something else than an image changed, or nobody knows whether one did: the code that runs is the same, as far as is known.
   *
   * `now` is what runs; `null` where nobody saw it, and what was seen last stands in.
   */
  #configured(happening: Happening, now: readonly string[] | null, untraced: string | null): void {
    const { gitOps, what } = happening;
    const { found, why, isTraceable } = this.#targetsOf(now ?? [...this.#images.values()].flat());
    // a sync that failed says something of the component, whichever commit it was
    const isAttempt = what.kind === 'attempt';
    if (found.size > 0 && (gitOps === null || (isAttempt && isTraceable)))
      this.#fromImages(happening, found, untraced);
    else if (gitOps === null) this.#nowhere(happening, untraced ?? why ?? NOT_SEEN);
    else if (isAttempt) this.#fromGitOps(happening, found.size > 0 ? why : null);
    else this.#fromGitOps(happening, untraced);
  }

  #aside({ what, ...happening }: Happening, now: readonly string[] | null, notBecause: SetAsideReason): void {
    this.#configured({ ...happening, what: { ...what, notBecause } }, now, null);
  }

  #fromImages(happening: Happening, found: Found, untraced: string | null): void {
    for (const [repository, images] of found)
      this.#add(happening, { repository, images, revision: null, untraced });
  }

  #fromGitOps(happening: Happening, untraced: string | null): void {
    const { gitOps } = happening;
    if (gitOps !== null) this.#add(happening, { ...gitOps, images: [], untraced });
  }

  #add(
    { what, place }: Happening,
    where: Pick<Shipment, 'repository' | 'images' | 'revision' | 'untraced'>,
  ): void {
    this.shipped.shipments.push({ ...what, ...place, ...where });
  }

  #nowhere({ what, place: { component, environment } }: Happening, why: string): void {
    if (what.notBecause === null) this.shipped.unclaimed.push({ component, environment, at: what.at, why });
  }

  /** The images by the repository that they lead to, whether a commit may be found for one, and why not for another one. */
  #targetsOf(references: readonly string[]): {
    readonly found: Found;
    readonly why: string | null;
    readonly isTraceable: boolean;
  } {
    const found = new Map<string, BuiltImage[]>();
    let why: string | null = null;
    let isTraceable = false;
    for (const reference of references) {
      const target = this.#questions.targets(reference);
      if (target.kind === 'nowhere') {
        why ??= target.why;
        continue;
      }
      found.set(target.repository, [...(found.get(target.repository) ?? []), target.image]);
      isTraceable ||= target.untraceable === null;
      why ??= target.untraceable;
    }
    return { found, why, isTraceable };
  }

  /** What ran already was deployed once more; an application that is made anew as it was goes on as it was. */
  #isRedeploy({ kind, content, destination }: ArgoDeployment): boolean {
    if (kind !== 'initial') return kind === 'redeploy';
    return this.#last?.content === content && isEqual(this.#last.destination, destination);
  }

  /** Another commit came along, and as far as is known it changed nothing of this application. */
  #isNoop({ revisions, sources, manifestGeneratePaths }: ArgoDeployment): boolean {
    const last = this.#last;
    // of the same commit it is the parameters that changed, or changed back
    if (last === null || isEqual(last.revisions, revisions) || !isEqual(last.sources, sources)) return false;
    const { repositoryAt, isChanged } = this.#questions;
    return revisions.every((to, at) => {
      const from = last.revisions[at] ?? '';
      if (from === to) return true;
      // the version of a chart is no commit, and a new one is a change
      if (!isCommit(from) || !isCommit(to)) return false;
      const repository = repositoryAt(sources[at]?.repoURL ?? '');
      const paths = manifestPaths(sources[at]?.path ?? null, manifestGeneratePaths);
      return repository === null || isChanged({ repository, from, to, paths }) !== true;
    });
  }
}

/** By the name of the repository. */
type Found = ReadonlyMap<string, readonly BuiltImage[]>;

const SYNC_PROBLEMS: Readonly<Record<FailedAttempt['reason'], string>> = {
  failed: 'sync failed',
  error: 'sync could not run',
  retrying: 'sync fails again and again',
};

const HEALTH_PROBLEMS = {
  degraded: 'degraded after the sync',
  timeout: 'still progressing after the time that a rollout may take',
  missing: 'everything was gone',
} as const;

/** The images of the applied manifests or of the pods, else those that the source says to put in; `null` where nobody knows. */
function imagesOf({ images, sources }: ArgoDeployment): readonly string[] | null {
  if (images.from !== 'none') return images.names;
  // written as name=new-name:tag, name:tag or name@digest
  const put = sources
    .flatMap(({ kustomizeImages }) => kustomizeImages)
    .map((text) => text.replace(/^[^=]*=/u, ''));
  const told = put.filter((text) => {
    const image = imageReference(text);
    return image !== null && (image.tag !== null || image.digest !== null);
  });
  return told.length > 0 ? told : null;
}

/** Of plain values whose fields stand in the same order. */
function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function nameOf(reference: string): string {
  return imageReference(reference)?.name ?? reference;
}

function valueOf(placed: Placement['component']): string {
  return placed.kind === 'known' ? placed.value : 'unknown';
}
