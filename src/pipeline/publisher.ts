import type { Clock } from '../io/ports.ts';
import type { Publication, PublicationBeaten, Workspace } from '../storage/workspace.ts';

/** So many repositories with news are published together, or those of so long: each publication writes the whole state. */
const MOST_WAITING = 64;
const LONGEST_MS = 3000;
/** Where nothing was new, there is less to lose. */
const LONGEST_QUIET_MS = 60_000;

interface Waiting {
  readonly publication: Publication;
  readonly onBeaten: (error: PublicationBeaten) => void;
}

/** Publishes what many repositories give, some at a time. What was added counts when `flush` has returned. */
export class Publisher {
  readonly #workspace: Workspace;
  readonly #clock: Clock;
  #waiting: Waiting[] = [];
  #since: number;
  #busy: Promise<void> = Promise.resolve();

  constructor(workspace: Workspace, clock: Clock) {
    this.#workspace = workspace;
    this.#clock = clock;
    this.#since = clock.now().getTime();
  }

  /** `onBeaten` is told when another run was faster with the same streams. Throws what an earlier publication failed with. */
  async add(publication: Publication, onBeaten: Waiting['onBeaten']): Promise<void> {
    this.#waiting.push({ publication, onBeaten });
    const news = this.#waiting.filter((one) => one.publication.audit !== null).length;
    const longest = news > 0 ? LONGEST_MS : LONGEST_QUIET_MS;
    if (news >= MOST_WAITING || this.#clock.now().getTime() - this.#since >= longest) await this.flush();
  }

  async flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#since = this.#clock.now().getTime();
    this.#busy = this.#busy.then(async () => {
      if (waiting.length === 0) return;
      const { beaten } = await this.#workspace.publishAll(waiting.map(({ publication }) => publication));
      for (const [position, error] of beaten) waiting[position]?.onBeaten(error);
    });
    await this.#busy;
  }
}
