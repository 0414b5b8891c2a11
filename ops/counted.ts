/** A number with its noun, as people say it: `1 table`, `2,000 tables`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
