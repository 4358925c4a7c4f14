import { compareText } from '../domain/compare.ts';
import type { ReportModel } from '../domain/report-model.ts';
import type { DatasetSettings } from '../domain/settings.ts';
import { isoInstant } from '../domain/units.ts';
import { APPLICATIONS, argoStreams } from './argocd-streams.ts';
import type { OpenedDataset } from './calculate.ts';
import { githubStreams } from './github-records.ts';
import { sourceWords, streamWords } from './stream-words.ts';

/** What keeps the file small at any number of repositories. */
const MOST_SOURCES = 24;

/** The streams that the dataset was made from; of too many those that were asked least recently, by which the numbers may be wrong. */
export function sourcesOf(
  { state, repositories, context }: OpenedDataset,
  settings: DatasetSettings,
): Pick<ReportModel, 'sources' | 'foldedSources'> {
  const names = new Set(repositories);
  const read = new Set([
    ...repositories.flatMap((name) => githubStreams(state, name, settings)),
    ...argoStreams(state, APPLICATIONS),
  ]);
  const used = Object.values(state.streams).filter((stream) =>
    stream.source === 'git' ? names.has(stream.scope) : read.has(stream),
  );
  const shown = used.length <= MOST_SOURCES ? used : stalest(used).slice(0, MOST_SOURCES);
  return {
    sources: shown.map(({ source, scope, stream, checkedAt, segments }) => ({
      source: sourceWords(source),
      scope,
      knownUntil: isoInstant(Math.min(context.asOf, Date.parse(checkedAt))),
      detail: `${String(segments.reduce((sum, { records }) => sum + records, 0))} ${
        source === 'argocd' ? 'looks with news at applications' : streamWords(stream)
      }`,
    })),
    foldedSources: used.length - shown.length,
  };
}

type Streams = readonly OpenedDataset['state']['streams'][string][];

function stalest(streams: Streams): Streams {
  return streams.toSorted(
    (a, b) => Date.parse(a.checkedAt) - Date.parse(b.checkedAt) || compareText(a.scope, b.scope),
  );
}
