import type { Report } from '../../stage/report.ts';

/** The report as one document. */
export function jsonOf(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
