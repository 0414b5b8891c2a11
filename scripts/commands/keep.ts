import type { Command } from '../command.ts';
import type { KeeperMessage } from '../launch-keeper.ts';

/** The keeper's own process, started by `up` and `run --keep`; nobody types it. */
export const keep: Command = {
  name: 'keep',
  summary: 'keep an instance until its time is over',
  example: 'drydock up --ttl 8h',
  hidden: true,
  options: [
    { flags: '--run-id <id>', summary: 'the name of the instance' },
    { flags: '--ttl <duration>', summary: 'how long it may live' },
    { flags: '--port <port>', summary: 'where it listens' },
    { flags: '--provider <name>', summary: 'where it comes from' },
  ],

  async run(io, options) {
    const { openWorkplace } = await import('../workplace.ts');
    const { keep: keepInstance } = await import('../../stage/keeper/index.ts');
    const { parseDuration } = await import('../../ops/config/index.ts');
    const { errorReport } = await import('../../stage/error-report.ts');
    const { exitCodes } = await import('../../ops/errors.ts');

    const channel = launcherChannel(io.signal);
    try {
      const { project, provider, home, place, redactor } = await openWorkplace(io, options);
      await keepInstance({
        provider,
        home,
        runId: String(options['runId']),
        admin: project.config.admin,
        project: project.config.project,
        projectFile: project.file,
        database: project.config.database,
        ttlMs: parseDuration(String(options['ttl'])),
        place: { ...place, redactor },
        pid: process.pid,
        signal: channel.signal,
        now: io.now,
        note: (note) => channel.say({ note }),
        ready: (ready) => channel.say({ ready }),
        ...(options['port'] === undefined ? {} : { port: Number(options['port']) }),
      });
      return exitCodes.go;
    } catch (error) {
      const { code, message, hint } = errorReport(error);
      channel.say({ error: { code, message, hint: hint ?? undefined } });
      throw error;
    } finally {
      // an open channel would keep this process alive
      if (process.connected) process.disconnect();
    }
  },
};

/** The line to the command that launched us. If that command is gone before we are ready, nobody will take us down. */
function launcherChannel(stopped: AbortSignal): { signal: AbortSignal; say(message: KeeperMessage): void } {
  const orphaned = new AbortController();
  let isReady = false;
  const noteLoss = () => {
    if (!isReady) orphaned.abort(new Error('the command that launched this keeper is gone'));
  };
  process.once('disconnect', noteLoss);
  // it may have gone before anybody listened
  if (!process.connected) noteLoss();
  return {
    signal: AbortSignal.any([stopped, orphaned.signal]),
    say(message) {
      if (!process.connected) return;
      isReady ||= 'ready' in message;
      process.send!(message);
    },
  };
}
