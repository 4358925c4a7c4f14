import { renderHtml } from '../exporters/html/index.ts';
import { roundedReport } from '../exporters/metrics/json.ts';
import { writeTextFile } from '../io/files.ts';
import { writeObject } from '../storage/write-object.ts';
import {
  withDataset,
  type OpenedDataset,
  reportOf,
  shownPeriods,
  type CalculateRequest,
} from './calculate.ts';
import type { Ports } from './ports.ts';
import { reportModel } from './report-model.ts';
import { warnOfEmptyTeams } from './teams.ts';

export interface ReportRequest extends CalculateRequest {
  readonly reproduce: (asOf: string) => string;
}

/** The report as one HTML file. */
export async function report(request: ReportRequest, ports: Ports): Promise<string> {
  return await withDataset(request, ports, (opened) => reportFrom(opened, request, ports));
}

async function reportFrom(opened: OpenedDataset, request: ReportRequest, ports: Ports): Promise<string> {
  warnOfEmptyTeams(opened, request.settings.teams, ports);
  const metrics = reportOf(opened, request);
  const model = await reportModel(
    {
      opened,
      metrics: roundedReport(metrics),
      periods: shownPeriods(opened, request.unit, request.range),
      settings: request.settings,
      version: ports.version,
      reproduce: request.reproduce(metrics.asOf),
    },
    ports.storage,
  );
  return await renderHtml(model);
}

/** Writes a report where the user wants it; gives the absolute path. */
export async function writeReport(file: string, html: string): Promise<string> {
  return await writeTextFile(file, html);
}

/** Stores a report in the workspace; gives the place where it is. */
export async function storeReport(name: string, html: string, { storage }: Ports): Promise<string> {
  const key = `reports/${name}`;
  await writeObject(storage, key, [new TextEncoder().encode(html)]);
  return storage.locate(key);
}
