import { formatImageReference, type ImageReference } from '../../domain/image-reference.ts';
import { messageOf } from '../../domain/errors.ts';
import { AnswerTooLong, ConnectionFailed, RequestTimeout } from '../../io/http.ts';
import { mask } from '../../io/log.ts';
import type { Clock, Http, HttpResponse } from '../../io/ports.ts';
import { challengeOf, isOwnRealm, type Challenge } from './challenge.ts';
import { credentialFor, type DockerConfig, type RegistryCredential } from './docker-config.ts';
import { RegistryFailure } from './failure.ts';
import { Refusal, Token } from './schema.ts';

export interface RegistryDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly version: string;
  readonly signal?: AbortSignal | undefined;
}

export interface RegistryOptions {
  readonly docker: DockerConfig;
  /** Registries (`host:port`) that are asked without encryption. They are shown no password. */
  readonly plainHttp: readonly string[];
  /** How long a single answer may take. */
  readonly timeoutMs: number;
}

const ATTEMPTS = 4;
const BACK_OFF_MS = 1000;
/** Docker Hub counts hours: whoever is told to come back so late has to be told, not made to wait. */
const LONGEST_WAIT_MS = 120_000;
const LONGEST_TOKEN = 2 ** 18;

/** What is asked for, below `/v2/<path>/` of the image's registry. */
export interface Ask {
  readonly what: string;
  readonly accept: string;
  readonly maxBytes: number;
}

interface Pass {
  readonly header: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Requests to registries: who somebody is, and what to do when there is no answer yet. */
export class RegistryClient {
  readonly #options: RegistryOptions;
  readonly #deps: RegistryDeps;
  readonly #passes = new Map<string, Pass>();

  constructor(options: RegistryOptions, deps: RegistryDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** The body of an answer; `null` where the registry has no such thing. Throws `RegistryFailure`. */
  async get(image: ImageReference, { what, accept, maxBytes }: Ask): Promise<string | null> {
    const url = `${this.#base(image)}/v2/${image.path}/${what}`;
    const ask = async () => await this.#send(image, url, { headers: this.#headers(image, accept), maxBytes });
    let answer = await ask();
    if (answer.status === 401) {
      await this.#identify(image, answer);
      answer = await ask();
    }
    if (answer.status === 200) return answer.text;
    if (answer.status === 404) return null;
    if (answer.status === 401 || answer.status === 403) throw this.#denied(image, answer);
    throw new RegistryFailure(`${told(image)}: the registry answered with ${statusOf(answer)}`, {
      hint: 'see whether the same image can be pulled with docker.',
    });
  }

  #base({ registry }: ImageReference): string {
    if (registry === 'docker.io') return 'https://registry-1.docker.io';
    return `${this.#isPlain(registry) ? 'http' : 'https'}://${registry}`;
  }

  #isPlain(registry: string): boolean {
    return this.#options.plainHttp.includes(registry);
  }

