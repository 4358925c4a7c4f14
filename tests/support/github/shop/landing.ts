import { person } from './people.ts';
import type { Files } from './options.ts';

/** A commit on the branch of a pull request. */
export interface BranchCommit {
  readonly sha: string;
  /** Epoch seconds. */
  readonly at: number;
  /** A login. */
  readonly author: string;
  readonly message: string;
  readonly files: Files;
  /** It brings the branch up to date with the base and says nothing of its own. */
  readonly isUpdate: boolean;
}

/** What is known of a pull request when it is merged. */
export interface Landing {
  readonly number: number;
  readonly title: string;
  readonly author: string;
  readonly mergedBy: string;
  readonly commits: readonly BranchCommit[];
  readonly base: string;
  readonly head: string;
  /** Epoch seconds. */
  readonly at: number;
}

/** The message that GitHub proposes for a squash: that of the only commit, or the title and what the commits say. */
export function squashMessage({ number, title, commits, author }: Landing): string {
  const [only, ...others] = commits;
  if (only !== undefined && others.length === 0) {
    const [subject = '', ...rest] = only.message.split('\n');
    return [`${subject} (#${number})`, ...rest, ...trailers(commits, author)].join('\n');
  }
  const list = commits.map(({ message }) => `* ${message.trimEnd()}`).join('\n\n');
  return [`${title} (#${number})`, '', list, ...trailers(commits, author)].join('\n');
}

/** The message of the merge commit that GitHub makes. */
export function mergeMessage({ number, title, head }: Landing, owner: string): string {
  return `Merge pull request #${number} from ${owner}/${head}\n\n${title}`;
}

/** Every file as the branch leaves it, without what it only took over from the base. */
export function ownFiles(commits: readonly BranchCommit[]): Files {
  return Object.fromEntries(commits.flatMap(({ files }) => Object.entries(files)));
}

/** Who else wrote something of it. */
function trailers(commits: readonly BranchCommit[], author: string): string[] {
  const others = new Set(commits.map((commit) => commit.author).filter((login) => login !== author));
  const lines = Array.from(others, (login) => {
    const { name, email } = person(login);
    return `Co-authored-by: ${name} <${email}>`;
  });
  return lines.length === 0 ? [] : ['', '---------', '', ...lines];
}
