/** One line of a bench's table: ours beside the other, in the same run. */
export interface BenchRow {
  readonly what: string;
  readonly ours: string;
  readonly other: string;
  readonly ratio: string;
  /** What the ratio or the figure should not exceed. */
  readonly bar: string;
}

/** A figure that has nothing to be compared with. */
export const alone = { other: '', ratio: '' };

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/**
 * Measures two ways of doing the same thing, turn by turn, so that a noisy neighbour disturbs both alike.
 * @param rounds after one uncounted round that warms both up
 */
export async function sideBySide(
  rounds: number,
  ours: () => Promise<number>,
  other: () => Promise<number>,
): Promise<{ ours: number; other: number; ratio: number }> {
  const times = { ours: [] as number[], other: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const pair = { ours: await ours(), other: await other() };
    if (round === 0) continue;
    times.ours.push(pair.ours);
    times.other.push(pair.other);
  }
  const medians = { ours: median(times.ours), other: median(times.other) };
  return { ...medians, ratio: medians.ours / medians.other };
}

export function ms(value: number): string {
  return value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${Math.round(value)} ms`;
}

/** The rows as Markdown, ready for README. */
export function markdown(rows: readonly BenchRow[]): string {
  const lines = rows.map(({ what, ours, other, ratio, bar }) => `| ${what} | ${ours} | ${other} | ${ratio} | ${bar} |`);
  return ['| what | Drydock | compared with | ratio | bar |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}
