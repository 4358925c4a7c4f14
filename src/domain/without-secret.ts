const MASK = '[masked]';

/** User name and password of an address, up to the last `@` before its path. */
const USER_INFO = /(\b[a-z][a-z\d+.-]{0,20}:\/\/)[^\s/?#"'<>]*@/giu;

/** `token=…`, `"password": "…"`, `--api-key …`: the value after a name that promises a secret. */
const NAMED =
  /([\w-]{0,40}(?:token|passw(?:or)?d|secret|api-?key|access-?key|private-?key|credentials?|signature)\b["']?\s{0,3}(?:[:=]\s{0,3}|\s)["']?)(?!["'\s]|\[masked\])(?:[^\s"',;&)}\]]+)/giu;

const AUTHORIZATION = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/giu;

/** What the makers of tokens start them with, and signed web tokens. */
const KNOWN =
  /\b(?:gh[oprsu]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|A[KS]IA[A-Z\d]{12,}|hv[bs]\.[\w-]{16,}|eyJ[\w-]{8,}\.[\w.-]{8,})/gu;

const PRIVATE_KEY =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[^-]|-(?!----))*(?:-----END [A-Z ]{0,40}-----)?/gu;

/** Long, of letters of both cases and digits: a token of a maker we do not know. Digests and commits are lower-case. */
const LONG = /(?<![\w+/=])(?=[\w+/=-]*[a-z])(?=[\w+/=-]*[A-Z])(?=[\w+/=-]*\d)[\w+=-]{32,}(?![\w+/=-])/gu;

/**
 * The text with what looks like a secret replaced by `[masked]`: credentials in addresses, values after names like `token`, tokens of a
 * known form, private keys, and long words of mixed letters and digits.
 *
 * It errs on the side of masking: it is for messages that people read, not for values that programs compare.
 */
export function withoutSecret(text: string): string {
  return text
    .replaceAll(PRIVATE_KEY, MASK)
    .replaceAll(USER_INFO, `$1${MASK}@`)
    .replaceAll(AUTHORIZATION, `$1 ${MASK}`)
    .replaceAll(KNOWN, MASK)
    .replaceAll(NAMED, `$1${MASK}`)
    .replaceAll(LONG, MASK);
}
