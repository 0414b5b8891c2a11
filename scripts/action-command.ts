import { join } from 'node:path';
import { execa } from 'execa';
import type { ActionInputs } from './action-inputs.ts';
import type { Io } from './io.ts';

/** What a command other than `run` came to. */
export interface CommandResult {
  readonly exitCode: number;
  /** Its results, redacted. */
  readonly text: string;
}

/** Does any other command of the command line, and shows it in the log as it goes. */
export async function runCommand(io: Io, { command, config }: ActionInputs): Promise<CommandResult> {
  const program = execa(process.execPath, [join(import.meta.dirname, 'drydock.js'), ...command, '--config', config], {
    cwd: io.cwd,
    reject: false,
    cancelSignal: io.signal,
    stdin: 'ignore',
  });
  let text = '';
  const show = (chunk: unknown) => {
    text += String(chunk);
    // it has made its lines harmless itself, and a mask among them has to reach the runner as it is
    io.secret(io.redactor.redact(String(chunk)));
  };
  program.stdout.on('data', show);
  program.stderr.on('data', show);
  const { exitCode } = await program;
  return { exitCode: exitCode ?? 1, text: io.redactor.redact(text) };
}
