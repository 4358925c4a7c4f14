import type { DatasetSettings } from '../domain/settings.ts';
import type { State } from '../storage/state.ts';
import { streamKey } from '../storage/workspace.ts';
import { partsOf } from './github-parts.ts';
import { githubStream } from './repositories.ts';
import { streamWords } from './stream-words.ts';

/** Of many repositories that lack something only the first are named. */
const MOST_NAMED = 3;

/**
 * What the settings ask GitHub for and nothing is known of: a label or a workflow that was named after the last extraction.
 *
 * A sentence for all repositories that lack the same. Those of which GitHub was never asked lack nothing.
 */
export function missingStreams(state: State, names: readonly string[], settings: DatasetSettings): string[] {
  const has = (name: string, stream: string) =>
    state.streams[streamKey(githubStream(name, stream))] !== undefined;
  const lacking = new Map<string, string[]>();
  for (const name of names) {
    if (!has(name, 'pull-requests')) continue;
    const missing = partsOf(settings).filter(({ stream }) => !has(name, stream));
    if (missing.length === 0) continue;
    const words = missing.map(({ stream }) => streamWords(stream)).join(', ');
    const same = lacking.get(words) ?? [];
    lacking.set(words, same);
    same.push(name);
  }
  return [...lacking].map(([words, same]) => {
    const more = same.length > MOST_NAMED ? ` and ${String(same.length - MOST_NAMED)} more` : '';
    return `${same.slice(0, MOST_NAMED).join(', ')}${more}: ${words} were never extracted: run dora-metrics extract`;
  });
}
