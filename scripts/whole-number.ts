import { DrydockError } from '../ops/errors.ts';
import type { Options } from './command.ts';

/**
 * The value of a flag that takes a whole number.
 * @param name as in `options`: windowHours for --window-hours
 * @throws USAGE_NUMBER when it is not from 1 to `most`
 */
export function wholeNumber(options: Options, name: string, most?: number): number {
  const number = Number(options[name]);
  if (Number.isInteger(number) && number >= 1 && number <= (most ?? number)) return number;
  throw new DrydockError('USAGE_NUMBER', `${flagOf(name)} ${String(options[name])} is not a whole number.`, {
    hint: most === undefined ? 'Write a whole number from 1.' : `Write a whole number from 1 to ${most}.`,
  });
}

/** A flag as it is written, from its name in `options`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
