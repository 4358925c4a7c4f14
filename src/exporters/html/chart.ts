import type { Markup } from './markup.ts';
import type { Format, Plot } from './plot.ts';

/** One figure of the report: what is seen, in words, as drawings and as numbers. */
export interface Chart {
  readonly id: string;
  /** The kind of thing it shows. */
  readonly name: string;
  /** What is seen, computed from the data. */
  readonly title: string;
  /** The same for someone who does not see it. */
  readonly description: string;
  readonly keys: readonly Key[];
  /** `null` where there is nothing to draw; the title then says why. */
  readonly plots: Readonly<Record<Format['name'], Plot>> | null;
  readonly table: Markup | null;
}

/** An entry of the legend; `sign` is a class or two of the style sheet. */
export interface Key {
  readonly sign: Sign;
  readonly text: string;
}

type Sign =
  | 'ink'
  | 'ink2'
  | 'ink3'
  | 'warm'
  | 'pale'
  | 'hollow'
  | 'line'
  | 'grey line'
  | 'upright'
  | `${'ink small' | 'warm' | 'grey' | 'open'} dot`;
