import { canonicalAddress } from '../domain/clone-address.ts';
import { compareText } from '../domain/compare.ts';
import { counted } from '../domain/counted.ts';
import type { DeploymentRecord } from '../domain/deployment-record.ts';
import type { DatasetSettings, Settings } from '../domain/settings.ts';
import { nameMatcher } from '../domain/wildcard.ts';
import { eventsOf } from '../processors/argocd-events.ts';
import type { ArgoEvidence } from '../processors/argocd-evidence.ts';
import { applicationFilter } from '../processors/argocd-filter.ts';
import { argocdPlacement, type PlacedApplication, type Placement } from '../processors/argocd-placement.ts';
import { rolloutRecords } from '../processors/argocd-rollouts.ts';
import {
  shipmentsOf,
  type PathsQuestion,
  type Shipment,
  type Unclaimed,
} from '../processors/argocd-shipments.ts';
import { imageTargets } from '../processors/image-targets.ts';
import type { State } from '../storage/state.ts';
import {
  APPLICATIONS,
  argoStreams,
  CHANGED_PATHS,
  differenceKey,
  IMAGE_LABELS,
  readApplications,
  readDifferences,
  readLabels,
} from './argocd-streams.ts';
import type { Ports } from './ports.ts';
import { knownRepositories, streamsOf } from './repositories.ts';

/** What Argo CD says of the repositories of the workspace. */
export interface ArgoRecords {
  /** Names what they were made from, as `argoFacts` does. */
  readonly facts: string;
  /** By the name of the repository. */
  readonly byRepository: ReadonlyMap<string, readonly DeploymentRecord[]>;
  /** Images that lead nowhere, or to no commit, without their labels. */
  readonly wantLabels: readonly string[];
  /** What only git can tell. */
  readonly wantDifferences: readonly PathsQuestion[];
  /** What a person should know of what is not counted. */
  readonly notices: readonly string[];
}

const NOTHING: ArgoRecords = {
  facts: 'null',
  byRepository: new Map(),
  wantLabels: [],
  wantDifferences: [],
  notices: [],
};

/** The records of all applications that were ever looked at. Throws for damaged raw data, and a `DoraError` for settings that contradict themselves. */
export async function readArgoRecords(
  state: State,
  settings: Settings,
  { storage, signal }: Pick<Ports, 'storage' | 'signal'>,
): Promise<ArgoRecords> {
  const streams = argoStreams(state, APPLICATIONS);
  if (streams.length === 0) return NOTHING;
  const labels = await readLabels(storage, argoStreams(state, IMAGE_LABELS));
  const differences = await readDifferences(storage, argoStreams(state, CHANGED_PATHS));
  const gathering = new Gathering(settings.dataset, addressesOf(state, settings), { labels, differences });
  for (const stream of streams) {
    signal?.throwIfAborted();
    const known = await readApplications(storage, stream);
    for (const evidence of known.all()) gathering.add(evidence);
  }
  return { facts: argoFacts(state, settings), ...gathering.all() };
}

/** Names what the records depend on besides the settings; `null` where nobody ever looked at Argo CD. */
export function argoFacts(state: State, settings: Settings): string {
  const streams = argoStreams(state);
  if (streams.length === 0) return 'null';
  return JSON.stringify([
    streams.map(({ segments }) => segments.map(({ sha256 }) => sha256)),
    [...addressesOf(state, settings).byAddress].sort(([a], [b]) => compareText(a, b)),
  ]);
}

interface Addresses {
  readonly names: readonly string[];
  /** The name of a repository by each of its addresses, in lower case. */
  readonly byAddress: ReadonlyMap<string, string>;
}

/** Where the repositories of the workspace came from, as far as they were ever read. */
function addressesOf(state: State, settings: Settings): Addresses {
  const byAddress = new Map<string, string>();
  const names: string[] = [];
  for (const { name, source } of knownRepositories(settings, state)) {
    const streams = name === null ? null : streamsOf(state, name);
    if (name === null || streams === null) continue;
    names.push(name);
    const origin = streams.commits.cursor['origin'];
    const written = [
      source.from.kind === 'url' ? source.from.url : source.from.path,
      typeof origin === 'string' ? origin : '',
    ];
    for (const text of written) {
      const address = addressKey(text);
      if (address !== null) byAddress.set(address, name);
    }
  }
  return { names, byAddress };
}

