/** Epoch seconds as GitHub writes them: UTC, whole seconds. */
export function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** As `iso`, where there may be no time. */
export function isoOrNull(seconds: number | null): string | null {
  return seconds === null ? null : iso(seconds);
}
