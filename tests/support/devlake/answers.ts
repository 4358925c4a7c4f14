import { json, type Answer } from '../answer.ts';

/** A page of nginx. */
export function html(status: number, title: string): Answer {
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx/1.27.4</center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { 'content-type': 'text/html' }, body };
}

export function success(): Answer {
  return json(200, { code: 0, success: true, message: 'success', causes: null, data: null });
}

/** An error that a handler gives back. */
export class Refusal extends Error {
  readonly status: number;
  readonly causes: readonly string[] | null;

  constructor(status: number, message: string, causes: readonly string[] | null = null) {
    super(message);
    this.status = status;
    this.causes = causes;
  }
}

/** An error that a handler answers as a bare text, status 400. */
export class TextRefusal extends Error {}

export function answerOf(error: unknown): Answer {
  if (error instanceof TextRefusal) return json(400, error.message);
  if (error instanceof Refusal) return failure(error.status, error.message, error.causes);
  throw error;
}

export function failure(status: number, message: string, causes: readonly string[] | null = null): Answer {
  return json(status, { code: 0, success: false, message, causes, data: null });
}

/** What the router says of a path that is none of its own. */
export function noRoute(): Answer {
  return { status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found' };
}
