import { disasters } from './disaster.ts';

/**
 * Makes each disaster happen once: a full disk, deleted files, stolen ports, jumping clocks.
 * @returns whether nothing was ever left
 */
export async function faultDisasters(): Promise<boolean> {
  console.log('| disaster | exit codes | left |');
  console.log('| --- | --- | --- |');
  let isClean = true;
  for (const [name, happen] of Object.entries(disasters)) {
    const { exits, left } = await happen();
    console.log(`| ${name} | ${exits.join(', ')} | ${left.join('; ') || 'nothing'} |`);
    isClean &&= left.length === 0;
  }
  return isClean;
}
