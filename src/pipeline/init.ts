import { isPrerelease, versionTags } from '../processors/version-tag.ts';
import path from 'node:path';
import { DoraError } from '../domain/errors.ts';
import { fileExists, writeTextFile } from '../io/files.ts';
import { glance, inspect, originOf, recentSubjects } from '../extractors/git/index.ts';
import type { GitHubSettings } from '../domain/settings.ts';
import type { Ports } from './ports.ts';
import { nameOf } from './repositories.ts';
import { githubAccess, type GitHubAccess } from './token-permissions.ts';

/** What `init` found out about a clone. */
export interface Survey {
  readonly name: string;
  readonly branch: string | null;
  readonly origin: string | null;
  readonly tags: number;
  readonly versions: number;
  readonly prereleases: number;
  readonly lightweight: number;
  /** Prefixes that tags of single components share (`ui-v`), most used first. */
  readonly componentPrefixes: readonly { readonly prefix: string; readonly tags: number }[];
  /** Shares of the last commits on the branch. */
  readonly mergeStyle: 'merge commits' | 'squash or rebase' | 'no pull requests' | 'unknown';
  /** `null` where origin is not on GitHub. */
  readonly github: GitHubAccess | null;
}

/** Looks at the clone in `folder`; reads refs and the last few subjects, asks GitHub what the token may read, changes nothing. */
export async function survey(folder: string, settings: GitHubSettings, ports: Ports): Promise<Survey> {
  const glanced = await glance(folder, null, ports);
  const { refs, branch } = await inspect(folder, glanced, ports);
  const origin = await originOf(folder, ports);
  const source = {
    from: { kind: 'path', path: folder },
    location: '.',
    name: null,
    branch: null,
    components: [],
  } as const;
  const tags = refs.filter(({ kind }) => kind === 'tag');
  const { isVersion } = versionTags(null);
  const versions = tags.filter(({ name }) => isVersion(name));
  return {
    name: nameOf(source, folder, origin),
    branch: branch?.name ?? null,
    origin,
    tags: tags.length,
    versions: versions.length,
    prereleases: versions.filter(({ name }) => isPrerelease(name)).length,
    lightweight: versions.filter(({ taggedAt }) => taggedAt === null).length,
    componentPrefixes: prefixesOf(versions.map(({ name }) => name)),
    mergeStyle: await mergeStyleOf(folder, branch?.commit ?? null, ports),
    github: await githubAccess({ origin, isFromFile: false }, settings, ports),
  };
}

function prefixesOf(names: readonly string[]): { prefix: string; tags: number }[] {
  const counts = new Map<string, number>();
  for (const name of names) {
    const prefix = /^(?<prefix>.*?(?:@|[-_/]v?))\d/u.exec(name)?.groups?.['prefix'];
    if (prefix !== undefined && !/^(?:v|release|rel)[-_/@]?$|^v?\d/iu.test(prefix))
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  return [...counts].map(([prefix, tags]) => ({ prefix, tags })).sort((a, b) => b.tags - a.tags);
}

/** The commented configuration for a clone; what stays a comment is the default. */
export function configurationText({ name, branch, versions, tags, componentPrefixes }: Survey): string {
  const from = versions === 0 ? 'merges' : 'auto';
  const why =
    versions === 0
      ? `none of the ${String(tags)} tags looks like a version: every commit on the branch counts as a deployment`
      : `tags: ${String(versions)} of ${String(tags)} look like versions; merges: every commit on the branch`;
  const components = componentPrefixes
    .slice(0, 5)
    .map(
      ({ prefix }) =>
        `    #   - { name: ${prefix.replace(/[@/_v-]+$/u, '')}, paths: ["…/**"], tags: "^${prefix}" }`,
    );
  return `# Configuration of dora-metrics. Every key is optional; docs/configuration.md explains all of them.
version: 1

# Days, weeks and months begin in this time zone.
timezone: UTC

repositories:
  - path: .
    name: ${JSON.stringify(name)}
    branch: ${JSON.stringify(branch ?? 'main')}
    # What is deployed as one unit of its own, in a monorepo:
    # components:
${components.length === 0 ? '    #   - { name: ui, paths: ["packages/ui/**"], tags: "^ui-v" }' : components.join('\n')}

deployments:
  # ${why}
  # With GITHUB_TOKEN set also: github-deployments, releases, workflow:deploy.yml
  from: ${from}
  environment: production

# Which tags are deployments. The default takes what looks like a version; prereleases are not production.
# tags: { pattern: '^v\\d+\\.\\d+\\.\\d+$' }

# lead time of every commit (commit), or of every pull request once (pull-request)
# leadTime: { unit: commit }

# Who owns what, for calculate --by team and the report
# teams: [{ name: payments, repositories: ["acme/pay-*"], components: [checkout] }]

# exclude: { authors: ["renovate*"], paths: ["docs/**"], bots: false }
# failures: { revertWithin: 7d, hotfixWithin: 7d, incidentWithin: 7d }
# hotfix: { labels: [hotfix], branches: ["hotfix/*"], subjects: ['^hotfix\\b'] }
# incidents: { github: { labels: [incident] } }
# bands: { year: 2024, minimumSample: 5 }
`;
}

/** Writes the file into `folder`; gives its path. Throws when one is there and `force` is not given. */
export async function writeConfiguration(folder: string, text: string, force: boolean): Promise<string> {
  const file = path.join(folder, 'dora-metrics.yaml');
  if (fileExists(file) && !force) {
    throw new DoraError('usage', `${file} exists already`, {
      hint: 'edit it, or write over it with --force.',
    });
  }
  return await writeTextFile(file, text);
}

async function mergeStyleOf(
  folder: string,
  head: string | null,
  ports: Ports,
): Promise<Survey['mergeStyle']> {
  if (head === null) return 'unknown';
  const subjects = await recentSubjects(folder, head, ports);
  const merges = subjects.filter((subject) => /^Merge (?:pull request|branch)/u.test(subject)).length;
  const squashes = subjects.filter((subject) => /\(#\d+\)$/u.test(subject)).length;
  if (subjects.length < 5) return 'unknown';
  if (merges + squashes < subjects.length / 10) return 'no pull requests';
  return merges >= squashes ? 'merge commits' : 'squash or rebase';
}
