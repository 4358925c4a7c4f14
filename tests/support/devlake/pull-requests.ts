import { Refusal } from './answers.ts';
import { columnOf } from './dates.ts';
import { Decoded, type Fields } from './decoder.ts';
import { scopeOf, type Receiver } from './receiver.ts';
import { Validation } from './validation.ts';

/** `POST …/pull_requests`, since v1.0.3. */

const STATUSES = ['', 'OPEN', 'CLOSED', 'MERGED'];

/** Columns that take a field as it is. */
const TEXTS: Readonly<Record<string, string>> = {
  head_repo_id: 'headRepoId',
  status: 'status',
  original_status: 'originalStatus',
  title: 'displayTitle',
  description: 'description',
  url: 'url',
  author_name: 'authorName',
  author_id: 'authorId',
  merged_by_name: 'mergedByName',
  merged_by_id: 'mergedById',
  parent_pr_id: 'parentPrId',
  type: 'type',
  component: 'component',
  merge_commit_sha: 'mergeCommitSha',
  head_ref: 'headRef',
  base_ref: 'baseRef',
  base_commit_sha: 'baseCommitSha',
  head_commit_sha: 'headCommitSha',
};

export function receivePullRequest(body: Fields, { database, connection, half }: Receiver): void {
  const fields = new Decoded(body);
  const id = fields.text('id');
  // read, and not used
  fields.text('baseRepoId');
  const key = fields.whole('pullRequestKey');
  const texts = Object.fromEntries(
    Object.entries(TEXTS).map(([column, field]) => [column, fields.text(field)]),
  );
  const rest = {
    additions: fields.whole('additions'),
    deletions: fields.whole('deletions'),
    is_draft: fields.flag('isDraft'),
  };
  const created = fields.date('createdDate');
  const [merged, closed] = [fields.date('mergedDate'), fields.date('closedDate')];
  fields.check();
  const valid = new Validation('WebhookPullRequestReq');
  valid.text('Id', id);
  valid.choice('Status', texts['status'] ?? '', STATUSES);
  valid.text('Title', texts['title'] ?? '');
  valid.number('PullRequestKey', key);
  const began = valid.date('CreatedDate', created);
  valid.checkAsObject();
  if (half) throw new Refusal(500, 'invalid connection');
  database.save('pull_requests', [
    {
      id: `${scopeOf(connection)}:${key}`,
      base_repo_id: scopeOf(connection),
      ...texts,
      pull_request_key: key,
      created_date: columnOf(began),
      merged_date: merged === null ? null : columnOf(merged),
      closed_date: closed === null ? null : columnOf(closed),
      ...rest,
    },
  ]);
}
