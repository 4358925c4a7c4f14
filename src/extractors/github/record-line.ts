import { withoutAddress } from '../../domain/without-address.ts';

/** Names of tags and addresses of pages: what is compared and opened must stay as it is. */
const AS_THEY_ARE = new Set(['id', 'oid', 'commitOid', 'head_sha', 'tagName', 'url', 'html_url', 'logUrl']);

/** An item as a line of raw data: as GitHub gave it, with e-mail addresses in texts replaced. */
export function recordLine(item: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(item, (key, value: unknown) =>
    typeof value === 'string' && !AS_THEY_ARE.has(key) ? withoutAddress(value) : value,
  );
}
