import { printable } from '../domain/printable.ts';
import { counted } from '../domain/counted.ts';
import type { Log, Progress } from '../io/ports.ts';

/** How far a run over many repositories is: a line that is redrawn on a terminal, a line for each repository elsewhere. */
export class Overview {
  readonly #progress: Progress;
  readonly #log: Log;
  readonly #total: number;
  /** What each repository under way is at, in the order in which they were begun. */
  readonly #underWay = new Map<number, string>();
  #done = 0;
  #failed = 0;

  constructor(total: number, { progress, log }: { readonly progress: Progress; readonly log: Log }) {
    this.#total = total;
    this.#progress = progress;
    this.#log = log;
  }

  /** The progress of one repository. */
  lane(position: number): Progress {
    if (this.#total === 1) return this.#progress;
    return {
      isShown: this.#progress.isShown,
      update: (text) => {
        this.#underWay.set(position, text);
        this.#draw();
      },
      done: () => undefined,
    };
  }

  /** Says how a repository ended. */
  ended(position: number, words: string, isFailure: boolean): void {
    this.#underWay.delete(position);
    this.#done += 1;
    if (isFailure) this.#failed += 1;
    if (this.#total === 1) return;
    if (this.#progress.isShown) this.#draw();
    else this.#log.info(printable(`${String(this.#done)} of ${String(this.#total)}: ${words}`));
  }

  #draw(): void {
    const failed = this.#failed === 0 ? '' : `, ${String(this.#failed)} failed`;
    const head = `${String(this.#done)} of ${counted(this.#total, 'repository', 'repositories')}${failed}`;
    this.#progress.update([head, ...this.#underWay.values()].join(' · '));
  }
}
