import { DrydockError } from '../ops/errors.ts';
import type { Io } from './io.ts';

/** Says what went wrong, to a person. A stack is for bugs only. */
export function printError(error: unknown, io: Io): void {
  if (!(error instanceof DrydockError)) {
    const stack = error instanceof Error ? error.stack : String(error);
    io.err(`This is a bug in Drydock, please report it:\n${stack}\n`);
    return;
  }
  const excerpt = 'excerpt' in error ? `\n${indent(String(error.excerpt))}` : '';
  const hint = error.hint ? `\n  ${error.hint}` : '';
  io.err(`${error.code}: ${error.message}${excerpt}${hint}\n`);
}

/** Every line moved two columns to the right. */
export function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
