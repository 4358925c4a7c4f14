/** What a request gives, or the reason of the signal as soon as that is aborted, whatever the request still waits for: credentials, another try. */
export async function orAborted<Result>(
  signal: AbortSignal,
  request: () => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(reasonOf(signal));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([request(), stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
