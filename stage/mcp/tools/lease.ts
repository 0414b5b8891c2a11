import { z } from 'zod';
import { leaseTimeLeft } from '../../leases/index.ts';
import { tool } from '../tool.ts';

/** What is left of the lease. */
export const leaseStatus = tool({
  name: 'lease_status',
  title: 'Show the lease',
  description:
    'Shows as whom you work, until when (the operator can move that), how many seconds are left, and the budgets.',
  input: z.strictObject({}),
  readsOnly: true,

  async run(_input, { parts: { lease, limits, now }, loan, signal }) {
    const leftMs = await loan.with(signal, (session) => leaseTimeLeft(session));
    const { role, profile, database, lentTo } = lease;
    const left = leftMs ?? 0; // a lease has an end as long as it has a login
    const expiresAt = new Date(now().getTime() + left).toISOString();
    return { role, profile, database, lentTo, expiresAt, secondsLeft: Math.max(0, Math.round(left / 1000)), limits };
  },
});

/** The end, before its time. */
export const leaseClose = tool({
  name: 'lease_close',
  title: 'Give the lease back',
  description:
    'Ends your lease now: its sessions, its rights, its login. Call it when you are done; nothing works afterwards.',
  input: z.strictObject({}),
  readsOnly: false,

  async run(_input, { parts: { lease }, loan }) {
    await loan.end('its holder gave it back');
    return { role: lease.role, ended: true };
  },
});
