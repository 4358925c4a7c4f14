import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inTurns, medianSeconds, peak, run } from './measure.ts';

/** Seconds and bytes of the spreadsheet's way out and back. */
export interface ReviewMeasures {
  readonly rows: number;
  readonly write: { readonly seconds: number; readonly peakMemory: number };
  /** Every row comes back, one in a hundred filled in; the dataset is built anew. */
  readonly import: { readonly seconds: number; readonly peakMemory: number };
  /** Every row comes back as it was sent. */
  readonly importUnchanged: { readonly seconds: number; readonly peakMemory: number };
}

/** Measures `update` that writes a sheet of so many rows, and `import` of it. */
export async function measureReview(bin: string, rows: number, rounds: number): Promise<ReviewMeasures> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dora-metrics-review-'));
  try {
    const clone = path.join(folder, 'shop');
    lineOfCommits(clone, rows);
    const data = path.join(folder, 'data');
    const sheet = path.join(data, 'pending_review.csv');
    const tool = (...args: string[]) =>
      run(process.execPath, [bin, '--quiet', '--data', data, ...args], clone);
    await tool('extract', '--full', '--deployments-from', 'tags');
    const [writes] = await inTurns(rounds, [
      async () => {
        rmSync(sheet, { force: true });
        return await tool('update');
      },
    ]);
    const sent = path.join(folder, 'sent.csv');
    writeFileSync(sent, readFileSync(sheet));
    const [unchanged] = await inTurns(rounds, [() => tool('import', sent)]);
    const filled = readFileSync(sent, 'utf8').split('\r\n');
    const imports = [];
    for (let round = 0; round < rounds; round += 1) {
      // another word each time: what is there already would not be imported
      const lines = filled.map((line, row) =>
        row % 100 === 1 ? line.replace(/,,r0_start$/u, `,looked at ${String(round)},r0_start`) : line,
      );
      writeFileSync(sent, lines.join('\r\n'));
      imports.push(await tool('import', sent, '--prefer', 'theirs'));
    }
    const of = (runs: Parameters<typeof peak>[0]) => ({
      seconds: medianSeconds(runs),
      peakMemory: peak(runs),
    });
    return { rows, write: of(writes), import: of(imports), importUnchanged: of(unchanged) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A branch of so many commits, a version every thousand. */
function lineOfCommits(folder: string, count: number): void {
  execFileSync('git', ['init', '-q', '-b', 'main', folder]);
  const lines: string[] = [];
  const start = Date.UTC(2010, 0, 1) / 1000;
  for (let n = 1; n <= count; n += 1) {
    const when = `${String(start + n * 2000)} +0000`;
    const message = `area ${String(n % 97)}: change number ${String(n)} of many`;
    const who = `Developer ${String(n % 50)} <dev${String(n % 50)}@example.com> ${when}`;
    lines.push(
      `commit refs/heads/main\nmark :${String(n)}\nauthor ${who}\ncommitter ${who}\ndata ${String(message.length)}\n${message}\n`,
    );
    if (n % 1000 === 0)
      lines.push(`tag v1.${String(n / 1000)}.0\nfrom :${String(n)}\ntagger ${who}\ndata 1\nv\n`);
  }
  execFileSync('git', ['-C', folder, 'fast-import', '--quiet'], {
    input: lines.join(''),
    maxBuffer: 2 ** 30,
  });
}
