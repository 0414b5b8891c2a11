import type { Command } from '../command.ts';

/** SQL files for operators who have no psql. */
export const exec: Command = {
  name: 'exec',
  summary: 'run SQL files in one transaction, where the PG* variables point',
  example: 'drydock exec fix.sql --env .env.staging',
  arguments: [{ name: '<files...>', summary: 'in this order' }],
  options: [
    { flags: '--env <file>', summary: 'a file of PG* variables; PSQL_ENV names one too' },
    { flags: '--no-stop-on-error', summary: 'take back a file that fails, and keep the others' },
  ],

  async run(io, options, files) {
    const { exec: execute } = await import('../exec.ts');
    const env = typeof options['env'] === 'string' ? options['env'] : undefined;
    return execute(io, files, { env, stopOnError: options['stopOnError'] !== false, json: options.json });
  },
};
