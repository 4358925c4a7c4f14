/** The settings that the environment and the command line can give, over those of the file. */

export interface Setting {
  readonly path: readonly string[];
  readonly env: string;
  /** Without the dashes. */
  readonly flag: string;
  readonly kind: 'text' | 'number' | 'list' | 'boolean';
  readonly argument: string;
  readonly help: string;
}

type Declared = Omit<Setting, 'path' | 'env'> & { readonly key: string };

const DECLARED: readonly Declared[] = [
  {
    key: 'timezone',
    flag: 'timezone',
    kind: 'text',
    argument: '<zone>',
    help: 'IANA time zone in which periods begin',
  },
  {
    key: 'deployments.from',
    flag: 'deployments-from',
    kind: 'list',
    argument: '<list>',
    help: 'where deployments are known from: auto, argocd, github-deployments, workflow:<file>, releases, tags, merges',
  },
  {
    key: 'deployments.environment',
    flag: 'environment',
    kind: 'text',
    argument: '<name>',
    help: 'the environment that is measured',
  },
  {
    key: 'deployments.environments',
    flag: 'environment-names',
    kind: 'list',
    argument: '<list>',
    help: 'names under which GitHub knows that environment',
  },
  {
    key: 'leadTime.unit',
    flag: 'lead-time-unit',
    kind: 'text',
    argument: '<unit>',
    help: 'what lead time is measured on: commit or pull-request',
  },
  {
    key: 'tags.pattern',
    flag: 'tags-pattern',
    kind: 'text',
    argument: '<regex>',
    help: 'which tags are deployments',
  },
  {
    key: 'exclude.authors',
    flag: 'exclude-authors',
    kind: 'list',
    argument: '<list>',
    help: 'authors to set aside',
  },
  {
    key: 'exclude.paths',
    flag: 'exclude-paths',
    kind: 'list',
    argument: '<list>',
    help: 'paths to set aside',
  },
  {
    key: 'exclude.bots',
    flag: 'exclude-bots',
    kind: 'boolean',
    argument: '<true|false>',
    help: 'whether what bots wrote is set aside',
  },
  {
    key: 'incidents.github.labels',
    flag: 'incident-labels',
    kind: 'list',
    argument: '<list>',
    help: 'labels of the GitHub issues that are incidents',
  },
  {
    key: 'github.baseUrl',
    flag: 'github-url',
    kind: 'text',
    argument: '<url>',
    help: 'address of a GitHub Enterprise Server',
  },
  {
    key: 'github.maxConcurrency',
    flag: 'github-max-concurrency',
    kind: 'number',
    argument: '<n>',
    help: 'requests to GitHub at the same time',
  },
  {
    key: 'github.minRemainingPoints',
    flag: 'github-min-remaining-points',
    kind: 'number',
    argument: '<n>',
    help: 'wait for the next hour when fewer points than this remain',
  },
  {
    key: 'failures.incidentWithin',
    flag: 'incident-within',
    kind: 'text',
    argument: '<duration>',
    help: 'how long after a deployment an incident is linked to it',
  },
  {
    key: 'failures.revertWithin',
    flag: 'revert-within',
    kind: 'text',
    argument: '<duration>',
    help: 'how long a revert marks a deployment as failed',
  },
  {
    key: 'failures.hotfixWithin',
    flag: 'hotfix-within',
    kind: 'text',
    argument: '<duration>',
    help: 'how long a hotfix marks a deployment as failed',
  },
  {
    key: 'bots',
    flag: 'bots',
    kind: 'list',
    argument: '<list>',
    help: 'names and logins that are bots besides those that say so',
  },
  {
    key: 'hotfix.labels',
    flag: 'hotfix-labels',
    kind: 'list',
    argument: '<list>',
    help: 'labels of pull requests that are hotfixes',
  },
  {
    key: 'hotfix.branches',
    flag: 'hotfix-branches',
    kind: 'list',
    argument: '<list>',
    help: 'names of branches that are hotfixes',
  },
  {
    key: 'github.timeoutSeconds',
    flag: 'github-timeout',
    kind: 'number',
    argument: '<seconds>',
    help: 'how long an answer of GitHub may take',
  },
  {
    key: 'bands.year',
    flag: 'benchmark-year',
    kind: 'number',
    argument: '<year>',
    help: 'the DORA report whose levels are shown',
  },
  {
    key: 'bands.minimumSample',
    flag: 'minimum-sample',
    kind: 'number',
    argument: '<n>',
    help: 'below so many values no level is given',
  },
  {
    key: 'argocd.name',
    flag: 'argocd-name',
    kind: 'text',
    argument: '<name>',
    help: 'what this Argo CD is called here',
  },
  {
    key: 'argocd.namespaces',
    flag: 'argocd-namespaces',
    kind: 'list',
    argument: '<list>',
    help: 'namespaces of the applications of Argo CD that are read',
  },
  {
    key: 'argocd.rollout',
    flag: 'argocd-rollout',
    kind: 'text',
    argument: '<unit>',
    help: 'what Argo CD deploys to several clusters: one deployment (component), or one for each (cluster)',
  },
];

