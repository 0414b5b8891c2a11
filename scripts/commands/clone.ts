import type { Command, Options } from '../command.ts';
import type { CloneDesk } from '../clone-desk.ts';
import type { Io } from '../io.ts';

/** Copies of the staging for several agents at a time. */
export const clone: Command = {
  name: 'clone',
  summary: 'copy the staging as it was after its last step, for one agent alone; without a name list the clones',
  example: 'drydock clone agent_1 --ttl 2h && drydock handoff --database ehg_stage_agent_1',
  arguments: [{ name: '[name]', summary: 'letters, digits and underscores' }],
  options: [
    { flags: '--ttl <duration>', summary: 'how long it may live; as long as the staging without it' },
    { flags: '--live', summary: 'copy the staging as it is now; nobody else may be in it' },
    { flags: '--end-sessions', summary: 'with --live: end the sessions of whoever is in the staging' },
    { flags: '--drop', summary: 'drop the clone of that name, and end its leases' },
  ],

  async run(io, options, [name]) {
    const { openCloneDesk } = await import('../clone-desk.ts');
    const { refuseContradiction } = await import('../clone-flags.ts');
    refuseContradiction(options, name);
    await using desk = await openCloneDesk(io, options);
    if (name === undefined) return await list(io, options, desk);
    return await (options['drop'] ? drop(io, options, desk, name) : make(io, options, desk, name));
  },
};

async function list(io: Io, options: Options, { server, database }: CloneDesk): Promise<number> {
  const { listClones, templateOf } = await import('../../stage/clones/index.ts');
  const { clonesJson, clonesText } = await import('../render/clones.ts');
  const { exitCodes } = await import('../../ops/errors.ts');
  const found = { template: (await templateOf(server, database)) ?? null, clones: await listClones(server, database) };
  const { oneLined } = await import('../../ops/visible.ts');
  io.out(options.json ? clonesJson(found) : clonesText(oneLined(found)));
  return exitCodes.go;
}

async function make(io: Io, options: Options, desk: CloneDesk, name: string): Promise<number> {
  const { makeClone, takeTemplate, warmUp } = await import('../../stage/clones/index.ts');
  const { serverTime } = await import('../../stage/leases/index.ts');
  const { lifeOf } = await import('../clone-flags.ts');
  const { madeJson, madeText } = await import('../render/clones.ts');
  const { exitCodes } = await import('../../ops/errors.ts');
  const { server, database, actor: by } = desk;
  const life = lifeOf(options, desk.stagingEnds, io.now());
  if (options['live']) {
    await takeTemplate(server, { database, after: null, endSessions: Boolean(options['endSessions']), now: io.now() });
  }
  const begunAt = performance.now();
  const made = await makeClone(server, { database, name, by, now: await serverTime(server), ...life });
  const durationMs = Math.round(performance.now() - begunAt);
  io.out(options.json ? madeJson(made, desk.at, durationMs) : madeText(made, desk.at, durationMs));
  // what a reset puts back is the new template from now on
  if (options['live']) await warmUp(server, database);
  return exitCodes.go;
}

async function drop(io: Io, options: Options, desk: CloneDesk, name: string): Promise<number> {
  const { dropClone } = await import('../../stage/clones/index.ts');
  const { noteEnds } = await import('../../stage/leases/index.ts');
  const { droppedJson, droppedText } = await import('../render/clones.ts');
  const { exitCodes } = await import('../../ops/errors.ts');
  const { server, database, actor: by, logFile, place } = desk;
  const dropped = await dropClone(server, { database, name, by, logFile });
  await noteEnds(place, io.now(), { ended: dropped.leases, stuck: [] });
  io.out(options.json ? droppedJson(dropped) : droppedText(dropped));
  return exitCodes.go;
}
