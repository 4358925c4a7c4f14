/** Rows that were read and not used, and why. */

/** Reason codes in the order in which a commit is asked; each with what it means to a reader. */
export const SET_ASIDE_REASONS = {
  'merge-commit': 'A merge commit joins changes and is none itself.',
  ignored: 'A person said in the spreadsheet that it does not count.',
  excluded: 'The author, or every path it touches, is excluded by the configuration.',
  bot: 'A bot wrote it, and exclude.bots leaves bots out.',
  'outside-component': 'It touches no path of any configured component.',
  'before-baseline':
    'It was there before the first known deployment; nobody can say which deployment shipped it.',
  'imported-history': 'It came with history merged in from another repository and was not written here.',
  'duplicate-change': 'A copy of a change that is counted where it shipped first.',
  unreleased: 'It is on the branch, and no deployment has it yet.',
  'other-branch': 'It is neither on the branch nor in any deployment.',
  'authored-after-deployment':
    'Its author date is later than its deployment; one of the two clocks is wrong.',
  'invalid-date': 'Git cannot read its author date.',
  'unknown-revision':
    'The deployment names a commit that is not in the clone (git fetch --tags; or it belongs to another repository).',
  'not-a-commit': 'The tag names a file or a folder, not a commit.',
  'not-a-version': 'The tag does not look like a version (tags.pattern).',
  'other-environment': 'The deployment did not reach the environment that is measured.',
  'weaker-source': 'A stronger source tells the deployments of that time, or of that revision.',
  'no-component':
    'It names no configured component (components[].environments, components[].workflows, components[].argocd).',
  draft: 'A release that was never published.',
  deleted: 'It is gone from where it was read before.',
  'in-progress': 'It has not ended yet.',
  'no-op':
    'Another commit of the same repository was deployed: the images stayed, and as far as is known nothing under its paths changed.',
  redeployed: 'What was running already was deployed once more: nothing changed.',
  'not-deployed': 'The run was cancelled or skipped, or belongs to a pull request: nothing was deployed.',
  'not-a-deployment': 'A person said in the spreadsheet that it was no deployment.',
  'not-planned': 'The issue was closed as not planned: no incident after all.',
  'after-as-of': 'It is later than the instant that this computation calls now.',
} as const;

export type SetAsideReason = keyof typeof SET_ASIDE_REASONS;

export function isSetAsideReason(text: string): text is SetAsideReason {
  return Object.hasOwn(SET_ASIDE_REASONS, text);
}

export const SET_ASIDE_KINDS = ['commit', 'deployment', 'incident'] as const;
export type SetAsideKind = (typeof SET_ASIDE_KINDS)[number];

/** One row of the set-aside table. */
export interface SetAside {
  readonly kind: SetAsideKind;
  readonly reason: SetAsideReason;
  readonly repository: string;
  readonly component: string;
  /** The commit's sha, or the id of the deployment or the incident. */
  readonly id: string;
  /** When it was committed, deployed or opened, milliseconds; `null` where unknown. */
  readonly at: number | null;
  /** The deployment that carried it, where one did. */
  readonly deployment: string | null;
  readonly author: string;
  readonly subject: string;
  /** What a reader needs besides the reason: the sha of the original, the path, the tag. */
  readonly detail: string;
}
