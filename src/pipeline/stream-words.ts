import { ISSUES, RUNS } from './repositories.ts';

const SOURCES: Readonly<Record<string, string>> = { git: 'git', github: 'GitHub', argocd: 'Argo CD' };

/** What people call a source. */
export function sourceWords(source: string): string {
  return SOURCES[source] ?? source;
}

/** What a stream holds, in the plural: `pull requests`, `issues labelled incident`, `runs of deploy.yml`. */
export function streamWords(stream: string): string {
  if (stream.startsWith(ISSUES)) return `issues labelled ${decoded(stream.slice(ISSUES.length))}`;
  if (stream.startsWith(RUNS)) return `runs of ${decoded(stream.slice(RUNS.length))}`;
  return stream.replaceAll('-', ' ');
}

/** The name that was made fit for a key. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
