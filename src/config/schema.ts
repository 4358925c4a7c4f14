import { BAND_LEVELS, BENCHMARK_YEARS } from '../domain/benchmarks.ts';
import { LEAD_TIME_UNITS, type DeploymentOrigin } from '../domain/settings.ts';
import * as z from 'zod';
import { isServerRoot, isWebhook } from './addresses.ts';
import { Argocd } from './argocd-schema.ts';
import { Devlake } from './devlake-schema.ts';
import { duration } from './duration.ts';
import { isPattern, Repository } from './repository-schema.ts';
import { Teams } from './team-schema.ts';

/** The configuration file: every key, its default, and what it means (the descriptions go into the JSON Schema). */

const pattern = z.string().refine(isPattern, 'is not a regular expression');

const timezone = z.string().refine(isTimezone, 'is not an IANA time zone (write Europe/Berlin or UTC)');

const globs = z.array(z.string().min(1));

const authors = z
  .array(
    z
      .string()
      .min(1)
      .refine(
        (name) => !/[^\s@]@[^\s@]/u.test(name),
        'e-mail addresses are not stored: write the name (* and ? are wildcards)',
      ),
  )
  .default([])
  .describe('Authors whose commits are set aside, by name; * and ? are wildcards, case does not matter.');

const ORIGINS = ['auto', 'tags', 'merges', 'releases', 'argocd', 'github-deployments'] as const;
const AS_ORIGIN = `write ${ORIGINS.join(', ')} or workflow:<file>, for instance workflow:deploy.yml`;
const isOrigin = (text: string): text is DeploymentOrigin =>
  ORIGINS.some((name) => name === text) || /^workflow:[^/\\\s][^/\\]*\.ya?ml$/u.test(text);
const origin = z.string(AS_ORIGIN).refine(isOrigin, AS_ORIGIN);

const organization = z.string().regex(/^[a-z\d][a-z\d-]*$/iu, 'is not the name of an organisation');

/** Excel and LibreOffice end at 1,048,576; titles, notes and rows that people wrote into come on top. */
const MOST_ROWS = 1_000_000;

const level = z.partialRecord(z.enum(BAND_LEVELS), duration);
const rates = z.partialRecord(z.enum(BAND_LEVELS), z.number().min(0).max(1));

