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

function pictureOf(character: string): string {
  const point = character.codePointAt(0)!;
  if (point < 0x20) return String.fromCodePoint(0x2400 + point);
  if (point === 0x7f) return '␡';
  return `⟨U+${point.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
