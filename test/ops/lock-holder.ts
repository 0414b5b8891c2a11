/** Holds a lock until it is killed: `node lock-holder.ts PATH`. Says "held" once it has it. */
import { lock } from '../../ops/lock.ts';

await lock(process.argv[2]!);
process.stdout.write('held\n');
setInterval(() => {}, 1000);
