import { DrydockError } from '../ops/errors.ts';

/** The port that a flag names; undefined for any free one. */
export function portFrom(flag: unknown): number | undefined {
  if (flag === undefined || flag === 'any') return undefined;
  const port = Number(flag);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new DrydockError('USAGE_PORT', `"${String(flag)}" is not a port.`, {
    hint: 'Write a number from 1 to 65535, or "any".',
  });
}
