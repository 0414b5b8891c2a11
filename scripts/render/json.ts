/** What a command found out, as one document. */
export function jsonOf(found: unknown): string {
  return `${harmless(JSON.stringify(found, null, 2))}\n`;
}

/** The same on one line. */
export function jsonLine(found: unknown): string {
  return `${harmless(JSON.stringify(found))}\n`;
}

/** What JSON leaves as it is and a terminal obeys, or the runner of GitHub Actions. */
const obeyed = /[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]|(?<=##)\[(?=[a-z])/gu;

/** The same values for who reads JSON: such characters stand inside texts only, where they can be escaped. */
function harmless(json: string): string {
  return json.replace(obeyed, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
