import * as z from 'zod';

/** The repositories of a configuration, in all the ways in which they can be named. */

const globs = z.array(z.string().min(1));

const pattern = z.string().refine(isPattern, 'is not a regular expression');

export function isPattern(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}

const Component = z.strictObject({
  name: z.string().min(1).describe('Name of the component in every output.'),
  paths: globs
    .default([])
    .describe('Globs; a commit belongs to the component when it touches one of them. Empty: every commit.'),
  tags: pattern
    .nullable()
    .default(null)
    .describe('Regular expression for its tags. Default: its name, then @ or -v, then a version.'),
  environments: globs
    .default([])
    .describe('Environments on GitHub that only this component is deployed to; * and ? are wildcards.'),
  workflows: globs
    .default([])
    .describe('Workflow files that deploy only this component; * and ? are wildcards.'),
  argocd: globs
    .default([])
    .describe(
      'Names that applications of Argo CD have for this component besides its own; * and ? are wildcards.',
    ),
});

export const Repository = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .optional()
      .describe('A local clone, relative to this file; * and ? stand for many. It is only read.'),
    url: z
      .string()
      .regex(/^(?:https?|ssh|git|file):\/\/|^[\w.-]+@[\w.-]+:/u, 'is not an address that git can clone from')
      .refine(
        (url) => !/^\w+:\/\/[^/@]*:[^/@]*@/u.test(url),
        'holds a password: use a credential helper of git instead',
      )
      .optional()
      .describe('Cloned once (bare, without file contents) below the data location.'),
    file: z
      .string()
      .min(1)
      .optional()
      .describe('A file with a repository on each line: a folder, an address, or owner/name on GitHub.'),
    name: z
      .string()
      .regex(/^[^\s/][^\s]*$/u, 'must not hold spaces')
      .optional()
      .describe('Default: from origin, else the name of the folder.'),
    branch: z.string().min(1).optional().describe("Default: origin's HEAD, else the current branch."),
    components: z
      .array(Component)
      .superRefine((components, context) => {
        const names = components.map(({ name }) => name);
        const twice = names.find((name, position) => names.indexOf(name) !== position);
        if (twice !== undefined)
          context.addIssue({ code: 'custom', message: `two components are called ${twice}` });
      })
      .default([])
      .describe('What is deployed as one unit. Default: the whole repository.'),
  })
  .refine(({ path, url, file }) => [path, url, file].filter((one) => one !== undefined).length <= 1, {
    error: 'has more than one of path, url and file: keep one of them',
  })
  .refine(({ path, file, name }) => name === undefined || (file === undefined && !/[*?]/u.test(path ?? '')), {
    error: 'stands for many repositories, which cannot all have one name',
  });
export type Repository = z.infer<typeof Repository>;
