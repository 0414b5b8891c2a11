import type { Promotion } from './promotion.ts';

/** What to do to take back exactly this promotion; what is not known stands as a word in capitals. */
export function rollbackOf(promotion: Omit<Promotion, 'rollback'>): string[] {
  const { state, backup, position, database, migrations, startedAt } = promotion;
  if (state === 'untouched') return ['Nothing: the target is as it was.'];
  if (state === 'unknown')
    return ['Run "drydock promote" again: it finds out whether the change is in before it does anything.'];
  return [
    'Stop the ingest (VH_INGEST_ENABLED=false), and whatever else writes.',
    ...(backup?.kind === 'dump'
      ? [
          `Make sure of the dump: echo '${backup.sha256}  ${backup.file}' | sha256sum --check`,
          `Restore it beside what is there: createdb ${database}_restored && pg_restore --exit-on-error --dbname ${database}_restored ${backup.file}`,
          `When it is what you want: alter database ${database} rename to ${database}_withdrawn; alter database ${database}_restored rename to ${database};`,
        ]
      : []),
    ...(backup?.kind === 'external'
      ? [`Restore ${backup.file} (sha256 ${backup.sha256}) with the tool that made it.`]
      : []),
    ...(position
      ? [
          `With point-in-time recovery instead: the last moment before the change is ${position.at}, at ${position.lsn}.`,
        ]
      : []),
    `Or take the files back one by one, newest first, with migrations that undo them: ${migrations
      .map(({ file }) => file)
      .toReversed()
      .join(', ')}.`,
    `What was written since ${startedAt} is in audit.change_log and not in the backup.`,
  ];
}
