import * as z from 'zod';
import { DoraError } from '../../domain/errors.ts';
import { parsedJson } from '../../domain/parsed-json.ts';
import type { GitHubClient } from './client.ts';

/** A repository as the list of its organisation tells of it. */
export const ListedRepository = z.object({
  /** `owner/name`. */
  name: z.string(),
  fork: z.boolean(),
  archived: z.boolean(),
});
export type ListedRepository = z.infer<typeof ListedRepository>;

const PAGE = 100;
/** An organisation with more than these is beyond what GitHub lists. */
const MOST_PAGES = 1000;

const Answer = z.array(
  z.object({
    // it becomes part of an address
    full_name: z.string().regex(/^[\w-][\w.-]*\/[\w.-]+$/u),
    fork: z.boolean().default(false),
    archived: z.boolean().default(false),
  }),
);

/** Every repository of an organisation that the token sees, by name: a request for a hundred. */
export async function listOrganization(
  client: GitHubClient,
  organization: string,
): Promise<readonly ListedRepository[]> {
  const found = new Map<string, ListedRepository>();
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const query = `type=all&sort=full_name&per_page=${String(PAGE)}&page=${String(page)}`;
    const path = `/orgs/${encodeURIComponent(organization)}/repos?${query}`;
    const { text } = await client.patiently(async () => await client.rest(path));
    const answer = Answer.safeParse(parsedJson(text));
    if (!answer.success) {
      throw new DoraError('source', `GitHub's list of the repositories of ${organization} cannot be read`, {
        hint: 'look whether github.baseUrl is the address of a GitHub server.',
        cause: answer.error,
      });
    }
    for (const { full_name: name, fork, archived } of answer.data)
      found.set(name.toLowerCase(), { name, fork, archived });
    if (answer.data.length < PAGE) break;
  }
  return [...found.values()];
}
