import { DrydockError, exitCodes, messageOf, originalOf } from '../ops/errors.ts';
import { serverAnswer } from '../ops/server-answer.ts';
import type { Io } from './io.ts';

/**
 * Says what went wrong, to a person; of what went wrong after it, in giving things back, one line. A stack is for bugs only.
 * @returns the exit code that it means
 */
export function printError(error: unknown, io: Pick<Io, 'err'>): number {
  const original = serverAnswer(originalOf(error)) ?? originalOf(error);
  if (!(original instanceof DrydockError)) {
    io.err(`This is a bug in Drydock, please report it:\n${stackOf(original)}\n`);
    return exitCodes.failed;
  }
  const excerpt = 'excerpt' in original ? `\n${indent(String(original.excerpt))}` : '';
  const hint = original.hint ? `\n  ${original.hint}` : '';
  io.err(`${original.code}: ${hanging(original.message)}${excerpt}${hint}\n`);
  if (error instanceof SuppressedError) io.err(`  Then, in cleaning up: ${hanging(messageOf(error.error))}\n`);
  return original.exitCode;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack! : String(error);
}

/** The lines after the first moved two columns to the right, unless they are: what an error quotes begins no line. */
function hanging(text: string): string {
  return text.replace(/\n(?!  )/g, '\n  ');
}

/** Every line moved two columns to the right. */
export function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
