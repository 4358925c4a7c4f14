import { describe, expect, it } from 'vitest';
import { lives } from '../../support/argocd/life.ts';
import { linesSeen } from '../../support/argocd/looks.ts';

describe('the events of a life', () => {
  it.each(lives())('are what happened in $name', ({ looks, events }) => {
    expect(linesSeen(looks)).toEqual(events);
  });
});
