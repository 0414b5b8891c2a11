import { codeOf, DrydockError } from '../ops/errors.ts';
import { Redactor } from '../ops/redact.ts';
import type { Io } from './io.ts';

/** The world outside, as this process sees it. Everything printed passes the redactor. */
export function ioOf({ env, cwd, stdout, stderr }: NodeJS.Process, redactor = new Redactor()): Io {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => abort.abort(new DrydockError('RUN_CANCELLED', `Cancelled by ${signal}.`)));
  }
  for (const stream of [stdout, stderr]) stream.on('error', unlessNobodyReads);
  return {
    env,
    cwd: cwd(),
    out: (text) => void stdout.write(redactor.redact(text)),
    secret: (text) => void stdout.write(text),
    err: (text) => void stderr.write(redactor.redact(text)),
    isTerminal: Boolean(stderr.isTTY),
    redactor,
    signal: abort.signal,
    now: () => new Date(),
  };
}

/** Who reads no further, as `| head` does, has had enough, and a terminal may have been closed; the work goes on. */
function unlessNobodyReads(error: Error): void {
  if (!['EPIPE', 'EIO'].includes(codeOf(error) ?? '')) throw error;
}
