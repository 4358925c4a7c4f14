import * as z from 'zod';
import { printable } from '../../domain/printable.ts';
import { parsedJson } from '../../domain/parsed-json.ts';
import type { HttpResponse } from '../../io/ports.ts';

/** What an answer of DevLake means. Source: the code of its server, release 1.0.3 and the main branch of June 2026. */
export type Verdict =
  /** It is in the tables; whether anything shows is another question. */
  | { readonly do: 'stored' }
  /** It may go well the next time; `seconds` where the server says when. `isBusy`: nobody else need try before. */
  | {
      readonly do: 'retry';
      readonly reason: string;
      readonly seconds: number | null;
      readonly isBusy: boolean;
    }
  /** It would be refused again. */
  | { readonly do: 'park'; readonly status: number; readonly reason: string };

const Stored = z.object({ success: z.literal(true) });
const Told = z.union([z.string(), z.object({ message: z.string() }).transform(({ message }) => message)]);

/** No reason is longer; DevLake wraps its causes in one another. */
const LONGEST = 300;

export function judge({ status, headers, text }: HttpResponse, now: number): Verdict {
  const answer = parsedJson(text);
  if (status === 200) {
    if (Stored.safeParse(answer).success) return { do: 'stored' };
    return {
      do: 'park',
      status,
      reason: '200, but not in the words of DevLake: something else answers at this address',
    };
  }
  const reason = reasonOf(status, answer, text);
  const isBusy = status === 428 || status === 429 || status === 503;
  if (isBusy || status === 408 || status >= 500)
    return { do: 'retry', reason, seconds: retryAfter(headers['retry-after'], now), isBusy };
  return { do: 'park', status, reason };
}

/** Whether an answer says that the path is none that this server has, and not that something is missing in its tables. */
export function isNoRoute({ status, text }: Pick<HttpResponse, 'status' | 'text'>): boolean {
  return status === 404 && !Told.safeParse(parsedJson(text)).success;
}

function reasonOf(status: number, answer: unknown, text: string): string {
  const told = Told.safeParse(answer).data ?? '';
  // a page of a proxy says nothing that its status does not
  const words = told !== '' ? told : /^\s*</u.test(text) ? '' : text;
  return printable(`${String(status)} ${words.replaceAll(/\s+/gu, ' ').trim()}`.trim().slice(0, LONGEST));
}

/** Seconds from now, as a number or as a date says. */
function retryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  if (/^\s*\d+\s*$/u.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1000));
}

/** What to do about a refusal, for the known traps; `null` where there is nothing to say beyond the reason. */
export function hintFor(reason: string): string | null {
  return HINTS.find(({ pattern }) => pattern.test(reason))?.hint ?? null;
}

const HINTS: readonly { readonly pattern: RegExp; readonly hint: string }[] = [
  {
    pattern: /^401 unauthorized/iu,
    hint: 'DevLake has AUTH_ENABLED on without the fix of its pull request 9008: no API key is let through. Update DevLake, or set AUTH_ENABLED=false there.',
  },
  {
    pattern: /^401/u,
    hint: 'no token arrived: set DEVLAKE_WEBHOOK_TOKEN to the API key of the webhook connection, and look whether a proxy takes the Authorization header away.',
  },
  {
    pattern: /^403 .*scope/iu,
    hint: 'this key is for another connection: one that was made with a connection opens that connection only, and neither names nor projects. Use its own, or a general key for /plugins/webhook/.*',
  },
  {
    pattern: /^403 .*expired/iu,
    hint: 'make a new key in DevLake (PUT /api-keys/<id>), and set DEVLAKE_WEBHOOK_TOKEN.',
  },
  {
    pattern: /^403 .*invalid/iu,
    hint: 'DevLake does not know this key: copy it again. A new ENCRYPTION_SECRET over there makes all keys invalid.',
  },
  {
    pattern: /^40[04] .*(?:could not find project|project has no blueprint)/iu,
    hint: 'projectId is the name of a project of DevLake that has a blueprint, or the number of a webhook connection.',
  },
  {
    pattern: /^404 .*(?:record not found|connection)/iu,
    hint: 'DevLake has no webhook connection of this number or name: look at it under Connections, Incoming Webhooks.',
  },
  {
    pattern: /^404/u,
    hint: 'there is nothing at this address: baseUrl must lead to /api/rest (the web page, usually port 4000) or /rest (the server, usually port 8080).',
  },
  { pattern: /^413/u, hint: 'the proxy in front of DevLake takes no body of this size.' },
  {
    pattern: /^200,/u,
    hint: 'a login page or another service answers: baseUrl must lead to /api/rest or /rest of DevLake, past any login.',
  },
  {
    pattern: /^428/u,
    hint: 'DevLake waits for a migration of its database: confirm it in its web page.',
  },
];
