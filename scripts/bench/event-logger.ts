/** Logs as fast as it can, and keeps count of what it is done with where kill -9 cannot reach it. */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import pino from 'pino';
import { newEvent, openEventStore, type ToolEvent } from '../../audit-log/events/index.ts';

const [logger = '', directory = ''] = process.argv.slice(2);
const count = openSync(join(directory, 'count'), 'w');
const log = await openLogger();

for (let done = 1; ; done += 1) {
  log(newEvent(call(done), new Date()));
  writeSync(count, String(done).padStart(8, '0'), 0);
  if (done % 100 === 0) await turn();
}

async function openLogger(): Promise<(event: ToolEvent) => void> {
  if (logger === 'pino') {
    const destination = pino.destination({ dest: join(directory, 'pino.log'), sync: false, minLength: 4096 });
    const log = pino({}, destination);
    return (event) => log.info(event);
  }
  const store = await openEventStore({ backend: 'jsonl', directory, host: 'bench', now: () => new Date(), note() {} });
  return (event) => void store.append(event);
}

function call(n: number) {
  return {
    req_id: `req-${n}`,
    workspace_id: 'ws-1',
    user_id: 'user-1',
    agent_id: 'sofiia',
    tool: 'search',
    action: 'query',
    status: 'pass' as const,
  };
}
