/** What a command found out, as one document. */
export function jsonOf(found: object): string {
  return `${JSON.stringify(found, null, 2)}\n`;
}
