/** What the model of Argo CD can be told, and how it prints sources. */

export interface ModelSource {
  readonly repoURL: string;
  readonly path?: string;
  readonly chart?: string;
  readonly ref?: string;
  readonly targetRevision?: string;
  readonly helm?: { readonly parameters: readonly { readonly name: string; readonly value: string }[] };
  readonly kustomize?: { readonly images: readonly string[] };
}

export type Health = 'Healthy' | 'Progressing' | 'Degraded' | 'Missing' | 'Suspended' | 'Unknown';

export interface ModelOptions {
  readonly uid: string;
  readonly name: string;
  readonly at: string;
  readonly cluster?: string;
  readonly sources: readonly ModelSource[];
  readonly historyLimit?: number;
  readonly retryLimit?: number;
  /** Versions before 2.14 do not tell since when the health is what it is, those before 3.1 not what they applied. */
  readonly isOld?: boolean;
  readonly hydrates?: boolean;
  readonly generatePaths?: string;
}

export interface Wish {
  readonly revisions?: readonly string[];
  readonly sources?: readonly ModelSource[];
  readonly images?: readonly string[];
  /** How long the sync takes, in seconds. */
  readonly takes?: number;
  readonly by?: string;
  /** The health that the first comparison after it finds; what it was before where nothing is said. */
  readonly then?: Health;
  readonly isPartial?: boolean;
  readonly isDryRun?: boolean;
  /** Ends in the middle, as a sync does that has failed. */
  readonly isUnfinished?: boolean;
}

export const HYDRATED = {
  sourceHydrator: {
    drySource: { repoURL: 'https://github.com/acme/gitops.git', targetRevision: 'HEAD', path: 'shop' },
    syncSource: { targetBranch: 'env/production', path: 'shop' },
  },
};

/** With several sources Argo CD prints an empty single one beside them. */
export function sourcesOf(sources: readonly ModelSource[]): object {
  return sources.length > 1 ? { source: { repoURL: '' }, sources } : { source: sources[0] };
}
