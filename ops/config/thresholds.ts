import { DrydockError } from '../errors.ts';
import type { Project } from './load.ts';

/**
 * The project with the thresholds that its environment sets, which come before those of the file.
 * @throws CONFIG_THRESHOLD when a variable holds no whole number
 */
export function withThresholds(project: Project, env: Readonly<Record<string, string | undefined>>): Project {
  const { checks } = project.config;
  const set = Object.entries(checks.thresholdsFrom).flatMap(([check, variable]) => {
    const value = env[variable]?.trim();
    if (!value) return [];
    if (/^\d+$/.test(value)) return [[check, Number(value)]];
    throw new DrydockError(
      'CONFIG_THRESHOLD',
      `${variable} is "${value}", and not a number of violations of ${check}.`,
      {
        hint: 'Set it to a whole number from 0, or unset it.',
      },
    );
  });
  const thresholds = { ...checks.thresholds, ...Object.fromEntries(set) };
  return { ...project, config: { ...project.config, checks: { ...checks, thresholds } } };
}
