import { faultDisasters } from './disasters.ts';
import { faultEvents } from './events.ts';
import { faultKills } from './kills.ts';

/** `npm run faults [NAME [COUNT [SEED]]]`: what CI tries with a few seeds, with as many as wanted. */
const faults: Record<string, (count?: number, seed?: number) => Promise<boolean>> = {
  kills: faultKills,
  disasters: faultDisasters,
  events: faultEvents,
};

const [wanted, ...numbers] = process.argv.slice(2);
for (const [name, fault] of Object.entries(faults)) {
  if (wanted !== undefined && wanted !== name) continue;
  const [count, seed] = numbers.map(Number);
  if (!(await fault(count, seed))) process.exitCode = 1;
}
