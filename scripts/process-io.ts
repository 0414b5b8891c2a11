import { codeOf, DrydockError } from '../ops/errors.ts';
import { Redactor } from '../ops/redact.ts';
import { shown } from '../ops/visible.ts';
import type { Io } from './io.ts';

/** The world outside, as this process sees it. Everything printed passes the redactor, and is shown and not obeyed. */
export function ioOf(process: NodeJS.Process, redactor = new Redactor()): Io {
  const { env, stdout, stderr } = process;
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => abort.abort(new DrydockError('RUN_CANCELLED', `Cancelled by ${signal}.`)));
  }
  for (const stream of [stdout, stderr]) stream.on('error', unlessNobodyReads);
  const safe = (text: string) => harmlessTo(env, shown(redactor.redact(text)));
  const err = (text: string) => void stderr.write(safe(text));
  process.removeAllListeners('warning').on('warning', (warning) => warnOf(warning, err));
  return {
    env,
    cwd: process.cwd(),
    out: (text) => void stdout.write(safe(text)),
    secret: (text) => void stdout.write(text),
    err,
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

/** In place of Node, which would print past the redactor, and would tell of features of its own that only we can do without. */
function warnOf({ name, message }: Error, err: Io['err']): void {
  if (name !== 'ExperimentalWarning') err(`${name}: ${message}\n`);
}

/** The runner of GitHub Actions takes commands from any line of a log: `::stop-commands::`, `##[error]`. */
function harmlessTo(env: NodeJS.ProcessEnv, text: string): string {
  if (env['GITHUB_ACTIONS'] !== 'true') return text;
  return text.replace(/^([^\S\n]*):(?=:)/gm, '$1\\:').replace(/##(?=\[[a-z])/g, '#\\#');
}
