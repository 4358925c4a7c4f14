import path from 'node:path';
import { BAND_LEVELS, BENCHMARKS, type YearTable } from '../domain/benchmarks.ts';
import { DoraError } from '../domain/errors.ts';
import type { RepositorySource, Settings } from '../domain/settings.ts';
import { SECOND } from '../domain/units.ts';
import * as z from 'zod';
import { fileExists } from '../io/files.ts';
import { argocdAccess, argocdDataset, argocdForReaders } from './argocd.ts';
import { devlakeOf } from './devlake.ts';
import { parseDuration } from './duration.ts';
import { explainIssues } from './explain.ts';
import { formsBelow, formsOf, isMap, keysOf } from './keys.ts';
import { fromEnvironment, fromFlags, type LayeredValue } from './layers.ts';
import { expanded, withoutTexts } from './repositories.ts';
import { Configuration } from './schema.ts';
import { inCamelCase } from './snake-case.ts';
import type { YamlFile } from './yaml-file.ts';

export const CONFIG_FILE = 'dora-metrics.yaml';

export interface LoadRequest {
  readonly cwd: string;
  /** `--config`; `null` searches upwards from `cwd`. */
  readonly file: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, unknown>>;
}

export interface Loaded {
  readonly settings: Settings;
  /** The folder that paths in the configuration start from: the file's, else the top of the clone, else `cwd`. */
  readonly base: string;
}

/**
 * Flags over environment over file over defaults.
 *
 * Throws one `DoraError` that lists every mistake with its path, the layer that made it and a hint.
 */
export async function loadSettings(request: LoadRequest): Promise<Loaded> {
  const file = findFile(request);
  const { value, lineOf } = file === null ? NO_FILE : await (await import('./yaml-file.ts')).readYaml(file);
  const layers = [...fromEnvironment(request.env), ...fromFlags(request.flags)];
  const { value: camelCased, mistakes: twice, asWritten } = inCamelCase(value);
  const merged = layers.reduce<unknown>(put, camelCased);
  const parsed = Configuration.safeParse(inFull(merged ?? {}));
  if (!parsed.success || twice.length > 0) {
    const originOf = (where: readonly PropertyKey[]) =>
      layers.findLast((layer) => layer.path.join('.') === where.slice(0, layer.path.length).join('.'))
        ?.origin ?? lineOf(asWritten(where));
    const issues = [...twice, ...(parsed.error?.issues ?? [])];
    const mistakes = explainIssues(issues, { originOf, keysAt: knownKeys, asWritten });
    throw new DoraError(
      'config',
      `the configuration has ${count(mistakes.length)}:\n  ${mistakes.join('\n  ')}`,
      {
        hint: 'dora-metrics init --print-schema prints every key with its meaning.',
      },
    );
  }
  const base = file === null ? (holderOf('.git', request.cwd) ?? request.cwd) : path.dirname(file);
  const { repositories, github } = parsed.data;
  const named = repositories ?? (github.organization === null ? [{ path: '.', components: [] }] : []);
  const sources = await expanded(named, { base, server: serverOf(github.baseUrl) });
  return { settings: settingsFrom(parsed.data, sources, base), base };
}

/** With every repository as a map. */
function inFull(value: unknown): unknown {
  if (!isMap(value) || value['repositories'] === undefined) return value;
  const { github } = value;
  const baseUrl = isMap(github) && typeof github['baseUrl'] === 'string' ? github['baseUrl'] : null;
  return { ...value, repositories: withoutTexts(value['repositories'], serverOf(baseUrl)) };
}

function serverOf(baseUrl: string | null): string {
  return (baseUrl ?? 'https://github.com').replace(/\/+$/u, '');
}

function count(mistakes: number): string {
  return mistakes === 1 ? 'a mistake' : `${mistakes} mistakes`;
}

/** The JSON Schema of the configuration file, for editors. */
export function configurationSchema(): unknown {
  const schema = z.toJSONSchema(Configuration, { io: 'input', unrepresentable: 'any' });
  const list = schema.properties?.['repositories'];
  if (typeof list !== 'object' || typeof list.items !== 'object' || Array.isArray(list.items)) return schema;
  const text = { type: 'string', description: 'A folder, an address, or owner/name on GitHub.' };
  const items = { anyOf: [text, list.items] };
  return { ...schema, properties: { ...schema.properties, repositories: { ...list, items } } };
}

function findFile({ cwd, file }: LoadRequest): string | null {
  if (file !== null) {
    const named = path.resolve(cwd, file);
    if (fileExists(named)) return named;
    throw new DoraError('config', `no such configuration file: ${file}`, {
      hint: 'correct --config, or leave it out: the defaults work in a clone.',
    });
  }
  const folder = holderOf(CONFIG_FILE, cwd);
  return folder === null ? null : path.join(folder, CONFIG_FILE);
}

