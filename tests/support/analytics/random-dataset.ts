import type { Random } from '../../../fixtures/history/random.ts';
import type { ShippedChange } from '../../../src/domain/change.ts';
import { compareText } from '../../../src/domain/compare.ts';
import {
  FAILURE_RULES,
  type AssessedDeployment,
  type FailureEvidence,
} from '../../../src/domain/deployment.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import type { SetAside } from '../../../src/domain/set-aside.ts';
import { DAY, epochMs, HOUR, MINUTE, type EpochMs } from '../../../src/domain/units.ts';
import { assessed, sha } from '../builders.ts';
import { incident } from '../columns.ts';

/** Rows of every kind that a dataset can hold, whether or not a history could have led to them. */
export interface MadeDataset {
  readonly deployments: readonly AssessedDeployment[];
  readonly changes: readonly ShippedChange[];
  readonly incidents: readonly Incident[];
  readonly setAside: readonly SetAside[];
}

const START = Date.UTC(2025, 10, 20);
const DAYS = 140;
const PLACES: readonly (readonly [repository: string, components: readonly string[]])[] = [
  ['acme/api', ['acme/api']],
  ['acme/shop', ['api', 'ui', 'web']],
  ["it's 100 %", ['ui']],
];

/** On a grid, so that several things happen at one instant and at the ends of days; now and then off it by thousandths. */
function someInstant(random: Random): EpochMs {
  const onGrid = START + random.int(0, DAYS * 4) * 6 * HOUR;
  return epochMs(random.chance(0.3) ? onGrid + random.int(0, 5_000_000) : onGrid);
}

function later(instant: EpochMs, random: Random): EpochMs {
  return epochMs(instant + random.pick([0, MINUTE, 6 * HOUR, random.int(1, 20 * DAY)]));
}

function someFailures(finishedAt: EpochMs, random: Random): FailureEvidence[] {
  return FAILURE_RULES.filter(() => random.chance(0.15)).map((rule) => {
    const failureAt = random.chance(0.7) ? finishedAt : later(finishedAt, random);
    const recoveredAt = random.chance(0.8) ? later(failureAt, random) : null;
    return {
      rule,
      failureAt,
      recoveredAt,
      knownAt: later(failureAt, random),
      repairedBy: null,
      commits: random.chance(0.5) ? [sha('5')] : [],
      incident: null,
    };
  });
}

function someDeployment(
  repository: string,
  component: string,
  number: number,
  random: Random,
): AssessedDeployment {
  const finishedAt = someInstant(random);
  const name = `v${String(number)}`;
  const said = random.chance(0.1);
  return assessed(name, finishedAt, {
    id: `tag:${repository}:${component}@${name}`,
    repository,
    component,
    outcome: random.weighted([
      ['succeeded', 8],
      ['failed', 1],
      ['unknown', 1],
    ]),
    failures: someFailures(finishedAt, random),
    repairs: random.chance(0.2) ? [{ rule: 'rollback', deployment: 'tag:other' }] : [],
    annotation: said
      ? { rows: ['r'], failed: null, hotfix: random.chance(0.5), rollback: random.chance(0.5) ? false : null }
      : null,
  });
}

/** What a repository shipped: a commit may be a change of several of its components. */
function someChanges(deployments: readonly AssessedDeployment[], random: Random): ShippedChange[] {
  const changes: ShippedChange[] = [];
  const components = [...new Set(deployments.map(({ component }) => component))];
  for (let number = random.int(0, 60); number > 0; number -= 1) {
    const carriers = components.flatMap((component) => {
      const all = deployments.filter((one) => one.component === component && one.outcome === 'succeeded');
      return all.length > 0 && random.chance(0.6) ? [random.pick(all)] : [];
    });
    const first = Math.min(...carriers.map(({ finishedAt }) => finishedAt));
    const ago = random.pick([0, 1, HOUR, random.int(0, 90 * 86_400) * 1000, random.int(0, 5 * DAY)]);
    const pullRequest = random.chance(0.6) ? random.int(1, 9) : null;
    for (const { repository, component, id, finishedAt } of carriers)
      changes.push({
        repository,
        component,
        commit: sha(number.toString(16).padStart(2, '0')),
        landedAs: random.chance(0.2) ? sha('c0ffee') : null,
        landing: 'commit',
        deployment: id,
        authoredAt: epochMs(first - ago),
        deployedAt: finishedAt,
        pullRequest:
          pullRequest === null
            ? null
            : {
                number: pullRequest,
                rule: 'subject',
                url: null,
                openedAt: random.chance(0.5) ? epochMs(first - ago) : null,
                firstReviewAt: null,
                mergedAt: null,
                labels: [],
              },
        byBot: random.chance(0.2),
        author: 'Zoë "Z" O’Hara, jr.',
        subject: random.pick(['=1+1', 'größer\nals', '']),
      });
  }
  return changes;
}

function someIncident(place: (typeof PLACES)[number], number: number, random: Random): Incident {
  const [repository, components] = place;
  const openedAt = someInstant(random);
  return incident(openedAt, {
    id: `csv:${String(number)}`,
    repository,
    component: random.chance(0.2) ? '' : random.pick(components),
    resolvedAt: random.chance(0.7) ? later(openedAt, random) : null,
    deployment: random.chance(0.5) ? `tag:${repository}:some` : null,
    link: null,
  });
}

function someSetAside([repository]: (typeof PLACES)[number], random: Random): SetAside {
  return {
    kind: 'commit',
    reason: random.pick(['unreleased', 'merge-commit', 'invalid-date'] as const),
    repository,
    component: '',
    id: sha('a'),
    at: random.chance(0.8) ? someInstant(random) : null,
    deployment: null,
    author: 'Ada',
    subject: 'x',
    detail: '',
  };
}

/** In the order in which the dataset keeps them. */
export function randomDataset(random: Random): MadeDataset {
  const rows: { readonly [Name in keyof MadeDataset]: MadeDataset[Name][number][] } = {
    deployments: [],
    changes: [],
    incidents: [],
    setAside: [],
  };
  for (const place of PLACES.filter(() => random.chance(0.8))) {
    const [repository, components] = place;
    const deployments = components
      .flatMap((component) =>
        Array.from({ length: random.int(0, 25) }, (_, number) =>
          someDeployment(repository, component, number, random),
        ),
      )
      .sort((a, b) => compareText(a.component, b.component) || a.finishedAt - b.finishedAt);
    const changes = someChanges(deployments, random);
    rows.deployments.push(
      ...deployments.map((one) => ({
        ...one,
        shippedChanges: changes.filter(({ deployment }) => deployment === one.id).length,
      })),
    );
    rows.changes.push(...changes);
    for (let number = random.int(0, 12); number > 0; number -= 1)
      rows.incidents.push(someIncident(place, number, random));
    for (let number = random.int(0, 12); number > 0; number -= 1)
      rows.setAside.push(someSetAside(place, random));
  }
  return rows;
}
