import { durationWords } from '../../domain/duration-words.ts';
import type {
  ExplainedAnnotation,
  ExplainedChange,
  ExplainedDeployment,
  ExplainedRow,
  Explanation,
} from '../../domain/explanation.ts';
import { metricWord } from '../../domain/metrics-report.ts';
import { printable } from '../../domain/printable.ts';
import { SET_ASIDE_REASONS, isSetAsideReason, type SetAside } from '../../domain/set-aside.ts';
import { SOURCE_WORDS } from '../../domain/source-words.ts';
import { SECOND } from '../../domain/units.ts';
import { textTable } from '../text-table.ts';

/** How many rows of each reason stand below the table; JSON has them all. */
const EXAMPLES = 5;
const LONGEST_SUBJECT = 60;
/** So many clusters are named one by one. */
const MOST_CLUSTERS = 4;

/** The explanation for a terminal: the number, the rows it is made of, and what was left out. */
export function explanationTable(explanation: Explanation): string {
  const { metric, period, component, team, asOf, definition, rows, setAside } = explanation;
  const scope = `${component === null ? '' : `, ${printable(component)}`}${team === null ? '' : `, team ${printable(team)}`}`;
  const heading = `${metricWord(metric)} ${period.label}${period.complete ? '' : ' (not over yet)'}${scope}, as of ${asOf}`;
  return [
    `${heading}\n${valueLine(explanation)}\n  = ${definition}\n`,
    rows.length === 0 ? '' : rowsTable(rows),
    setAsideText(setAside.counts, setAside.rows),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function valueLine({ metric, result }: Explanation): string {
  if (result.value === null) return `no value: ${result.reason}`;
  const isRate = metric === 'changeFailRate' || metric === 'reworkRate';
  if (metric === 'deploymentFrequency') return `${String(result.value)} deployments`;
  const value = isRate
    ? `${(result.value * 100).toFixed(2)} %`
    : `${durationWords(result.value)} (${String(result.value)} s)`;
  return `${value}, n = ${String(result.n)}`;
}

function rowsTable(rows: readonly ExplainedRow[]): string {
  const changes = rows.filter((row) => row.kind === 'change');
  const deployments = rows.filter((row) => row.kind === 'deployment');
  return changes.length > 0 ? changeTable(changes) : deploymentTable(deployments);
}

function changeTable(rows: readonly ExplainedChange[]): string {
  const withAnnotations = rows.some((row) => row.annotation !== null);
  const heading = ['Commit', 'Lead time', 'Authored', 'Deployed', 'By', 'PR', 'Rule', 'Author', 'Subject'];
  if (withAnnotations) heading.push('Annotated');
  return textTable([
    heading,
    ...rows.map((row) => [
      row.commit.slice(0, 10),
      durationWords(row.leadTime),
      row.authoredAt,
      row.deployedAt,
      printable(row.deployment),
      row.pullRequest === null ? '' : `#${String(row.pullRequest)}`,
      row.landedAs === null ? row.rule : `${row.rule} ${row.landedAs.slice(0, 10)}`,
      shortened(row.author),
      shortened(row.subject),
      ...(withAnnotations ? [annotation(row.annotation)] : []),
    ]),
  ]);
}

function deploymentTable(rows: readonly ExplainedDeployment[]): string {
  const withAnnotations = rows.some((row) => row.annotation !== null);
  const withRollouts = rows.some(({ rollout }) => rollout !== null);
  const heading = [
    'Deployment',
    'Known from',
    'Finished',
    'Revision',
    'Outcome',
    'Rule',
    'Restored after',
    'By',
    'Repairs',
    'Evidence',
    ...(withRollouts ? ['Clusters', 'Remarks'] : []),
    ...(withAnnotations ? ['Annotated'] : []),
  ];

  return textTable([
    heading,
    ...rows.map((row) => [
      printable(row.name),
      row.sources.map((source) => SOURCE_WORDS[source]).join(', '),
      row.finishedAt,
      row.revision.slice(0, 10),
      row.outcome,
      row.rule,
      row.timeToRestore === null ? '' : durationWords(row.timeToRestore),
      printable(row.repairedBy ?? ''),
      printable(row.repairs.join(', ')),
      evidence(row),
      ...(withRollouts ? [clusters(row), remarks(row)] : []),
      ...(withAnnotations ? [annotation(row.annotation)] : []),
    ]),
  ]);
}

/** What people said, and who: `failed: yes; notes: checkout was down (Jane)`. */
function annotation(found: ExplainedAnnotation | null): string {
  if (found === null) return '';
  const said = Object.entries(found.said).map(([name, value]) => `${name}: ${shortened(value)}`);
  return `${said.join('; ')} (${printable(found.by)})`;
}

/** The commits that prove a failure, and the incidents by their titles. */
function evidence({ evidence: commits, incidents }: ExplainedDeployment): string {
  const shas = commits.map((sha) => sha.slice(0, 10)).join(' ');
  const titles = incidents.map(({ title }) => `incident: ${shortened(title)}`);
  return [shas, ...titles].filter((text) => text !== '').join('; ');
}

/** `eu1 2026-11-02T00:00:00Z, us1 2026-11-02T00:45:00Z (in 45 min)`. Of many the first and the last. */
function clusters({ rollout }: ExplainedDeployment): string {
  const all = rollout?.clusters ?? [];
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) return '';
  const named = all.map(({ name, at }) => `${shortened(name)} ${at}`);
  const shown =
    named.length <= MOST_CLUSTERS
      ? named
      : [...named.slice(0, 1), `… ${String(named.length - 2)} more …`, ...named.slice(-1)];
  const spread = (Date.parse(last.at) - Date.parse(first.at)) / SECOND;
  return `${shown.join(', ')}${all.length === 1 ? '' : ` (in ${durationWords(spread)})`}`;
}

/** What Argo CD says that stands in no other column. */
function remarks({ rollout, rule, recoveredAt, repairedBy }: ExplainedDeployment): string {
  if (rollout === null) return '';
  const { problem, unverified, untraced } = rollout;
  const isByItself = rule === 'rollout' && recoveredAt !== null && repairedBy === null;
  return [
    ...(problem === null ? [] : [shortened(problem)]),
    ...(isByItself ? ['well again by itself'] : []),
    ...(unverified ? ['health not seen'] : []),
    ...(untraced === null ? [] : [`commit of the GitOps repository: ${shortened(untraced)}`]),
  ].join('; ');
}

function setAsideText(counts: Readonly<Record<string, number>>, rows: readonly SetAside[]): string {
  const reasons = Object.keys(counts);
  if (reasons.length === 0) return 'set aside: nothing\n';
  const parts = reasons.map((reason) => {
    const meaning = isSetAsideReason(reason) ? SET_ASIDE_REASONS[reason] : '';
    const examples = rows.filter((row) => row.reason === reason);
    const shown = examples
      .slice(0, EXAMPLES)
      .map((row) => `    ${row.kind === 'commit' ? row.id.slice(0, 10) : ''}  ${shortened(row.subject)}`);
    const more =
      examples.length > EXAMPLES
        ? [`    … and ${String(examples.length - EXAMPLES)} more (--format json has all)`]
        : [];
    return [`  ${String(counts[reason])} ${reason}: ${meaning}`, ...shown, ...more].join('\n');
  });
  return `set aside:\n${parts.join('\n')}\n`;
}

function shortened(text: string): string {
  const shown = printable(text);
  return shown.length > LONGEST_SUBJECT ? `${shown.slice(0, LONGEST_SUBJECT - 1)}…` : shown;
}
