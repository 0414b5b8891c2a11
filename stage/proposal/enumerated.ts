/** More than this, and nobody reads the sentence. */
const shown = 12;

/** Things in one sentence, each once, and the number of those that are left out. */
export function enumerated(items: readonly string[]): string {
  const all = [...new Set(items)];
  const rest = all.length - shown;
  return `${all.slice(0, shown).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}