/** A folder is its own address: Argo CD can be told to read one, and tests do. */
function addressKey(text: string): string | null {
  const folder = /^(?:file:\/\/)?(\/.+?)(?:\.git)?\/*$/u.exec(text)?.[1];
  return folder ?? canonicalAddress(text)?.toLowerCase() ?? null;
}

interface Answers {
  readonly labels: Awaited<ReturnType<typeof readLabels>>;
  readonly differences: ReadonlyMap<string, boolean>;
}

/** So many examples are named in a notice. */
const MOST_NAMED = 3;

class Gathering {
  readonly #settings: DatasetSettings;
  readonly #answers: Answers;
  readonly #isMeasured: (environment: string) => boolean;
  readonly #placementOf: ReturnType<typeof argocdPlacement>;
  readonly #isLeftOut: ReturnType<typeof applicationFilter>;
  readonly #targets: ReturnType<typeof imageTargets>;
  readonly #repositoryAt: (address: string) => string | null;
  readonly #shipments = new Map<string, Shipment[]>();
  readonly #unclaimed: Unclaimed[] = [];
  readonly #nowhere: string[] = [];
  readonly #gaps: string[] = [];
  readonly #wantLabels = new Set<string>();
  readonly #wantDifferences = new Map<string, PathsQuestion>();

  constructor(settings: DatasetSettings, { names, byAddress }: Addresses, answers: Answers) {
    this.#settings = settings;
    this.#answers = answers;
    const { argocd } = settings;
    this.#isMeasured = nameMatcher(settings.environmentNames);
    this.#placementOf = argocdPlacement(argocd.placement, 'argocd');
    this.#isLeftOut = applicationFilter(argocd);
    this.#repositoryAt = (address) => byAddress.get(addressKey(address) ?? '') ?? null;
    const find = imageTargets(argocd, {
      repositoryAt: this.#repositoryAt,
      names,
      labelsOf: (reference) => answers.labels.get(reference) ?? [],
    });
    this.#targets = (reference) => {
      const target = find(reference);
      const isInTag = target.kind === 'found' && target.isInTag;
      if (!isInTag && !answers.labels.has(reference)) this.#wantLabels.add(reference);
      return target;
    };
  }

  add(evidence: ArgoEvidence): void {
    const { namespace, name } = evidence;
    const title = namespace === '' ? name : `${namespace}/${name}`;
    const placements: Placement[] = [];
    const placementOf = (application: PlacedApplication) => {
      const placement = this.#placementOf(application);
      placements.push(placement);
      return placement;
    };
    const events = eventsOf(evidence, this.#settings.argocd.failures);
    const shipped = shipmentsOf(evidence, events, {
      placementOf,
      targets: this.#targets,
      repositoryAt: this.#repositoryAt,
      isChanged: (question) => this.#isChanged(question),
    });
    const newest = placements.at(-1);
    if (newest === undefined || this.#isLeftOut({ namespace }, newest) !== null) return;
    if (newest.environment.kind === 'unknown') this.#nowhere.push(title);
    if (events.some(({ type }) => type === 'gap')) this.#gaps.push(title);
    this.#unclaimed.push(...shipped.unclaimed.filter(({ environment }) => this.#isMeasured(environment)));
    for (const shipment of shipped.shipments) {
      const same = this.#shipments.get(shipment.repository) ?? [];
      this.#shipments.set(shipment.repository, same);
      same.push(shipment);
    }
  }

  all(): Omit<ArgoRecords, 'facts'> {
    return {
      byRepository: new Map(
        [...this.#shipments].map(([name, shipments]) => [
          name,
          rolloutRecords(shipments, this.#settings.argocd),
        ]),
      ),
      wantLabels: [...this.#wantLabels].sort(compareText),
      wantDifferences: [...this.#wantDifferences.values()],
      notices: [...this.#unclaimedNotices(), ...this.#placeNotices()],
    };
  }

  #isChanged(question: PathsQuestion): boolean | null {
    const key = differenceKey(question);
    const known = this.#answers.differences.get(key) ?? null;
    if (known === null) this.#wantDifferences.set(key, question);
    return known;
  }

  /** One for each reason, the most frequent first. */
  #unclaimedNotices(): string[] {
    const byReason = new Map<string, number>();
    for (const { why } of this.#unclaimed) byReason.set(why, (byReason.get(why) ?? 0) + 1);
    const reasons = [...byReason].sort(([a, n], [b, m]) => m - n || compareText(a, b));
    const rest = reasons.slice(MOST_NAMED).reduce((sum, [, count]) => sum + count, 0);
    return [
      ...reasons.slice(0, MOST_NAMED).map(([why, count]) => {
        const leads = count === 1 ? 'leads' : 'lead';
        return `${counted(count, 'deployment')} that Argo CD saw ${leads} to no repository of this workspace: ${why}`;
      }),
      ...(rest > 0 ? [`${counted(rest, 'deployment')} more lead nowhere for other reasons`] : []),
    ];
  }

  #placeNotices(): string[] {
    return [
      ...named(
        this.#nowhere,
        (applications) =>
          `the environment of ${applications} is not known, so that nothing of them counts: argocd.rules, argocd.paths or a label can tell`,
      ),
      ...named(
        this.#gaps,
        (applications) =>
          `deployments of ${applications} had left the history before anybody looked, or cannot be read: they are missing`,
      ),
    ];
  }
}

function named(titles: readonly string[], sentence: (applications: string) => string): string[] {
  if (titles.length === 0) return [];
  const more = titles.length > MOST_NAMED ? ', …' : '';
  return [
    sentence(`${counted(titles.length, 'application')} (${titles.slice(0, MOST_NAMED).join(', ')}${more})`),
  ];
}
