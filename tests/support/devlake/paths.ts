/** Paths as nginx, Go's URL and gin's router take them. */

export interface Place {
  /** Through config-ui's nginx: below `/api`. */
  readonly proxied: boolean;
  /** Below `/rest`, where a key is asked for. */
  readonly rest: boolean;
  /** Without `/api` and `/rest`, decoded. */
  readonly path: string;
  /** What is matched with the routes, still encoded; `null` for what matches none. */
  readonly routed: string | null;
}

/** `null` for a path that is not a path at all. */
export function placeOf(rawPath: string): Place | null {
  const proxied = rawPath.startsWith('/api/');
  const raw = proxied ? rawPath.slice('/api'.length) : rawPath;
  const decoded = decodedPath(raw);
  if (decoded === null) return null;
  const rest = decoded.startsWith('/rest');
  const path = rest ? decoded.slice('/rest'.length) : decoded;
  if (!rest) return { proxied, rest, path, routed: raw };
  // the gate writes the decoded path anew, and the router looks at the other one where Go has kept it
  const isKept = raw !== goEscaped(decoded) || (proxied && UNESCAPED.test(decoded));
  return { proxied, rest, path, routed: isKept ? null : raw.slice('/rest'.length) };
}

/** What nginx writes as it is where it writes a path anew, and Go does not. */
const UNESCAPED = /[!'()*[\]]/u;

export function decodedPath(raw: string): string | null {
  try {
    return decodeURIComponent(raw);
  } catch {
    return null;
  }
}

/** How Go writes a path by itself; `net/url` keeps the original beside it only where that is different. */
export function goEscaped(path: string): string {
  return encodeURIComponent(path)
    .replaceAll(/[!'()*]/gu, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll(/%(?:24|26|2B|2C|2F|3A|3B|3D|40)/gu, (code) => decodeURIComponent(code));
}
