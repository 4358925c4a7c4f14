export type ActorType = 'User' | 'Bot' | 'Organization' | 'Mannequin';

/** Who did something. Where a person is gone there is `null` in its place. */
export class Actor {
  /** As GraphQL writes it: a bot's has no `[bot]` at its end. */
  readonly login: string;
  readonly type: ActorType;

  constructor(login: string, type: ActorType = 'User') {
    this.login = login;
    this.type = type;
  }
}

/** An actor by its login; a login that ends in `[bot]` is a bot's. */
export function actor(login: string): Actor {
  return login.endsWith('[bot]') ? new Actor(login.slice(0, -'[bot]'.length), 'Bot') : new Actor(login);
}

/** An actor, its login, or `null` for one who is gone. */
export type Who = Actor | string | null;

export function whoIs(who: Who): Actor | null {
  return typeof who === 'string' ? actor(who) : who;
}
