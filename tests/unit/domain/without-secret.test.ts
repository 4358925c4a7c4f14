import { describe, expect, it } from 'vitest';
import { withoutSecret } from '../../../src/domain/without-secret.ts';

describe('a message without its secrets', () => {
  it.each([
    ['fetch https://ada:hunter2@github.com/a/b failed', 'fetch https://[masked]@github.com/a/b failed'],
    ['clone https://x-access-token@host/a', 'clone https://[masked]@host/a'],
    ['https://ada:p@ss@host/a', 'https://[masked]@host/a'],
    ['Authorization: Bearer abcdefgh12345678', 'Authorization: Bearer [masked]'],
    ['basic dXNlcjpwYXNz', 'basic [masked]'],
    [`bad token ghp_${'a1'.repeat(18)}`, 'bad token [masked]'],
    [`github_pat_${'a1'.repeat(20)} expired`, '[masked] expired'],
    [`glpat-${'x'.repeat(20)}`, '[masked]'],
    ['AKIAIOSFODNN7EXAMPLE', '[masked]'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', '[masked]'],
    ['?access_token=s3cr3t&x=1', '?access_token=[masked]&x=1'],
    ['{"password": "hunter2", "user": "ada"}', '{"password": "[masked]", "user": "ada"}'],
    ['DB_PASSWORD=hunter2', 'DB_PASSWORD=[masked]'],
    ['--api-key abc', '--api-key [masked]'],
    ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- rest', '[masked] rest'],
    ['-----BEGIN PRIVATE KEY-----\nMIIEvQ', '[masked]'],
    [`unknown ${'aB3'.repeat(12)}`, 'unknown [masked]'],
  ])('%s', (text, shown) => {
    expect(withoutSecret(text)).toBe(shown);
  });

  it.each([
    'one or more objects failed to apply, reason: Deployment.apps "web" is invalid',
    `revision ${'9c1e2f0b'.repeat(5)} of main`,
    `quay.io/acme/web@sha256:${'0a'.repeat(32)}`,
    'git@github.com:acme/gitops.git',
    'https://github.com/acme/gitops.git?ref=main',
    'components/billing/production/eu1/ServiceMonitorDefinitionVersion2',
  ])('leaves %s as it is', (text) => {
    expect(withoutSecret(text)).toBe(text);
  });

  it('is quick with texts that are made to be slow', () => {
    for (const piece of [
      'a',
      'token',
      'token ',
      '-----BEGIN PRIVATE KEY-----',
      'https://',
      'a@',
      'aB1',
      '- ',
      '"',
    ]) {
      const start = performance.now();
      withoutSecret(piece.repeat(Math.ceil(4000 / piece.length)));

      expect(performance.now() - start).toBeLessThan(500);
    }
  });
});
