import { faultEvents } from './events.ts';

/** `npm run faults [NAME [SEEDS [FIRST]]]`: what CI tries with a few seeds, with as many as wanted. */
const faults: Record<string, (seeds?: number, first?: number) => Promise<boolean>> = { events: faultEvents };

const [wanted, ...numbers] = process.argv.slice(2);
for (const [name, fault] of Object.entries(faults)) {
  if (wanted !== undefined && wanted !== name) continue;
  const [seeds, first] = numbers.map(Number);
  if (!(await fault(seeds, first))) process.exitCode = 1;
}