const DECLARED_FOR_ARGOCD: readonly Declared[] = [
  {
    key: 'argocd.url',
    flag: 'argocd-url',
    kind: 'text',
    argument: '<url>',
    help: 'address of the API of Argo CD',
  },
  {
    key: 'argocd.context',
    flag: 'argocd-context',
    kind: 'text',
    argument: '<context>',
    help: 'context of the kubeconfig through which Argo CD is read',
  },
];

const DECLARED_FOR_NOTICES: readonly Declared[] = [
  {
    key: 'notify.webhook',
    flag: 'notify-webhook',
    kind: 'text',
    argument: '<url>',
    help: 'incoming webhook that is told of rows that wait for review; a secret, better given as variable',
  },
  {
    key: 'notify.minimumRows',
    flag: 'notify-minimum-rows',
    kind: 'number',
    argument: '<n>',
    help: 'nobody is told of fewer rows than these',
  },
];

/** The settings that results may depend on. A report shows those that were given, so no secret belongs here. */
export const SETTINGS: readonly Setting[] = DECLARED.map(settingOf);

/** The settings of who is told of rows that wait. One is a secret: nothing shows their values. */
export const NOTIFY_SETTINGS: readonly Setting[] = DECLARED_FOR_NOTICES.map(settingOf);

/** How Argo CD is reached. No result depends on it, and who reads a report need not know the names of servers. */
export const ARGOCD_ACCESS_SETTINGS: readonly Setting[] = DECLARED_FOR_ARGOCD.map(settingOf);

const ALL: readonly Setting[] = [...SETTINGS, ...NOTIFY_SETTINGS, ...ARGOCD_ACCESS_SETTINGS];

function settingOf({ key, ...setting }: Declared): Setting {
  return {
    ...setting,
    path: key.split('.'),
    env: `DORA_METRICS_${setting.flag.replaceAll('-', '_').toUpperCase()}`,
  };
}

/** One value with the name of the layer that gave it. */
export interface LayeredValue {
  readonly path: readonly string[];
  readonly value: unknown;
  /** `--timezone`, `DORA_METRICS_TIMEZONE`. */
  readonly origin: string;
}

/** What the environment gives; an empty variable counts as not set. */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>): LayeredValue[] {
  return ALL.flatMap((entry) => {
    const text = env[entry.env];
    return text === undefined || text === ''
      ? []
      : [{ path: entry.path, value: parse(entry, text), origin: entry.env }];
  });
}

/** What the command line gives; `flags` are by the name in camel case, as the command line parser has them. */
export function fromFlags(flags: Readonly<Record<string, unknown>>): LayeredValue[] {
  return ALL.flatMap((entry) => {
    const text = flags[entry.flag.replaceAll(/-(\w)/gu, (_, letter: string) => letter.toUpperCase())];
    return typeof text === 'string'
      ? [{ path: entry.path, value: parse(entry, text), origin: `--${entry.flag}` }]
      : [];
  });
}

function parse({ kind }: Setting, text: string): unknown {
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (kind === 'number') return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
  return kind === 'list'
    ? text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
    : text;
}
