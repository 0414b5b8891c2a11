import type { Command } from '../command.ts';
import { clone } from './clone.ts';
import { compare } from './compare.ts';
import { consoleCommand } from './console.ts';
import { contract } from './contract.ts';
import { digest } from './digest.ts';
import { doctor } from './doctor.ts';
import { down } from './down.ts';
import { drift } from './drift.ts';
import { events } from './events.ts';
import { exec } from './exec.ts';
import { fix } from './fix.ts';
import { handoff } from './handoff.ts';
import { init } from './init.ts';
import { inventory } from './inventory.ts';
import { jobs } from './jobs.ts';
import { keep } from './keep.ts';
import { leases } from './leases.ts';
import { lint } from './lint.ts';
import { mcp } from './mcp.ts';
import { perf } from './perf.ts';
import { plan } from './plan.ts';
import { promote } from './promote.ts';
import { ramp } from './ramp.ts';
import { readiness } from './readiness.ts';
import { reap } from './reap.ts';
import { records } from './records.ts';
import { report } from './report.ts';
import { reset } from './reset.ts';
import { revoke } from './revoke.ts';
import { run } from './run.ts';
import { selftest } from './selftest.ts';
import { sign } from './sign.ts';
import { snapshot } from './snapshot.ts';
import { status } from './status.ts';
import { apply, backfill, check, hydrate, ingest, isolate } from './steps.ts';
import { trail } from './trail.ts';
import { up } from './up.ts';
import { url } from './url.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  ...[run, plan, lint, up, status, url, down, doctor],
  ...[apply, backfill, hydrate, ingest, check, isolate],
  ...[handoff, mcp, leases, revoke, reap, clone, reset],
  ...[init, contract, selftest, perf, fix, exec, trail, inventory, snapshot, compare],
  ...[readiness, sign, promote, ramp, drift],
  ...[events, records, digest, report, jobs, consoleCommand],
  keep,
];
