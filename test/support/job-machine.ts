/** A machine that keeps a schedule: does each job by naming it on stdout, until it is told to end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { keepSchedule } from '../../stage/jobs/index.ts';

const { machine, target, names, schedule, takesMs } = JSON.parse(process.argv[2]!);
const end = new AbortController();
process.once('SIGTERM', () => end.abort(new Error('told to end')));

await keepSchedule({
  target,
  jobs: names.map((name: string) => ({ name, schedule, summary: '', command: [name] })),
  machine,
  signal: end.signal,
  pollSeconds: 1,
  async perform({ name }) {
    console.log(name);
    await sleep(takesMs, undefined, { signal: end.signal }).catch(() => {}); // ended in the middle of it
    return 0;
  },
  onReady: () => console.log('ready'),
  onTrouble: (reason) => console.error(reason),
});
