import type { RunObserver } from '../../stage/run-order.ts';
import type { Options } from '../command.ts';
import type { Io } from '../io.ts';
import { plainProgress } from './screen.ts';

/** Live lines on a terminal; plain ones in a pipe, in CI, on a dumb terminal; more or none when asked. */
export async function progressFor(io: Io, options: Options): Promise<RunObserver> {
  if (options['quiet']) return { stepStarted() {}, progress() {}, stepFinished() {} };
  if (options['verbose']) return verboseProgress(io);
  // a terminal without a width, as some containers have it, cannot be drawn on
  const isLive = io.isTerminal && process.stderr.columns > 0 && !io.env['CI'] && io.env['TERM'] !== 'dumb';
  if (!isLive) return plainProgress(io);
  const { liveProgress } = await import('./live.ts');
  return liveProgress(io);
}

const statementShown = 160;

function verboseProgress(io: Io): RunObserver {
  return {
    ...plainProgress(io),
    stepStarted: (title) => io.err(`  ${title}\n`),
    progress: (line) => io.err(`    ${line}\n`),
    statement: (text, durationMs) => io.err(`    ${durationMs.toFixed(1).padStart(8)} ms  ${inOneLine(text)}\n`),
  };
}

/** Verifiers are no passwords, and still nobody's business. */
function inOneLine(sql: string): string {
  const line = sql
    .replace(/^\s*--.*$/gm, '')
    .replace(/\s+/g, ' ')
    .replace(/SCRAM-SHA-256\$[^']*/g, 'SCRAM-SHA-256$…')
    .trim();
  return line.length > statementShown ? `${line.slice(0, statementShown)}…` : line;
}
