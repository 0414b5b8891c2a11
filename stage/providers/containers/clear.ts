import { hostname } from 'node:os';
import { DrydockError, messageOf } from '../../../ops/errors.ts';
import type { Host } from '../host.ts';
import { checkHome } from '../home.ts';
import type { StartOrder, SweptInstance } from '../provider.ts';
import { runLabel } from './container.ts';
import { Engine } from './engine.ts';
import { Seat } from './seat.ts';

const homeLabel = 'drydock.home';

/** Run ids are unique within a home only. */
export function labelsOf(home: string, runId: string): Record<string, string> {
  return { [runLabel]: runId, [homeLabel]: home };
}

/** A name at a fixed port is taken once; at any free one the run id is added, so that runs never meet. */
export function nameFor({ port, runId }: StartOrder, name: string): string {
  return port === undefined ? `${name}-${runId}` : name;
}

/** Several machines, and containers, may share an engine, each with a home of the same name. */
const machineLabel = 'drydock.machine';

/** The container that the owner runs in, where it does. */
const ownerContainerLabel = 'drydock.owner-container';
const noContainer = 'none';

/** Told to people who look at containers, and to whoever clears what nobody owns. */
export function tagsOf({ keptBy }: StartOrder, { own }: Engine) {
  return {
    [machineLabel]: hostname(),
    [ownerContainerLabel]: own?.id ?? noContainer,
    'drydock.owner': keptBy?.owner ?? 'a run',
    'drydock.expires': keptBy?.expiresAt ?? 'with its run',
  };
}

/**
 * Containers first: as long as one is there, the seat leads the next sweep to it.
 * @throws PROVIDER_CONTAINER_LEFT
 */
export async function clear(engine: Engine, seat: Seat, home: string): Promise<number> {
  try {
    const ended = await engine.removeLabelled(labelsOf(home, seat.runId));
    await seat.remove();
    return ended;
  } catch (cause) {
    throw new DrydockError(
      'PROVIDER_CONTAINER_LEFT',
      `The container of run ${seat.runId} may still be there: ${messageOf(cause)}.`,
      {
        hint: 'Once the Docker engine answers, the next drydock command removes it; "drydock doctor" says so until then.',
        cause,
      },
    );
  } finally {
    seat.release();
  }
}

/**
 * Removes the containers of this machine's home whose seats are gone, as they are when somebody emptied the home.
 * @returns the runs that they belonged to
 */
export async function removeUnowned(
  home: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  await using engine = await Engine.open(env);
  const seated = await Seat.runs(home);
  const found = await engine.listLabelled({ [homeLabel]: home, [machineLabel]: hostname() });
  const runs = [...new Set(found.map(({ run }) => run))].filter((run) => !seated.includes(run));
  for (const run of runs) await engine.removeLabelled(labelsOf(home, run));
  return runs;
}

/**
 * Removes the containers whose owner ran in a container that has ended: its home, which would lead to them, went with it.
 * @param note told of each run that is cleared
 */
export async function clearAbandoned(engine: Engine, note: StartOrder['note']): Promise<void> {
  for (const { run, labels } of await engine.listLabelled({ [ownerContainerLabel]: undefined })) {
    const owner = labels[ownerContainerLabel]!;
    if (owner === noContainer || (await engine.runs(owner))) continue;
    await engine.removeLabelled(labelsOf(labels[homeLabel] ?? '', run));
    note?.(`cleared the leftovers of run ${run}: the container that its drydock ran in has ended`);
  }
}

/**
 * Removes the containers whose owners are gone. Asks no engine when there are none; what cannot be cleared, because the
 * engine is down for instance, is in the answer and stays for the next sweep.
 */
export async function sweepContainers(
  home: string,
  host: Host,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SweptInstance[]> {
  const dead = await Seat.takeOverDead(home);
  if (dead.length === 0) return [];
  await checkHome(home, host);
  return Promise.all(
    dead.map(async (seat) => {
      const { runId } = seat;
      try {
        await using engine = await Engine.open(env);
        return { runId, processesEnded: await clear(engine, seat, home) };
      } catch (error) {
        seat.release();
        return { runId, processesEnded: 0, problem: error as Error };
      }
    }),
  );
}
