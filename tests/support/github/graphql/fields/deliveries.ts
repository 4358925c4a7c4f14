import { Commit } from '../../model/commit.ts';
import { Deployment, DeploymentStatus } from '../../model/deployment.ts';
import { Actor } from '../../model/people.ts';
import { Release } from '../../model/release.ts';
import { iso, isoOrNull } from '../../model/time.ts';
import { served, type Asked, type ServedType } from '../served.ts';
import { list, PAGED } from './lists.ts';
import { GitActor, Parents, Ref } from './parts.ts';

/** Where the schema asks for a person and a bot did it, there is nobody. */
const personOnly = (actor: Actor | null) => (actor?.type === 'User' ? actor : null);

const release = served('Release', Release, {
  id: (of) => of.id,
  databaseId: (of) => of.databaseId,
  name: (of) => of.name,
  tagName: (of) => of.tag,
  url: (of) => `${of.home.url}/releases/tag/${of.tag}`,
  createdAt: (of) => iso(of.createdAt),
  updatedAt: (of) => iso(of.updatedAt),
  publishedAt: (of) => isoOrNull(of.publishedAt),
  isDraft: (of) => of.isDraft,
  isPrerelease: (of) => of.isPrerelease,
  isLatest: { args: [], resolve: (of, _args, { world }: Asked) => isLatest(of, world) },
  tagCommit: (of) => of.commit,
  author: (of) => personOnly(of.author),
});

function isLatest(of: Release, world: Asked['world']): boolean {
  return world.byDatabaseId(of.home.databaseId)?.latestRelease() === of;
}

const deployment = served('Deployment', Deployment, {
  id: (of) => of.id,
  databaseId: (of) => of.databaseId,
  commitOid: (of) => of.oid,
  commit: (of) => of.commit,
  ref: (of) => (of.ref === null ? null : new Ref(of.ref)),
  task: (of) => of.task,
  payload: (of) => of.payload,
  state: (of) => of.state,
  environment: (of) => of.environment,
  originalEnvironment: (of) => of.originalEnvironment,
  latestEnvironment: (of) => of.environment,
  createdAt: (of) => iso(of.createdAt),
  updatedAt: (of) => iso(of.updatedAt),
  creator: (of) => of.creator ?? new Actor('ghost'),
  statuses: list((of) => of.statuses),
});

const deploymentStatus = served('DeploymentStatus', DeploymentStatus, {
  state: (status) => status.state,
  createdAt: (status) => iso(status.at),
  description: (status) => status.description,
  logUrl: (status) => status.logUrl,
  environment: (status) => status.environment,
});

const commit = served('Commit', Commit, {
  oid: (of) => of.oid,
  authoredDate: (of) => iso(of.authoredAt),
  committedDate: (of) => iso(of.committedAt),
  message: (of) => of.message,
  messageHeadline: (of) => of.headline,
  author: (of) => new GitActor(of),
  parents: { args: PAGED, resolve: (of) => new Parents(of) },
});

const gitActor = served('GitActor', GitActor, {
  name: (of) => of.commit.authorName,
  email: (of) => of.commit.authorEmail,
  user: (of) => personOnly(of.commit.author),
});

const ACTOR_TYPES = ['Actor', 'User', 'Bot', 'Organization', 'Mannequin'].map((type) =>
  served(type, Actor, { login: (of) => of.login }),
);

export const DELIVERY_TYPES: readonly ServedType[] = [
  release,
  deployment,
  deploymentStatus,
  commit,
  gitActor,
  ...ACTOR_TYPES,
  served('Ref', Ref, { name: (of) => of.name }),
  served('CommitConnection', Parents, { totalCount: (of) => of.totalCount }),
];
