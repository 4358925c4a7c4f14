import type { DatasetSettings, RepositorySource } from '../domain/settings.ts';
import type { Progress } from '../io/ports.ts';
import type { AnnotationLedger } from '../processors/annotation-ledger.ts';
import { openJournal } from '../storage/annotation-store.ts';
import type { PartSpool } from '../storage/part-spool.ts';
import type { State } from '../storage/state.ts';
import { ledgerOf } from './annotations.ts';
import { partInputs, writePart, type LoadedRepository, type PartContext } from './dataset-part.ts';
import { extractRepository, type Extracted } from './extract-repository.ts';
import type { Ports } from './ports.ts';
import type { NamedRepository } from './repositories.ts';

/** A repository that is to be read. */
export interface ReadRequest {
  readonly source: RepositorySource;
  /** `null` for one that was never read. */
  readonly known: NamedRepository | null;
  /** Read everything again instead of what is new. */
  readonly full: boolean;
  /** Whether anybody will ask where the repository came from. */
  readonly needsOrigin: boolean;
}

/** Whom a reading speaks to. */
export interface ReadHooks {
  /** Called with its name as soon as that is known, before anything is read; throws when another repository has it. */
  readonly claim: (name: string) => void | Promise<void>;
  readonly progress: Progress;
}

/** A repository that was read, and is not published yet. */
export interface Reading {
  readonly extracted: Omit<Extracted, 'loaded'>;
  /** What was read, where it is in the memory of this process; `null` when nothing was new. */
  readonly loaded: LoadedRepository | null;
  /** Makes the rows of the dataset and keeps them in the spool, given the state in which what was read counts. Does nothing when nothing was new. */
  keep(state: State): Promise<void>;
  /** Whoever read it may forget it and read another. */
  release(): void;
}

/** Reads what is new in a repository. Throws a `DoraError` for one that cannot be read. */
export type Read = (request: ReadRequest, hooks: ReadHooks) => Promise<Reading>;

export interface ReadingParts {
  /** As it is before: each repository changes its own streams only. */
  readonly state: State;
  readonly settings: DatasetSettings;
  readonly spool: PartSpool;
  readonly ports: Ports;
}

/** Rows for which Argo CD was looked at are built when everything was read: what it says of one repository hangs on all of them. */
const NOTHING: PartContext['argo'] = new Map();

/** Reads in this process. */
export function readingHere({ state, settings, spool, ports }: ReadingParts): Read {
  let ledger: Promise<AnnotationLedger> | null = null;
  const ledgerOnce = async () => await (ledger ??= openJournal(ports.storage).then(ledgerOf));
  return async ({ source, known, full, needsOrigin }, { claim, progress }) => {
    const itsPorts = { ...ports, progress };
    const options = { state, settings, full, needsOrigin, claim };
    const { loaded, ...extracted } = await extractRepository(source, known, options, itsPorts);
    return {
      extracted,
      loaded,
      keep: async (after) => {
        if (loaded === null) return;
        const repository = { name: extracted.name, source };
        const context = {
          state: after,
          settings,
          ports: itsPorts,
          ledger: await ledgerOnce(),
          argo: NOTHING,
        };
        await spool.add(
          { repository: repository.name, inputs: partInputs(repository, context) },
          async (part) => await writePart(part, repository, loaded, context),
        );
      },
      release: () => undefined,
    };
  };
}
