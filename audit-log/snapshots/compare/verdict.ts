import type { SignalComparison } from './signals.ts';
import type { TableComparison } from './table.ts';

/** `go` when nothing changed, `no-go` when something did, `unproven` when something could not be compared. */
export type Verdict = 'go' | 'no-go' | 'unproven';

export function verdictOf(tables: readonly TableComparison[], signals: SignalComparison | null): Verdict {
  const deltas = [...(signals?.strict ?? []), ...(signals?.changed ?? [])];
  const isChanged =
    tables.some((table) => table.not_compared === null && hasChanged(table)) ||
    deltas.some(({ delta }) => delta !== null && delta !== 0);
  if (isChanged) return 'no-go';
  const isUnknown =
    tables.some(({ not_compared }) => not_compared !== null) || deltas.some(({ delta }) => delta === null);
  return isUnknown || tables.length === 0 ? 'unproven' : 'go';
}

function hasChanged({ changes, rows, columns }: TableComparison): boolean {
  return (
    rows.delta !== 0 ||
    columns.added.length + columns.removed.length > 0 ||
    (changes !== null && changes.added + changes.removed + changes.changed > 0)
  );
}
