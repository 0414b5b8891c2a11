import { join } from 'node:path';
import { hostOf } from '../../stage/providers/index.ts';

export const host = hostOf(process);

/** One home for the whole suite, so that initdb runs once; every instance in it has a folder of its own. */
export const testHome = join('/tmp', `drydock-test-${host.uid}`);
