/** A number with its noun, as people say it: `1 table`, `2,000 tables`. */
export function counted(count: number, noun: string, several = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : several}`;
}
