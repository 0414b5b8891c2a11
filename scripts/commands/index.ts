import type { Command } from '../command.ts';
import { run } from './run.ts';
import { selftest } from './selftest.ts';
import { trail } from './trail.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [run, selftest, trail];
