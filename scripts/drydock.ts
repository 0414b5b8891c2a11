/** The command line; `drydock.js` beside it is what starts it. */
import { Command as Program, CommanderError, Option, Argument } from 'commander';
import { exitCodes } from '../ops/errors.ts';
import type { Command, Options } from './command.ts';
import { commands } from './commands/index.ts';
import type { Io } from './io.ts';
import { recorded } from './own-events.ts';
import { printError } from './print-error.ts';
import { ioOf } from './process-io.ts';
import { usualPlaces } from './project-file.ts';

process.exitCode = await main(process.argv);

/** argv -> command -> exit code */
async function main(argv: string[]): Promise<number> {
  const io = ioOf(process);
  let exitCode: number = exitCodes.go;
  const program = new Program('drydock')
    .description(
      'Rehearses database housekeeping in a disposable Postgres 16 and proves whether it is safe to promote.',
    )
    .version(`drydock ${(await import('../package.json', { with: { type: 'json' } })).default.version}`)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeErr: (text) => io.err(text), writeOut: (text) => io.out(text) });
  for (const command of commands) {
    addCommand(program, command, async (options, args) => {
      const { clearLeftovers } = await import('./workplace.ts');
      const { warnOfTheEnd } = await import('./lease-warning.ts');
      await clearLeftovers(io);
      await warnOfTheEnd(io);
      exitCode = await recorded(io, options, command.name, () => command.run(io, options, args));
    });
  }
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    return exitCodeOf(error, io);
  }
}

function addCommand(
  program: Program,
  command: Command,
  act: (options: Options, args: string[]) => Promise<void>,
): void {
  const sub = program
    .command(command.name, { hidden: command.hidden ?? false })
    .description(command.summary)
    .option('--config <file>', `the project file; without it ${usualPlaces.join(', else ')}`)
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText('after', `\nExample:\n  ${command.example}`)
    .showHelpAfterError(`See "drydock ${command.name} --help".`);
  for (const { name, summary, choices } of command.arguments ?? []) {
    const argument = new Argument(name, summary);
    sub.addArgument(choices ? argument.choices(choices) : argument);
  }
  for (const { flags, summary, default: value } of command.options ?? []) {
    const option = new Option(flags, summary);
    sub.addOption(value === undefined ? option : option.default(value));
  }
  sub.action((...given) =>
    act(
      sub.opts<Options>(),
      given
        .slice(0, -2)
        .flat()
        .filter((arg) => arg !== undefined),
    ),
  );
}

function exitCodeOf(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.go : exitCodes.usage;
  return printError(error, io);
}
