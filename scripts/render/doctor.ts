import { styleText } from 'node:util';
import type { Look } from '../../stage/doctor.ts';

const marks: Record<Look['state'], [mark: string, style: 'green' | 'yellow' | 'red']> = {
  good: ['✔', 'green'],
  absent: ['·', 'yellow'],
  lacking: ['✖', 'red'],
};

/** A line for each thing looked at, with the remedy where there is something to mend. */
export function looksText(looks: readonly Look[]): string {
  const width = Math.max(...looks.map(({ what }) => what.length));
  return looks.map((look) => lineOf(look, width)).join('');
}

function lineOf({ what, state, seen, remedy }: Look, width: number): string {
  const [mark, style] = marks[state];
  return `${styleText(style, mark)} ${what.padEnd(width)}  ${seen}${remedy ? `. ${remedy}` : ''}\n`;
}
