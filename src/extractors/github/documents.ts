/**
 * Every question that is asked of GitHub by GraphQL.
 *
 * No e-mail address, no description but that of incident issues, no file, no diff. The nested `first`s decide what a page costs: GitHub
 * counts one for each connection that it has to open, and a hundred of those are a point.
 */

const RATE = 'rateLimit{cost remaining resetAt limit}';

const PULL_REQUEST = `fragment PullRequest on PullRequest{
  id number title url createdAt updatedAt mergedAt baseRefName headRefName
  author{__typename login}
  mergeCommit{oid}
  labels(first:100){nodes{name}}
  commits(first:$commits){totalCount pageInfo{hasNextPage endCursor} nodes{...Commit}}
  reviews(first:$reviews){totalCount pageInfo{hasNextPage endCursor} nodes{...Review}}
}
fragment Commit on PullRequestCommit{commit{oid authoredDate messageHeadline author{name}}}
fragment Review on PullRequestReview{state submittedAt author{__typename login}}`;

const RELEASE = `fragment Release on Release{
  id name tagName url createdAt publishedAt isDraft isPrerelease tagCommit{oid}
}`;

const DEPLOYMENT = `fragment Deployment on Deployment{
  id databaseId commitOid ref{name} environment originalEnvironment state createdAt
  statuses(first:20){totalCount pageInfo{hasNextPage endCursor} nodes{...Status}}
}
fragment Status on DeploymentStatus{state createdAt logUrl}`;

const ISSUE = `fragment Issue on Issue{
  id number title body url state stateReason createdAt updatedAt closedAt labels(first:100){nodes{name}}
}`;

const PAGE = 'totalCount pageInfo{hasNextPage endCursor}';
const REPOSITORY = 'id nameWithOwner';

const pullRequests = `pullRequests(first:$first,after:$after,states:[MERGED],orderBy:{field:UPDATED_AT,direction:DESC}){${PAGE} nodes{...PullRequest}}`;
const releases = `releases(first:$first,after:$after,orderBy:{field:CREATED_AT,direction:DESC}){${PAGE} nodes{...Release}}`;
const deployments = `deployments(first:$first,after:$after,orderBy:{field:CREATED_AT,direction:DESC}){${PAGE} nodes{...Deployment}}`;
const issues = `issues(first:$first,after:$after,filterBy:{labels:$labels},orderBy:{field:UPDATED_AT,direction:DESC}){${PAGE} nodes{...Issue}}`;

function ofRepository(name: string, variables: string, field: string, fragments: string): string {
  return `query ${name}($owner:String!,$name:String!,$first:Int!,$after:String${variables}){
  repository(owner:$owner,name:$name){${REPOSITORY} ${field}}
  ${RATE}
}
${fragments}`;
}

export const PULL_REQUESTS = ofRepository(
  'PullRequests',
  ',$commits:Int!,$reviews:Int!',
  pullRequests,
  PULL_REQUEST,
);
export const RELEASES = ofRepository('Releases', '', releases, RELEASE);
export const DEPLOYMENTS = ofRepository('Deployments', '', deployments, DEPLOYMENT);
export const ISSUES = ofRepository('Issues', ',$labels:[String!]', issues, ISSUE);

/** The newest of everything in one request: what an update asks first, and mostly all that it asks. */
export const NEWS = `query News($owner:String!,$name:String!,$labels:[String!],$commits:Int!,$reviews:Int!){
  repository(owner:$owner,name:$name){
    ${REPOSITORY}
    ${pullRequests.replace('$first,after:$after', '25')}
    ${releases.replace('$first,after:$after', '100')}
    ${deployments.replace('$first,after:$after', '25')}
    ${issues.replace('$first,after:$after', '50')}
  }
  ${RATE}
}
${PULL_REQUEST}
${RELEASE}
${DEPLOYMENT}
${ISSUE}`;

/** The rest of the commits of a pull request. */
export const MORE_COMMITS = `query MoreCommits($id:ID!,$after:String){
  node(id:$id){...on PullRequest{commits(first:100,after:$after){pageInfo{hasNextPage endCursor} nodes{...Commit}}}}
  ${RATE}
}
fragment Commit on PullRequestCommit{commit{oid authoredDate messageHeadline author{name}}}`;

/** The rest of the reviews of a pull request, for one that its author or bots reviewed often before anybody else did. */
export const MORE_REVIEWS = `query MoreReviews($id:ID!,$after:String){
  node(id:$id){...on PullRequest{reviews(first:100,after:$after){pageInfo{hasNextPage endCursor} nodes{...Review}}}}
  ${RATE}
}
fragment Review on PullRequestReview{state submittedAt author{__typename login}}`;

/** The rest of the statuses of a deployment. */
export const MORE_STATUSES = `query MoreStatuses($id:ID!,$after:String){
  node(id:$id){...on Deployment{statuses(first:100,after:$after){pageInfo{hasNextPage endCursor} nodes{...Status}}}}
  ${RATE}
}
fragment Status on DeploymentStatus{state createdAt logUrl}`;

/** What a token may see, one permission after the other: asked on its own, since one that is missing spoils the whole answer. */
export const PROBES = {
  metadata: probe('Metadata', 'isPrivate'),
  'pull-requests': probe('PullRequestsProbe', 'pullRequests(first:1){nodes{id}}'),
  releases: probe('ReleasesProbe', 'releases(first:1){nodes{id}}'),
  deployments: probe('DeploymentsProbe', 'deployments(first:1){nodes{id}}'),
  issues: probe('IssuesProbe', 'issues(first:1){nodes{id}}'),
} as const;

function probe(name: string, field: string): string {
  return `query ${name}($owner:String!,$name:String!){
  viewer{login}
  repository(owner:$owner,name:$name){${REPOSITORY} ${field}}
  ${RATE}
}`;
}
