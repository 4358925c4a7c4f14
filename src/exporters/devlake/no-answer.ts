import { AnswerTooLong, ConnectionFailed, RequestTimeout } from '../../io/http.ts';

/** Whether a request failed for want of an answer, or of one that can be read to its end: it may have been done all the same. */
export function hasNoAnswer(error: unknown): error is Error {
  return (
    error instanceof RequestTimeout || error instanceof ConnectionFailed || error instanceof AnswerTooLong
  );
}
