import * as z from 'zod';
import { NO_TEAM } from '../domain/teams.ts';

/** The teams of the configuration file. */

const globs = z.array(z.string().min(1)).default([]);

const Team = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .refine((name) => name !== NO_TEAM, `is what stands for what belongs to no team: choose another name`)
      .describe('Name of the team in every output.'),
    repositories: globs.describe('Repositories that are its own, by name; * and ? are wildcards.'),
    components: globs.describe('Components that are its own, by name; * and ? are wildcards.'),
  })
  .refine(
    ({ repositories, components }) => repositories.length + components.length > 0,
    'has neither repositories nor components: name at least one of them',
  );

export const Teams = z
  .array(Team)
  .superRefine((teams, context) => {
    const known = new Set<string>();
    for (const [position, { name }] of teams.entries()) {
      // names that differ in case only are a slip, and two tables that look the same
      const key = name.toLowerCase();
      if (known.has(key))
        context.addIssue({
          code: 'custom',
          path: [position, 'name'],
          message: `two teams are called ${name}`,
        });
      known.add(key);
    }
  })
  .default([])
  .describe('Who owns what, for --by team. A repository or component may be of several teams, or of none.');
