import { messageOf } from '../../domain/errors.ts';
import { RequestTimeout } from '../../io/http.ts';
import { mask } from '../../io/log.ts';
import type { Clock, Http } from '../../io/ports.ts';

export interface WebhookPorts {
  readonly http: Http;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 10_000;
const WAIT_MS = 2000;
const TRIES = 2;

/**
 * Posts a body to a webhook, twice at the most. Gives `null`, or why it was not taken: with the host alone, since the rest of the address is a
 * secret.
 *
 * Throws what `signal` was aborted with.
 */
export async function sendWebhook(
  url: string,
  body: string,
  { http, clock, signal }: WebhookPorts,
): Promise<string | null> {
  const { host, href, pathname, search } = new URL(url);
  const secrets = [url, href, `${pathname}${search}`];
  for (let attempt = 1; ; attempt += 1) {
    const reason = await post(url, body, { http, clock, signal });
    if (reason === null) return null;
    if (attempt === TRIES || !reason.again) return `${host}: ${mask(reason.words, secrets)}`;
    await clock.sleep(WAIT_MS, signal);
  }
}

async function post(
  url: string,
  body: string,
  { http, signal }: WebhookPorts,
): Promise<{ readonly words: string; readonly again: boolean } | null> {
  try {
    const headers = { 'content-type': 'application/json' };
    const { status, text } = await http({
      url,
      method: 'POST',
      headers,
      body,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    // a redirect to a page where people log in ends well for everybody but the message
    const isPage = text.trimStart().startsWith('<');
    if (status >= 200 && status < 300)
      return isPage ? { words: 'answered with a web page: is the address right?', again: false } : null;
    return { words: `answered with status ${String(status)}`, again: status >= 500 || status === 429 };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return { words: messageOf(error), again: error instanceof RequestTimeout };
  }
}
