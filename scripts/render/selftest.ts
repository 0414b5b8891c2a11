import { styleText } from 'node:util';
import type { Planted, SelftestReport } from '../../stage/selftest/index.ts';
import type { Io } from '../io.ts';
import { indent } from '../print-error.ts';

/** A line every so many faults, so that a pipe stays readable. */
const reportEvery = 25;

export function plantingProgress(io: Io): (done: number, total: number) => void {
  return (done, total) => {
    if (done % reportEvery === 0 || done === total) io.err(`${done} of ${total} faults planted\n`);
  };
}

/** Per kind of fault who caught it, then the survivors with what would catch them, the classes and the verdict. */
export function selftestSummary(report: SelftestReport): string {
  const kinds = Map.groupBy(report.faults, ({ fault }) => fault.kind);
  const lines = [...kinds].map(([kind, faults]) => kindLine(kind, faults));
  const rest = [...survivors(report), ...waived(report), ...refused(report), '', classes(report), verdict(report), ''];
  return [...lines, ...rest].join('\n');
}

function kindLine(kind: string, faults: Planted[]): string {
  const caught = faults.filter(({ catches }) => catches.length > 0).length;
  const witnesses = [...new Set(faults.flatMap(({ catches }) => catches.map(({ by }) => by)))];
  const mark = caught === faults.length ? styleText('green', '✔') : styleText('red', '✖');
  const count = `${caught}/${faults.length}`;
  const shown = kind.startsWith('check_') ? `${witnesses.length} checks, each by itself` : witnesses.join(', ');
  return `${mark} ${kind.padEnd(26)} ${count.padStart(7)}  ${faults[0]!.fault.title}\n${indent(styleText('dim', `  ${shown || 'nothing'}`))}`;
}

function survivors({ survivors: alive }: SelftestReport): string[] {
  return alive.flatMap(({ fault }) => [
    '',
    `${styleText('red', 'survived')} ${fault.name}`,
    indent(fault.plant),
    `  would be caught by ${fault.caughtBy ?? 'a check that looks at this'}`,
  ]);
}

function waived({ waived: answered }: SelftestReport): string[] {
  return answered.map(
    ({ fault, waiver: { owner, expires, reason } }) =>
      `${styleText('yellow', 'waived')} ${fault.name}: by ${owner} until ${expires}: ${reason}`,
  );
}

function refused({ refused: impossible }: SelftestReport): string[] {
  return impossible.map(({ fault, refused: why }) =>
    styleText('dim', `refused by the database: ${fault.name}: ${why}`),
  );
}

/** `audit 21/21, boundary 2/2, …` */
function classes({ classes: counted }: SelftestReport): string {
  return counted.map(({ name, planted, caught }) => `${name} ${caught}/${planted}`).join(', ');
}

function verdict({ verdict: said, planted, caught, killRate, durationMs }: SelftestReport): string {
  const colour = said === 'go' ? 'green' : said === 'no-go' ? 'red' : 'yellow';
  const rate = killRate === null ? 'nothing planted' : `${killRate} %`;
  return `${styleText(colour, said.toUpperCase())}  ${caught} of ${planted} faults caught (${rate}) in ${durationMs} ms`;
}
