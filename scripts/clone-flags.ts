import { parseDuration } from '../ops/config/index.ts';
import { DrydockError } from '../ops/errors.ts';
import type { Options } from './command.ts';

/** @throws USAGE_CLONE when flags are given that have nothing to say here */
export function refuseContradiction(options: Options, name: string | undefined): void {
  const given = ['ttl', 'live', 'endSessions', 'drop'].filter((flag) => options[flag] !== undefined);
  if (name === undefined && given.length > 0) throw wrong('A clone is made, or dropped, by its name.');
  if (options['drop'] && given.length > 1) throw wrong('--drop takes no other flag.');
  if (options['endSessions'] && !options['live']) throw wrong('--end-sessions belongs to --live.');
}

/**
 * How long a clone may live: no longer than the staging that it is part of.
 * @throws USAGE_TTL
 */
export function lifeOf({ ttl }: Options, stagingEnds: Date, now: Date): { ttlMs?: number } {
  if (typeof ttl !== 'string') return {};
  const ttlMs = parseDuration(ttl);
  if (ttlMs > 0 && now.getTime() + ttlMs <= stagingEnds.getTime()) return { ttlMs };
  throw new DrydockError('USAGE_TTL', `A clone lives until its staging ends (${stagingEnds.toISOString()}) at most.`, {
    hint: 'Ask for less; without --ttl it lives as long as the staging.',
  });
}

function wrong(message: string): DrydockError {
  return new DrydockError('USAGE_CLONE', message, { hint: 'See "drydock clone --help".' });
}
