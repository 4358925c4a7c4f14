import { describe, expect, it } from 'vitest';
import { hintFor, isNoRoute, judge } from '../../../../src/exporters/devlake/verdict.ts';
import { at } from '../../../support/builders.ts';

const NOW = at('2026-06-12T12:00:00Z');
const STORED = '{"code":0,"success":true,"message":"success","causes":null,"data":null}';
const PAGE = '<html><head><title>Sign in</title></head></html>';

function judged(status: number, text = '', headers: Readonly<Record<string, string>> = {}) {
  return judge({ status, headers, text }, NOW);
}

const told = (message: string) => JSON.stringify({ success: false, message });

describe('an answer', () => {
  it('of 200 in the words of DevLake says that a row is stored', () => {
    expect(judged(200, STORED)).toEqual({ do: 'stored' });
  });

  it.each([
    '',
    PAGE,
    '{}',
    '[]',
    'null',
    '"success"',
    '{"success":false}',
    '{"success":"true"}',
    STORED.slice(0, 30),
  ])('of 200 that is not of DevLake stores nothing: %j', (text) => {
    expect(judged(200, text)).toEqual({
      do: 'park',
      status: 200,
      reason: '200, but not in the words of DevLake: something else answers at this address',
    });
  });

  it.each([400, 401, 403, 404, 405, 409, 410, 413, 414, 415, 422, 451])(
    'of %i would be the same again',
    (status) => {
      expect(judged(status, told('no'))).toEqual({ do: 'park', status, reason: `${status} no` });
    },
  );

  it.each([201, 204, 301, 302, 304, 307, 308])('of %i is none that DevLake gives', (status) => {
    expect(judged(status, STORED)).toMatchObject({ do: 'park', status });
  });

  it.each([408, 500, 501, 502, 504, 507, 599])('of %i may be another one the next time', (status) => {
    expect(judged(status, told('no'))).toEqual({
      do: 'retry',
      reason: `${status} no`,
      seconds: null,
      isBusy: false,
    });
  });

  it.each([428, 429, 503])('of %i holds up everybody', (status) => {
    expect(judged(status)).toEqual({ do: 'retry', reason: String(status), seconds: null, isBusy: true });
  });
});

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    [' 30 ', 30],
    ['99999999999', 99_999_999_999],
    ['Fri, 12 Jun 2026 12:00:30 GMT', 30],
    ['Fri, 12 Jun 2026 12:00:00 GMT', 0],
    ['Fri, 12 Jun 2026 11:00:00 GMT', 0],
    ['soon', null],
    ['', null],
  ])('%j is %j', (header, seconds) => {
    expect(judged(429, '', { 'retry-after': header })).toMatchObject({ seconds });
  });

  it('counts with every answer that is worth another try', () => {
    expect(judged(502, '', { 'retry-after': '7' })).toMatchObject({ do: 'retry', seconds: 7 });
    expect(judged(400, '', { 'retry-after': '7' })).toMatchObject({ do: 'park' });
  });
});

describe('a reason', () => {
  it.each([
    ['a bare text, as issues are refused', '"Key: \'IssueKey\'\\nfailed"', "400 Key: 'IssueKey' failed"],
    ['an object', told('input json error (400)\nWraps: (2)'), '400 input json error (400) Wraps: (2)'],
    ['a page, of which nothing is worth telling', ` \n${PAGE}`, '400'],
    ['plain text', 'no\tsuch   thing', '400 no such thing'],
    ['nothing', '', '400'],
    ['an object without words', '{"error":"x"}', '400 {"error":"x"}'],
    ['what would act on a terminal', told('a\u001b[31m\u202eb'), String.raw`400 a\x1b[31m\u202eb`],
  ])('is taken from %s', (_, text, reason) => {
    expect(judged(400, text)).toEqual({ do: 'park', status: 400, reason });
  });

  it('ends somewhere', () => {
    expect(judged(400, told('x'.repeat(10_000)))).toMatchObject({ reason: `400 ${'x'.repeat(296)}` });
  });
});

describe('a path that the server does not have', () => {
  it.each([
    [404, '404 page not found', true],
    [404, PAGE, true],
    [404, '', true],
    [404, told('record not found (404)'), false],
    [404, '"record not found"', false],
    [400, '404 page not found', false],
  ])('%i %j: %j', (status, text, isNone) => {
    expect(isNoRoute({ status, text })).toBe(isNone);
  });
});

describe('a hint', () => {
  it.each([
    ['401 unauthorized', /AUTH_ENABLED.*9008/u],
    ['401 token is missing', /DEVLAKE_WEBHOOK_TOKEN/u],
    ["403 path doesn't match api key's scope", /another connection/u],
    ['403 api key has expired', /new key/u],
    ['403 api key is invalid', /ENCRYPTION_SECRET/u],
    ['404 record not found (404)', /no webhook connection/u],
    ['404 could not find project [shop] in DB (404)', /name of a project/u],
    ['400 project has no blueprint: shop (400)', /has a blueprint/u],
    ['404 404 page not found', /baseUrl/u],
    ['413', /proxy/u],
    ['200, but not in the words of DevLake: something else answers at this address', /login page/u],
    ['428 New migration scripts detected.', /migration/u],
  ])('is given for %s', (reason, hint) => {
    expect(hintFor(reason)).toMatch(hint);
  });

  it.each(['400 input json error', '500', '429', 'no answer within 30 s', ''])('is not for %j', (reason) => {
    expect(hintFor(reason)).toBeNull();
  });
});
