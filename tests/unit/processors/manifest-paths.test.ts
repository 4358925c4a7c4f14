import { describe, expect, it } from 'vitest';
import { manifestPaths } from '../../../src/processors/manifest-paths.ts';

describe('the paths that make the manifests', () => {
  it.each([
    ['web', null, ['web']],
    ['web', '', ['web']],
    ['web', ' ; ;', ['web']],
    ['web', '.', ['web']],
    ['./web//prod/', '.', ['web/prod']],
    ['web/prod', '..', ['web', 'web/prod']],
    ['web/prod', '../base; ../../shared ;.', ['shared', 'web/base', 'web/prod']],
    ['web', '/charts', ['charts', 'web']],
    ['web', '/charts/./web/../cart/', ['charts/cart', 'web']],
    ['web', 'deep/er;deep/er', ['web', 'web/deep/er']],
    ['.', 'base', ['.', 'base']],
    ['', null, ['.']],
  ])('of %s with %s are %j', (path, annotation, expected) => {
    expect(manifestPaths(path, annotation)).toEqual(expected);
  });

  it('are the whole repository where they lead out of it', () => {
    for (const annotation of ['..', '../..', '/', '/..', '../../web', '/../charts'])
      expect(manifestPaths('web', annotation)).toEqual(['.', 'web']);
    expect(manifestPaths('../web', null)).toEqual(['.']);
  });

  it('that are patterns are the folder in which everything is that they match', () => {
    expect(manifestPaths('web', '/shared/*-secret.yaml')).toEqual(['shared', 'web']);
    expect(manifestPaths('web', 'values-?.yaml;/charts/[a-c]/x/../y')).toEqual(['charts', 'web']);
    expect(manifestPaths('web', '/*.yaml')).toEqual(['.', 'web']);
    expect(manifestPaths('web[1]', null)).toEqual(['web[1]']);
  });

  it('of a source without a path are those of the annotation, else the whole repository', () => {
    expect(manifestPaths(null, null)).toEqual(['.']);
    expect(manifestPaths(null, ';')).toEqual(['.']);
    expect(manifestPaths(null, '/values/web;/values/all')).toEqual(['values/all', 'values/web']);
    // relative to the repository: that is what Argo CD makes of it
    expect(manifestPaths(null, '.;/values/web')).toEqual(['.', 'values/web']);
  });
});
