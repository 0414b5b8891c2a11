import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseDuration } from '../../ops/config/index.ts';
import { measured } from '../measurement.ts';
import type { Phase } from './context.ts';

/** Dumps hold what the target held, personal data too: one that is older than `keep` goes, never the newest. */
export const oldBackups: Phase = {
  name: 'old-backups',
  title: 'Remove dumps that are too old',

  async run(context) {
    const { project, targetName, isDryRun, now } = context.order;
    const { backup } = project.config.promotion;
    if ('external' in backup) return 'the backup is kept by others';
    if (isDryRun) return 'nothing was changed';
    const folder = resolve(project.root, backup.folder);
    const before = new Date(now().getTime() - parseDuration(backup.keep));
    const old = dumpsOf(await readdir(folder), targetName).filter(({ madeAt }) => madeAt < before);
    const kept = await removeAll(old.map(({ name }) => join(folder, name)));
    context.measurements.push(
      measured({
        id: 'promotion/old-backups',
        title: 'No dump is older than is allowed',
        severity: 'warning',
        examined: old.length,
        violations: kept.length,
        findings: kept.map(({ file, reason }) => ({ level: 'warning', object: file, detail: `is kept: ${reason}` })),
      }),
    );
    return `${old.length - kept.length} from before ${before.toISOString()} removed from ${folder}`;
  },
};

/** The dumps of one target, but for the newest; another target's name may begin with this one's. */
function dumpsOf(names: readonly string[], target: string): { name: string; madeAt: Date }[] {
  const stamp = /^-promote-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{8}\.dump$/;
  return names
    .filter((name) => name.startsWith(target))
    .toSorted()
    .flatMap((name) => {
      const parts = stamp.exec(name.slice(target.length));
      if (!parts) return [];
      const [, year, month, day, hour, minute, second] = parts;
      return [{ name, madeAt: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) }];
    })
    .slice(0, -1);
}

async function removeAll(files: readonly string[]): Promise<{ file: string; reason: string }[]> {
  const attempts = await Promise.all(
    files.map((file) =>
      rm(file).then(
        () => [],
        (error: Error) => [{ file, reason: error.message }],
      ),
    ),
  );
  return attempts.flat();
}
