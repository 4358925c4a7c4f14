import { canonicalAddress, cloneAddress, isGitHub } from '../domain/clone-address.ts';

/** Which labels and annotations of an image say where it comes from. */

/** Names and values of one place: the labels of the configuration, or the annotations of the manifest. */
export type LabelSet = Readonly<Record<string, string | undefined>>;

/** The commit and the repository that whoever built an image wrote down, under the names that belong together. */
interface LabelPair {
  readonly revision: string;
  readonly source: string;
}

const OCI: LabelPair = {
  revision: 'org.opencontainers.image.revision',
  source: 'org.opencontainers.image.source',
};

/** The names that came before OCI's, and those of OpenShift's builds. */
const OTHERS: readonly LabelPair[] = [
  { revision: 'vcs-ref', source: 'vcs-url' },
  { revision: 'org.label-schema.vcs-ref', source: 'org.label-schema.vcs-url' },
  { revision: 'io.openshift.build.commit.id', source: 'io.openshift.build.source-location' },
];

/** In the order in which they are believed. */
const PAIRS: readonly LabelPair[] = [OCI, ...OTHERS];

/** What one pair of labels says. */
export interface LabelledCommit {
  readonly label: string;
  readonly revision: string;
  /** As written; `null` where nothing is. */
  readonly source: string | null;
}

/** Every commit that labels name, the strongest first; an empty label says nothing. */
export function labelledCommits(sets: readonly LabelSet[]): readonly LabelledCommit[] {
  return PAIRS.flatMap(({ revision: label, source }) =>
    sets.flatMap((set) => {
      const revision = valueOf(set, label);
      return revision === null ? [] : [{ label, revision, source: valueOf(set, source) }];
    }),
  );
}

/** Every repository that labels name, the strongest first. */
export function labelledSources(
  sets: readonly LabelSet[],
): readonly { readonly label: string; readonly source: string }[] {
  return PAIRS.flatMap(({ source: label }) =>
    sets.flatMap((set) => {
      const source = valueOf(set, label);
      return source === null ? [] : [{ label, source }];
    }),
  );
}

/**
 * The repository that a label names, as `https://host/path`; `null` where it names none.
 *
 * People write the address of a folder's page, of the file that describes the project, or an address without its beginning.
 */
export function sourceAddress(label: string): string | null {
  const text = label
    .trim()
    .replace(/^git\+/u, '')
    .replace(/[?#].*$/su, '');
  const isBare = /^[a-z\d-]+(?:\.[a-z\d-]+)+\/[^:]+$/iu.test(text);
  const found = cloneAddress(canonicalAddress(isBare ? `https://${text}` : text) ?? '');
  if (found === null) return null;
  const { host, path } = found;
  const parts = path.split('/');
  // GitLab sets the pages of a repository apart by a hyphen; on GitHub a repository has an owner and a name
  const dash = parts.indexOf('-');
  const kept = isGitHub(host) ? parts.slice(0, 2) : dash === -1 ? parts : parts.slice(0, dash);
  return canonicalAddress(`https://${host}/${kept.join('/')}`);
}

function valueOf(set: LabelSet, name: string): string | null {
  const value = Object.hasOwn(set, name) ? (set[name]?.trim() ?? '') : '';
  return value === '' ? null : value;
}
