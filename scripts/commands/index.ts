import type { Command } from '../command.ts';
import { compare } from './compare.ts';
import { contract } from './contract.ts';
import { digest } from './digest.ts';
import { doctor } from './doctor.ts';
import { down } from './down.ts';
import { events } from './events.ts';
import { exec } from './exec.ts';
import { handoff } from './handoff.ts';
import { init } from './init.ts';
import { inventory } from './inventory.ts';
import { jobs } from './jobs.ts';
import { keep } from './keep.ts';
import { leases } from './leases.ts';
import { plan } from './plan.ts';
import { reap } from './reap.ts';
import { revoke } from './revoke.ts';
import { run } from './run.ts';
import { selftest } from './selftest.ts';
import { snapshot } from './snapshot.ts';
import { status } from './status.ts';
import { apply, backfill, check, hydrate, ingest, isolate } from './steps.ts';
import { trail } from './trail.ts';
import { up } from './up.ts';
import { url } from './url.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  ...[run, plan, up, status, url, down, doctor],
  ...[apply, backfill, hydrate, ingest, check, isolate],
  ...[handoff, leases, revoke, reap],
  ...[init, contract, selftest, exec, trail, inventory, snapshot, compare],
  ...[events, digest, jobs],
  keep,
];