  #headers({ name }: ImageReference, accept: string): Record<string, string> {
    const pass = this.#passes.get(name);
    const isValid = pass !== undefined && pass.until > this.#deps.clock.now().getTime();
    return { accept, ...(isValid && { authorization: pass.header }) };
  }

  /** Gets what the registry asks for; it is kept for the other requests about the same image. */
  async #identify(image: ImageReference, refused: HttpResponse): Promise<void> {
    const challenge = challengeOf(refused.headers['www-authenticate'] ?? '');
    const credential = this.#isPlain(image.registry) ? null : credentialFor(image, this.#options.docker);
    const password = credential === null ? null : basic(credential);
    if (challenge?.kind === 'bearer')
      this.#passes.set(image.name, await this.#token(image, challenge, password));
    else if (challenge === null || password === null) throw this.#denied(image, refused);
    else this.#passes.set(image.name, { header: password, until: Infinity });
  }

  async #token(
    image: ImageReference,
    { realm, service }: Extract<Challenge, { kind: 'bearer' }>,
    password: string | null,
  ): Promise<Pass> {
    const { host } = new URL(this.#base(image));
    const isSafe = realm.protocol === 'https:' || (this.#isPlain(image.registry) && realm.host === host);
    if (!isSafe || realm.username !== '' || realm.password !== '')
      throw new RegistryFailure(`${told(image)}: the registry names a place for tokens that is not safe`, {
        hint: `ask who runs ${image.registry}: tokens must come over https.`,
        isFinal: true,
      });
    if (service !== null) realm.searchParams.set('service', service);
    realm.searchParams.set('scope', `repository:${image.path}:pull`);
    const isOwn = isOwnRealm(realm, host);
    const answer = await this.#send(image, realm.href, {
      headers: { accept: 'application/json', ...(isOwn && password !== null && { authorization: password }) },
      maxBytes: LONGEST_TOKEN,
    });
    if (answer.status === 401 || answer.status === 403)
      throw this.#denied(image, answer, isOwn ? null : realm.host);
    const token = answer.status === 200 ? Token.safeParse(json(answer.text)).data : undefined;
    if (token === undefined)
      throw new RegistryFailure(`${told(image)}: no token from ${realm.host}, but ${statusOf(answer)}`, {
        hint: 'try again later; see whether the same image can be pulled with docker.',
      });
    // one that ends while it is on its way is no use; at the least it serves for the request that it was asked for
    const seconds = Math.max(token.seconds - 10, 5);
    return { header: `Bearer ${token.token}`, until: this.#deps.clock.now().getTime() + seconds * 1000 };
  }

  #denied(image: ImageReference, answer: HttpResponse, stranger: string | null = null): RegistryFailure {
    const message = `${told(image)}: the registry shows it to nobody, or not to us (${statusOf(answer)})`;
    return new RegistryFailure(message, { hint: this.#hintFor(image, stranger) });
  }

  #hintFor(image: ImageReference, stranger: string | null): string {
    const { docker } = this.#options;
    const { registry } = image;
    const username = credentialFor(image, docker)?.username ?? null;
    if (username !== null && this.#isPlain(registry))
      return `the password of ${username} is not sent without encryption.`;
    if (username !== null && stranger !== null)
      return `the password of ${username} was not sent to ${stranger}, which is not of ${registry}.`;
    if (username !== null)
      return `see whether ${username} may pull it, and whether it is still there: some registries do not tell.`;
    return docker.hasHelper(registry)
      ? "its password is kept by a program, which is not run: put it under auths of Docker's config.json."
      : `if it is not public: docker login ${registry}`;
  }

  /** One answer, however often it has to be asked for. */
  async #send(
    image: ImageReference,
    url: string,
    { headers, maxBytes }: { readonly headers: Readonly<Record<string, string>>; readonly maxBytes: number },
  ): Promise<HttpResponse> {
    const { clock, signal } = this.#deps;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#try(image, url, { headers, maxBytes });
      if (typeof answer !== 'string' && answer.status !== 429 && answer.status < 500) return answer;
      const isBusy = typeof answer !== 'string' && answer.status === 429;
      const asked = typeof answer === 'string' ? null : waitOf(answer.headers['retry-after'], clock.now());
      const wait = asked ?? BACK_OFF_MS * 2 ** (attempt - 1) * (isBusy ? 5 : 1);
      if (attempt === ATTEMPTS || wait > LONGEST_WAIT_MS) {
        const { host } = new URL(url);
        throw isBusy ? busy(image, host, asked) : unreachable(image, host, answer);
      }
      await clock.sleep(wait, signal);
    }
  }

  /** An answer, or why there is none. */
  async #try(
    image: ImageReference,
    url: string,
    { headers, maxBytes }: { readonly headers: Readonly<Record<string, string>>; readonly maxBytes: number },
  ): Promise<HttpResponse | string> {
    const { http, version, signal } = this.#deps;
    const { timeoutMs } = this.#options;
    try {
      const all = { 'user-agent': `dora-metrics/${version}`, ...headers };
      return await http({ url, method: 'GET', headers: all, timeoutMs, maxBytes, signal });
    } catch (error) {
      if (error instanceof AnswerTooLong)
        throw new RegistryFailure(`${told(image)}: ${error.message}`, {
          hint: 'it is no image as builders make them: leave it out.',
        });
      if (!(error instanceof RequestTimeout || error instanceof ConnectionFailed)) throw error;
      return mask(messageOf(error), [headers['authorization'] ?? '']);
    }
  }
}

function told(image: ImageReference): string {
  return formatImageReference(image);
}

function basic({ username, password }: RegistryCredential): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function statusOf({ status, text }: HttpResponse): string {
  const code = Refusal.safeParse(json(text)).data?.errors[0]?.code;
  return `status ${String(status)}${code === undefined ? '' : ` ${code}`}`;
}

/** `undefined` where it is no JSON. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Milliseconds to wait, of seconds or a date; `null` where nothing is said. */
function waitOf(header: string | undefined, now: Date): number | null {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/u.test(text)) return Number(text) * 1000;
  const at = text === '' ? NaN : Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}

function busy(image: ImageReference, host: string, wait: number | null): RegistryFailure {
  const when = wait === null ? 'later' : `in ${String(Math.ceil(wait / 60_000))} min`;
  return new RegistryFailure(`${told(image)}: ${host} has answered enough for now`, {
    hint: `run it again ${when}; registries give more to those who log in (docker login ${image.registry}).`,
    isFinal: true,
  });
}

function unreachable(image: ImageReference, host: string, answer: HttpResponse | string): RegistryFailure {
  const why = typeof answer === 'string' ? answer : statusOf(answer);
  return new RegistryFailure(`${told(image)}: no answer from ${host}: ${why}`, {
    hint: 'see whether the registry can be reached from here, and run it again.',
    isFinal: true,
  });
}
