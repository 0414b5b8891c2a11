/**
 * A gateway on a failing disk with a jumping clock: appends events and names each on stdout once it is accepted, and each
 * fault when it strikes. It ends with whoever started it.
 */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { newEvent, openEventStore, realDisk, type Disk } from '../../audit-log/events/index.ts';
import { targetOfUrl } from '../../ops/postgres/index.ts';
import { chance, stormHost, struck, type Faults } from './event-faults.ts';

const { directory, seed, faults } = JSON.parse(process.argv[2]!) as { directory: string; seed: number; faults: Faults };
const random = chance(seed);
const stdout = 1;
process.stdin.resume().once('close', () => process.exit());

/** Some jumps lead to days that have no partition. */
const farthestJumpMs = 40 * 86_400_000;
const now = () => new Date(Date.now() + (strikes('clockJump') ? (random() - 0.5) * 2 * farthestJumpMs : 0));
await using store = await openEventStore({
  backend: 'auto',
  directory,
  target: targetOfUrl(process.env['DATABASE_URL']!, 'DATABASE_URL'),
  host: stormHost,
  disk: failingDisk(),
  cooldownMs: 10,
  now,
  note() {},
});
for (let n = 0; ; n += 1) {
  const event = newEvent(callOf(n), now());
  if (store.append(event) === 'accepted') writeSync(stdout, `${event.event_id}\n`);
  if (n % 50 === 49) await sleep(1);
  if (n % 500 === 499) await store.flush().catch(() => {}); // a disk that failed twice is one of the faults
}

function callOf(n: number) {
  return {
    req_id: `req-${n}`,
    workspace_id: 'ws-1',
    user_id: `user-${n % 10}`,
    agent_id: 'sofiia',
    tool: `tool-${n % 5}`,
    action: 'call',
    status: 'pass' as const,
  };
}

function strikes(fault: keyof Faults): boolean {
  if (random() >= faults[fault]) return false;
  writeSync(stdout, `${struck}${fault}\n`);
  return true;
}

/** Now and then a write takes half a line and fails, or a sync fails. */
function failingDisk(): Disk {
  return {
    ...realDisk,
    write(descriptor, bytes, offset) {
      if (!strikes('fullDisk')) return realDisk.write(descriptor, bytes, offset);
      realDisk.write(descriptor, bytes.subarray(0, offset + Math.floor((bytes.length - offset) * random())), offset);
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    },
    async sync(descriptor) {
      if (strikes('failedSync')) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
      await realDisk.sync(descriptor);
    },
  };
}
