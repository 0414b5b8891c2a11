import { killAtRandom, victims, type Aftermath } from './kill.ts';

/**
 * Kills the command line, the keeper or the server at random moments, and says what was left after the next command.
 * A run with the same seed chooses the same victims and moments.
 * @returns whether nothing was ever left
 */
export async function faultKills(count = 200, seed = Date.now() % 100_000): Promise<boolean> {
  console.error(`${count} kills, seed ${seed}`);
  const all: Aftermath[] = [];
  for await (const aftermath of killAtRandom(count, seed)) {
    all.push(aftermath);
    if (aftermath.left.length > 0)
      console.error(`kill ${all.length}: ${aftermath.victim}: ${aftermath.left.join('; ')}`);
  }
  console.log('| killed | times | left something |');
  console.log('| --- | --- | --- |');
  for (const victim of victims) {
    const of = all.filter((aftermath) => aftermath.victim === victim);
    console.log(`| ${victim} | ${of.length} | ${of.filter(({ left }) => left.length > 0).length} |`);
  }
  return all.every(({ left }) => left.length === 0);
}
