import type { Config } from '../../ops/config/index.ts';
import { serverMessage, type Session } from '../../ops/postgres/index.ts';
import type { Fault } from './faults.ts';
import { hearChecks, hearProbes, type Catch, type Witness } from './witnesses.ts';

export interface Planted {
  readonly fault: Fault;
  readonly catches: readonly Catch[];
  /** Why it could not be planted at all: the database itself refused. */
  readonly refused: string | undefined;
}

/** Plants a fault in a transaction of its own, asks every witness, and takes it back. */
export async function plant(
  session: Session,
  config: Config,
  witnesses: readonly Witness[],
  fault: Fault,
): Promise<Planted> {
  return session.rolledBack(async () => {
    try {
      await session.script(fault.plant);
    } catch (error) {
      return { fault, catches: [], refused: serverMessage((error as Error).cause ?? error) };
    }
    const catches = await hearChecks(session, witnesses);
    return {
      fault,
      catches: [...catches, ...(await hearProbes(session, config, fault.faultClass))],
      refused: undefined,
    };
  });
}
