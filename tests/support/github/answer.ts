import { json, type Answer } from '../answer.ts';

export function html(status: number, title: string): Answer {
  const body = `<!DOCTYPE html>\n<html>\n<head><title>${title}</title></head>\n<body><h1>${title}</h1></body>\n</html>\n`;
  return { status, headers: { 'content-type': 'text/html' }, body };
}

const DOCUMENTATION = 'https://docs.github.com/rest';

/** An answer as the REST side refuses something. */
export function refusal(status: number, message: string, headers: Answer['headers'] = {}): Answer {
  return json(status, { message, documentation_url: DOCUMENTATION, status: String(status) }, headers);
}
