import { counted } from './counted.ts';

/** Why a board of DevLake shows another number, in the order in which the reasons are given. Where there is a count it is of rows. */
const WORDS = {
  'days-not-deployments': () => 'DevLake counts days with a deployment, not deployments',
  'weeks-cut-off': () =>
    'DevLake counts every week that the period touches as a whole one, ours those that have their Thursday in it and are over',
  'pull-requests-not-commits': () =>
    'DevLake measures pull requests, in minutes that are rounded up part by part; ours measures commits',
  'cycle-time': () =>
    'DevLake adds up the parts of a pull request (until opened, merged, deployed), in minutes that are rounded up',
  'lower-median': () =>
    'the MySQL board takes the lower of the two values in the middle, ours lies between them',
  'between-median': () =>
    'the MySQL board takes the lower of the two values in the middle, the PostgreSQL board lies between them',
  'from-deployment': () =>
    'DevLake measures from the end of the deployment that it blames until the incident was resolved, ours from when the failure began',
  'whole-incidents': () =>
    'DevLake measures every incident that was resolved in the period, ours the failures that began in it',
  'taken-for-no-data': () =>
    'the MySQL board prints N/A for few deployments unless the window is long enough for half-years that differ',
  'no-incidents-known': () => 'DevLake prints N/A where it has no incident (PostgreSQL: none of the period)',
  'not-measured': () => 'DevLake has no rework rate',
  'beyond-400-days': (count) =>
    `the MySQL board looks back 400 days at most: ${counted(count, 'earlier deployment')} left out`,
  'unlisted-day': (count) =>
    `the PostgreSQL board leaves the day out on which the window ends: ${counted(count, 'deployment')}`,
  'said-to-have-failed': (count) =>
    `DevLake leaves ${counted(count, 'deployment')} out that succeeded and that a person said had failed`,
  'failed-left-out': (count) =>
    `DevLake leaves ${counted(count, 'failed deployment')} out, of both sides of the fraction`,
  'incidents-only': (count) =>
    `DevLake knows of a failure by incidents only: ${counted(count, 'deployment')} failed here by another rule`,
  'other-rules': (count) =>
    `DevLake knows of a failure by incidents only: ${counted(count, 'failure')} of another rule ended here`,
  'other-component': (count) =>
    `DevLake blames the last deployment before the incident whatever its component: ${counted(count, 'incident')} of another one`,
  'too-old': (count) =>
    `DevLake blames the last deployment before the incident whatever its age: ${counted(count, 'incident')} after failures.incidentWithin`,
  'link-ignored': (count) =>
    `DevLake ignores what an incident says of its cause: ${counted(count, 'incident')} linked to something else here`,
  'outside-window': (count) =>
    `DevLake wants the deployment and the end of the incident in the period: ${counted(count, 'incident')} with one of them outside`,
  'numbers-only': (count) =>
    `${counted(count, 'pull request')} of which only the number is known here (GitHub was not asked): in no lead time of DevLake`,
  'without-pull-request': (count) =>
    `DevLake measures no change that came without a pull request: ${counted(count, 'change')}`,
  'merged-not-deployed': (count) =>
    `the PostgreSQL board takes what was merged in the period, not what was deployed: ${counted(count, 'pull request')} in one of the two only`,
  'carried-by-next': (count) =>
    `DevLake lets the next success bring what a failed deployment shipped, and the first none: ${counted(count, 'pull request')}`,
} as const satisfies Record<string, (count: number) => string>;

export type DifferenceCode = keyof typeof WORDS;

/** The reason in plain words. */
export function differenceWords(code: DifferenceCode, count: number | null): string {
  return WORDS[code](count ?? 0);
}
