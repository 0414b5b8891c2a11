import { killAtRandom, victims, type Aftermath } from './kill.ts';

/**
 * `npm run faults [COUNT] [SEED]`: kills the command line, the keeper or the server at random moments, COUNT times in all,
 * and says what was left after the next command. A run with the same seed chooses the same victims and moments.
 */
const [count = '200', seed = String(Date.now() % 100_000)] = process.argv.slice(2);

console.error(`${count} kills, seed ${seed}`);
const all: Aftermath[] = [];
for await (const aftermath of killAtRandom(Number(count), Number(seed))) {
  all.push(aftermath);
  if (aftermath.left.length > 0) console.error(`kill ${all.length}: ${aftermath.victim}: ${aftermath.left.join('; ')}`);
}
console.log('| killed | times | left something |');
console.log('| --- | --- | --- |');
for (const victim of victims) {
  const of = all.filter((aftermath) => aftermath.victim === victim);
  console.log(`| ${victim} | ${of.length} | ${of.filter(({ left }) => left.length > 0).length} |`);
}
process.exitCode = all.some(({ left }) => left.length > 0) ? 1 : 0;
