import * as z from 'zod';
import { ROLLOUTS, USUAL_PLACEMENT } from '../domain/argocd-settings.ts';
import { printable } from '../domain/printable.ts';
import { isServer } from './addresses.ts';
import { duration } from './duration.ts';
import { isPattern } from './repository-schema.ts';

/**
 * The section `argocd` of the configuration file.
 *
 * What only shows when the parts are put together (a pattern that could take for ever, a name that means two environments) is refused by those who
 * use it.
 */

const text = z.string().regex(/\S/u, 'must not be empty');

const list = z.array(text);

const patterns = z.array(text.refine(isPattern, 'is not a regular expression'));

const When = z.strictObject({
  name: text.exactOptional().describe('Name of the application.'),
  namespace: text.exactOptional().describe('Namespace in which the application itself is.'),
  destination: text.exactOptional().describe('Name or server of its destination.'),
  owner: text.exactOptional().describe('Name of the ApplicationSet that made it.'),
  path: text.exactOptional().describe('Path of any of its sources.'),
  repository: text.exactOptional().describe('Address of any of its sources, as it is written there.'),
  labels: z
    .record(text, z.string())
    .exactOptional()
    .describe('Its labels, by name; an empty text is a label that it does not have.'),
});

const Rule = z
  .strictObject({
    when: When.prefault({}).describe(
      'Conditions that must all be fulfilled; * and ? are wildcards. None: every application.',
    ),
    component: text.exactOptional().describe('The component that it then is.'),
    environment: text.exactOptional().describe('The environment that it then is in.'),
    cluster: text.exactOptional().describe('The cluster that it then is in.'),
  })
  .refine(
    ({ component, environment, cluster }) =>
      [component, environment, cluster].some((one) => one !== undefined),
    'says nothing: give a component, an environment or a cluster',
  );

/** It is shown in reports, and git is never asked with it. */
const repository = text.refine(
  (address) => !/^https?:\/\/[^/]*@|^\w+:\/\/[^/]*:[^/]*@/iu.test(address),
  'holds credentials: write the address without them',
);

const Image = z.strictObject({
  image: text.describe(
    'Name of an image without tag and digest; * and ? are wildcards. Or a regular expression for the whole name.',
  ),
  repository: repository.describe(
    'Address of the repository that it is built from; $1 and $<name> stand for what the groups of image matched.',
  ),
});

const AS_IMAGES = 'must be a list of image and repository, or a map from the one to the other';

const Failures = z.strictObject({
  degradedWithin: duration
    .default('1h')
    .describe('How long after a deployment it counts as failed when the application degrades.'),
  degradedFor: duration.default('5m').describe('How long the application must be degraded for that.'),
  retries: z
    .int()
    .min(1)
    .default(3)
    .describe('How many retries make a sync that goes on a failed deployment.'),
  retryingFor: duration
    .default('10m')
    .describe('How long a sync fails before it is a failed deployment, however few its retries.'),
  progressingFor: duration
    .nullable()
    .default(null)
    .describe('How long a rollout may take. Default: as long as it takes.'),
  missingFor: duration
    .default('5m')
    .describe('How long everything must be gone for a deployment to count as failed.'),
});

const Labels = z.strictObject({
  component: list
    .default([...USUAL_PLACEMENT.labels.component])
    .describe('Labels whose value is the component, the most trusted first.'),
  environment: list
    .default([...USUAL_PLACEMENT.labels.environment])
    .describe('Labels whose value is the environment, the most trusted first.'),
  cluster: list
    .default([...USUAL_PLACEMENT.labels.cluster])
    .describe('Labels whose value is the cluster, the most trusted first.'),
});

const access = {
  enabled: z
    .boolean()
    .optional()
    .describe('Whether Argo CD is asked. Default: where url, context or kubeconfig is given.'),
  name: z
    .string()
    .regex(/\S/u, 'must not be empty')
    .refine(isName, 'must be a name that can be shown, without a slash')
    .default('argocd')
    .describe('What this Argo CD is called here; each of several needs a name of its own.'),
  url: z
    .string()
    .trim()
    .refine(
      isServer,
      'is not the address of a server (write https://argocd.example.com, with its root path and without a user name)',
    )
    .nullable()
    .default(null)
    .describe(
      'Address of the API of Argo CD; the token is sent there. Default: the API of Kubernetes is asked.',
    ),
  context: text.nullable().default(null).describe('Context of the kubeconfig. Default: its current one.'),
  kubeconfig: text
    .nullable()
    .default(null)
    .describe('A kubeconfig, relative to this file. Default: where kubectl looks for it.'),
  projects: list.default([]).describe('Projects of Argo CD that are read. Default: all.'),
  selector: text
    .nullable()
    .default(null)
    .describe('Labels of the applications that are read, written as for kubectl --selector.'),
  timeoutSeconds: z.number().positive().max(600).default(30).describe('How long to wait for the next byte.'),
  registries: z
    .array(z.string().regex(/^[^\s/]+$/u, 'is not a host (write quay.io, localhost:5000 or *.example.com)'))
    .default([])
    .describe(
      'Hosts of registries that may be asked for the labels of images; * and ? are wildcards. Default: none.',
    ),
};

/** These decide what the dataset says. */
const dataset = {
  namespaces: list
    .default([])
    .describe('Namespaces in which the applications are that are read. Default: all.'),
  componentsToMonitor: list
    .default([])
    .describe('Components that are looked at; * and ? are wildcards. Default: all.'),
  componentsToIgnore: list
    .default([])
    .describe('Components that are left out, also of those to monitor; * and ? are wildcards.'),
  knownClusters: list
    .default([])
    .describe('Names of clusters with which the names of applications end (shop-api-east).'),
  clusters: z.record(text, text).default({}).describe('Names of clusters, by the address of their server.'),
  environments: z
    .record(text, list)
    .default({})
    .describe(
      'Other names of environments, by the name that is meant. They take the place of the usual ones of that name; the other usual ones stay.',
    ),
  labels: Labels.prefault({}).describe('Labels of applications that say where they belong.'),
  paths: patterns
    .default([])
    .describe(
      'Regular expressions for the whole path of a source, with groups named component, environment or cluster. Asked before the usual ones.',
    ),
  rules: z
    .array(Rule)
    .default([])
    .describe('Where applications belong; the first that fits and says something of it decides.'),
  rollout: z
    .enum(ROLLOUTS)
    .default('component')
    .describe('Whether the same deployed to several clusters is one deployment, or one for each.'),
  images: z
    .union([z.array(Image, AS_IMAGES), z.record(text, repository)])
    .default([])
    .describe('Which images are built from which repositories; the first that fits decides.'),
  tagPatterns: patterns
    .default([])
    .describe(
      'Regular expressions for the whole tag of an image, with a group named sha, besides the usual ones.',
    ),
  failures: Failures.prefault({}).describe('When what was seen counts as a failure.'),
};

export const Argocd = z
  .strictObject({ ...access, ...dataset })
  .superRefine(({ url, context, kubeconfig }, issues) => {
    // what is given and never used is a mistake that nobody would notice
    if (url === null) return;
    for (const [key, value] of Object.entries({ context, kubeconfig }))
      if (value !== null)
        issues.addIssue({
          code: 'custom',
          path: [key],
          message: 'is for the API of Kubernetes, and url for that of Argo CD: keep one of them',
        });
  })
  .prefault({})
  .describe('Argo CD, whose history of deployments is read.');
export type Argocd = z.infer<typeof Argocd>;

/** It is part of keys, and stands in messages. */
function isName(name: string): boolean {
  return printable(name) === name && !/[/\p{Surrogate}]/u.test(name);
}