/** The nearest folder, from `from` upwards, that holds something called `name`. */
function holderOf(name: string, from: string): string | null {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    if (fileExists(path.join(folder, name))) return folder;
    if (path.dirname(folder) === folder) return null;
  }
}

const NO_FILE: YamlFile = { value: {}, lineOf: () => null };

/** `value` with one path of it set; what stands in the way and is no map is left for the schema to complain about. */
function put(value: unknown, layer: LayeredValue): unknown {
  const [key, ...rest] = layer.path;
  if (key === undefined) return layer.value;
  if (value !== undefined && value !== null && (typeof value !== 'object' || Array.isArray(value)))
    return value;
  const map: Record<string, unknown> = { ...value };
  return { ...map, [key]: put(map[key], { ...layer, path: rest }) };
}

/** The keys that the schema knows under a path. */
function knownKeys(where: readonly PropertyKey[]): readonly string[] {
  const forms = formsOf(z.toJSONSchema(Configuration, { io: 'input', unrepresentable: 'any' }));
  return keysOf(where.reduce(formsBelow, forms));
}

function settingsFrom(
  configuration: Configuration,
  repositories: readonly RepositorySource[],
  base: string,
): Settings {
  const { timezone, deployments, tags, exclude, failures, hotfix, incidents, bands } = configuration;
  return {
    timezone,
    repositories,
    dataset: {
      environment: deployments.environment,
      environmentNames: deployments.environments ?? usualNames(deployments.environment),
      deploymentsFrom: [deployments.from].flat(),
      tagPattern: tags.pattern,
      exclude,
      bots: configuration.bots,
      failures: {
        revertWithin: parseDuration(failures.revertWithin),
        hotfixWithin: parseDuration(failures.hotfixWithin),
        incidentWithin: parseDuration(failures.incidentWithin),
      },
      hotfix,
      incidentLabels: incidents.github.labels,
      argocd: argocdDataset(configuration.argocd),
    },
    leadTimeUnit: configuration.leadTime.unit,
    teams: configuration.teams,
    github: githubOf(configuration.github),
    argocd: argocdAccess(configuration.argocd, base),
    devlake: devlakeOf(configuration.integration.devlake, configuration.teams),
    bands: {
      year: bands.year,
      minimumSample: bands.minimumSample,
      table: withThresholds(BENCHMARKS[bands.year], bands.thresholds),
    },
    notify: configuration.notify,
    review: configuration.review,
    differing: differences(forReaders(configuration), forReaders(Configuration.parse({}))),
  };
}

function githubOf({ organization, ...github }: Configuration['github']): Settings['github'] {
  return { ...github, organizations: [organization ?? []].flat() };
}

/** Without what changes no number: how GitHub and Argo CD are asked, how long the sheet is, and who is told or sent what; the address of a webhook is a secret besides. */
function forReaders(configuration: Configuration): object {
  return {
    ...configuration,
    github: null,
    argocd: argocdForReaders(configuration.argocd),
    integration: null,
    notify: null,
    review: null,
    repositories: configuration.repositories ?? null,
  };
}

/** What people call an environment on GitHub when they mean this one. */
function usualNames(environment: string): readonly string[] {
  return environment === 'production' ? ['production', 'prod'] : [environment];
}

/** The year's table with the levels that have bounds of their own: each from the bound before it to its own. */
function withThresholds(table: YearTable, thresholds: Configuration['bands']['thresholds']): YearTable {
  const spans = <Bound>(
    bounds: Partial<Record<string, Bound>> | undefined,
    read: (bound: Bound) => number,
  ) => {
    if (bounds === undefined) return null;
    let from = 0;
    return Object.fromEntries(
      BAND_LEVELS.flatMap((name) => {
        const bound = bounds[name];
        if (bound === undefined) return [];
        const to = read(bound);
        const span: readonly [number, number] = [from, to];
        from = to;
        return [[name, span]];
      }),
    );
  };
  const seconds = (text: string) => parseDuration(text) / SECOND;
  return {
    ...table,
    leadTime: spans(thresholds.leadTime, seconds) ?? table.leadTime,
    changeFailRate: spans(thresholds.changeFailRate, (rate) => rate) ?? table.changeFailRate,
    timeToRestore: spans(thresholds.timeToRestore, seconds) ?? table.timeToRestore,
  };
}

/** Every leaf of `actual` that is not the same in `defaults`. */
function differences(actual: unknown, defaults: unknown, prefix = ''): { key: string; value: string }[] {
  if (isMap(actual) && isMap(defaults)) {
    return Object.keys(actual).flatMap((key) =>
      differences(actual[key], defaults[key], prefix === '' ? key : `${prefix}.${key}`),
    );
  }
  const text = JSON.stringify(actual);
  return text === JSON.stringify(defaults)
    ? []
    : [{ key: prefix, value: typeof actual === 'string' ? actual : text }];
}
