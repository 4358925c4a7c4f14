import { durationWords } from './duration-words.ts';
import type { MetricName, PeriodMetrics } from './metrics-report.ts';
import { REASON_WORDS } from './reason-words.ts';

/** The metrics of a period in the few words that fit a cell, without their levels. */
export function metricWords(period: PeriodMetrics): Record<MetricName, string> {
  const { deploymentFrequency: frequency, leadTime, changeFailRate, timeToRestore, reworkRate } = period;
  return {
    deploymentFrequency: frequency.value === null ? REASON_WORDS[frequency.reason] : String(frequency.value),
    leadTime: leadTime.value === null ? REASON_WORDS[leadTime.reason] : durationWords(leadTime.value),
    changeFailRate:
      changeFailRate.value === null
        ? REASON_WORDS[changeFailRate.reason]
        : share(changeFailRate.value, changeFailRate.failed, changeFailRate.n),
    timeToRestore:
      timeToRestore.value === null ? REASON_WORDS[timeToRestore.reason] : durationWords(timeToRestore.value),
    reworkRate:
      reworkRate.value === null
        ? REASON_WORDS[reworkRate.reason]
        : share(reworkRate.value, reworkRate.rework, reworkRate.n),
  };
}

function share(value: number, part: number, whole: number): string {
  return `${(value * 100).toFixed(1).replace(/\.0$/u, '')} % (${String(part)}/${String(whole)})`;
}
