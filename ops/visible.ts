/** Text that is not ours, so that a reader sees what stands in it and no terminal, browser or log obeys it. */

/** Control, format and line-separator characters and lone surrogates: what a reader or a terminal obeys instead of showing. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Replaces what cannot be seen by what can: a line feed by `␊`, an escape by `␛`, a bidirectional override by `⟨U+202E⟩`.
 * @param kept characters to leave as they are
 */
export function visible(text: string, kept = ''): string {
  return text.replace(invisible, (character) => (kept.includes(character) ? character : pictureOf(character)));
}

/** A character as one that can be seen. */
export function pictureOf(character: string): string {
  const point = character.codePointAt(0)!;
  if (point < 0x20) return String.fromCodePoint(0x2400 + point);
  if (point === 0x7f) return '␡';
  return `⟨U+${point.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** What `styleText` puts around our own words: bold, dim, and the colours in use. */
const styles = /(\u001b\[(?:1|2|22|31|32|33|36|39)m)/;

/** Lines of text for a terminal or a log, which obeys nothing of what stands in it but our own colours. */
export function shown(text: string): string {
  const parts = text.replaceAll('\r\n', '\n').split(styles);
  return parts.map((part, at) => (at % 2 === 0 ? visible(part, '\n\t') : part)).join('');
}

/** A value of plain objects, arrays and texts in which every text is one line, so that no name can begin a line of its own. */
export function oneLined<T>(value: T): T {
  return inOneLine(value) as T;
}

function inOneLine(value: unknown): unknown {
  if (typeof value === 'string') return visible(value, '\t');
  if (Array.isArray(value)) return value.map(inOneLine);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inOneLine(inner)]));
}