const Keys = z.strictObject({
  version: z.literal(1).default(1).describe('Version of this file format.'),
  timezone: timezone.default('UTC').describe('IANA time zone in which days, weeks and months begin.'),
  repositories: z
    .array(Repository)
    .optional()
    .describe('Default: the clone in which the command runs, unless github.organization names others.'),
  deployments: z
    .strictObject({
      from: z
        .union([origin, z.array(origin).min(1)])
        .default('auto')
        .describe(
          'Where deployments are known from. auto: Argo CD, else GitHub deployments, else runs of a workflow named beside it, else releases, else tags that look like versions. merges: every commit on the branch. workflow:deploy.yml: runs of that workflow.',
        ),
      environment: z
        .string()
        .min(1)
        .default('production')
        .describe('The environment that is measured. Prereleases go to staging.'),
      environments: globs
        .optional()
        .describe(
          'Names under which GitHub knows that environment; * and ? are wildcards, case does not matter. Default: its own name, and for production also prod.',
        ),
    })
    .prefault({}),
  tags: z
    .strictObject({
      pattern: pattern
        .nullable()
        .default(null)
        .describe(
          'Regular expression that a tag must match to be a deployment. Default: looks like a version.',
        ),
    })
    .prefault({}),
  leadTime: z
    .strictObject({
      unit: z
        .enum(LEAD_TIME_UNITS)
        .default('commit')
        .describe('What lead time is measured on: every commit, or every pull request once.'),
    })
    .prefault({}),
  exclude: z
    .strictObject({
      authors,
      paths: globs.default([]).describe('Globs; a commit that touches nothing else is set aside.'),
      bots: z.boolean().default(false).describe('Whether what bots wrote is set aside.'),
    })
    .prefault({}),
  bots: globs
    .default([])
    .describe('Names and logins that are bots besides those that say so; * and ? are wildcards.'),
  teams: Teams,
  failures: z
    .strictObject({
      revertWithin: duration
        .default('7d')
        .describe('How long after a deployment a revert still marks it as failed.'),
      hotfixWithin: duration
        .default('7d')
        .describe('How long after a deployment a hotfix still marks it as failed.'),
      incidentWithin: duration
        .default('7d')
        .describe('How long after a deployment an incident is still linked to it.'),
    })
    .prefault({}),
  hotfix: z
    .strictObject({
      labels: z.array(z.string()).default(['hotfix']).describe('Labels of pull requests that are hotfixes.'),
      branches: globs
        .default(['hotfix/*'])
        .describe('Names of branches that are hotfixes; * and ? are wildcards.'),
      subjects: z
        .array(pattern)
        .default([String.raw`^hotfix\b`])
        .describe('Regular expressions for subjects of hotfixes; case does not matter.'),
    })
    .prefault({}),
  incidents: z
    .strictObject({
      github: z
        .strictObject({
          labels: z
            .array(z.string().min(1).refine(isWellFormed, 'is no text'))
            .default(['incident'])
            .describe('Labels of the GitHub issues that are incidents.'),
        })
        .prefault({}),
    })
    .prefault({}),
  github: z
    .strictObject({
      baseUrl: z
        .string()
        .refine(isServerRoot, 'is not the address of a server (write https://github.example.com)')
        .nullable()
        .default(null)
        .describe('Address of a GitHub Enterprise Server; the token is sent there. Default: github.com.'),
      organization: z
        .union([organization, z.array(organization).min(1)])
        .nullable()
        .default(null)
        .describe('Organisations on GitHub of which every repository is read; needs a token.'),
      include: globs
        .default(['*'])
        .describe('Which of their repositories: names, with or without the owner; * and ? are wildcards.'),
      exclude: globs.default([]).describe('Which of their repositories are left out.'),
      forks: z.boolean().default(false).describe('Whether forks are read.'),
      archived: z.boolean().default(true).describe('Whether archived ones are read: they shipped, too.'),
      maxConcurrency: z.int().min(1).max(20).default(4).describe('Requests to GitHub at the same time.'),
      timeoutSeconds: z.number().positive().max(600).default(30).describe('How long an answer may take.'),
      minRemainingPoints: z
        .int()
        .min(0)
        .default(100)
        .describe('A run waits for the next hour when fewer points than this remain of the budget.'),
    })
    .prefault({}),
  argocd: Argocd,
  integration: z.strictObject({ devlake: Devlake.prefault({}) }).prefault({}),
  review: z
    .strictObject({
      maximumRows: z
        .int()
        .min(1)
        .max(MOST_ROWS)
        .default(200_000)
        .describe(
          'So many rows that wait stand in pending_review.csv, the newest; older ones follow when these are imported. A spreadsheet program opens a million.',
        ),
    })
    .prefault({}),
  notify: z
    .strictObject({
      webhook: z
        .string()
        .trim()
        .refine(isWebhook, 'is not the address of a webhook (https://…, without a user name)')
        .nullable()
        .default(null)
        .describe(
          'Incoming webhook (Slack, Teams, Mattermost) that update tells of rows that wait for review. A secret: better kept in DORA_METRICS_NOTIFY_WEBHOOK.',
        ),
      minimumRows: z.int().min(1).default(1).describe('Nobody is told of fewer rows than these.'),
    })
    .prefault({}),
  bands: z
    .strictObject({
      year: z.literal(BENCHMARK_YEARS).default(2024).describe('The DORA report whose levels are shown.'),
      minimumSample: z.int().min(1).default(5).describe('Below so many values no level is given.'),
      thresholds: z
        .strictObject({
          leadTime: level.optional(),
          changeFailRate: rates.optional(),
          timeToRestore: level.optional(),
        })
        .prefault({})
        .describe("Upper bounds of each level, in place of the year's."),
    })
    .prefault({}),
});

export const Configuration = Keys.refine(
  ({ repositories, github }) => repositories?.length !== 0 || github.organization !== null,
  {
    path: ['repositories'],
    error: 'name at least one repository, or set github.organization',
  },
);
export type Configuration = z.infer<typeof Configuration>;

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return !/^[+-]/u.test(name);
  } catch {
    return false;
  }
}
