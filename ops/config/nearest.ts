import leven from 'leven';

/** The known name most like the given one, if any is like it at all. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((name) => ({ name, distance: leven(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const limit = Math.max(2, Math.floor(given.length / 3));
  return best && best.distance <= limit ? best.name : undefined;
}
