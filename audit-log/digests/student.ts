/**
 * How likely Student's t with so many degrees of freedom lies as far from 0 as `t`, on either side.
 * The finite series for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4).
 */
export function twoSidedTail(t: number, degrees: number): number {
  const angle = Math.atan(Math.abs(t) / Math.sqrt(degrees));
  const cosine = Math.cos(angle);
  const isOdd = degrees % 2 === 1;
  let [term, sum] = isOdd ? [cosine, cosine] : [1, 1];
  for (let k = isOdd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k;
    sum += term;
  }
  if (!isOdd) return 1 - Math.sin(angle) * sum;
  return 1 - (2 / Math.PI) * (angle + (degrees > 1 ? Math.sin(angle) * sum : 0));
}

/** Which of many tests to believe so that, of those believed, no more than `rate` are false on average (Benjamini-Hochberg). */
export function discoveries(probabilities: readonly number[], rate: number): boolean[] {
  const sorted = [...probabilities].sort((a, b) => a - b);
  const last = sorted.findLastIndex((p, rank) => p <= (rate * (rank + 1)) / sorted.length);
  const limit = last < 0 ? -1 : sorted[last]!;
  return probabilities.map((p) => p <= limit);
}
