#!/usr/bin/env node
/** `drydock exec` as a single file for machines without Drydock: see bundle.ts. */
import { parseArgs } from 'node:util';
import { exitCodes, messageOf } from '../ops/errors.ts';
import { exec } from './exec.ts';
import type { Io } from './io.ts';
import { printError } from './print-error.ts';
import { ioOf } from './process-io.ts';

const usage = 'Usage: dbexec FILE.sql... [--env FILE] [--no-stop-on-error] [--json]\n';

process.exitCode = await main(ioOf(process), process.argv.slice(2));

async function main(io: Io, argv: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        env: { type: 'string' },
        'no-stop-on-error': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return say(io.out, exitCodes.go);
    if (positionals.length === 0) return say(io.err, exitCodes.usage);
    return await exec(io, positionals, {
      env: values.env,
      stopOnError: !values['no-stop-on-error'],
      json: values.json,
    });
  } catch (error) {
    if (isUsageError(error)) return say((text) => io.err(`${messageOf(error)}\n${text}`), exitCodes.usage);
    return printError(error, io);
  }
}

function say(print: (text: string) => void, exitCode: number): number {
  print(usage);
  return exitCode;
}

function isUsageError(error: unknown): boolean {
  return error instanceof TypeError && String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
}
