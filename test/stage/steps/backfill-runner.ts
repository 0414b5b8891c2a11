/** Runs the backfill step of a project on a database, as a process that can be killed: `node backfill-runner.ts FOLDER TARGET`. */
import { join } from 'node:path';
import { loadProject } from '../../../ops/config/index.ts';
import { Session, type Target } from '../../../ops/postgres/index.ts';
import { RunRecord, type StepContext } from '../../../stage/step.ts';
import { backfill } from '../../../stage/steps/backfill/index.ts';

const [folder = '', target = ''] = process.argv.slice(2);
const context = {
  project: await loadProject(join(folder, 'drydock.yaml')),
  record: new RunRecord(),
  connect: () => Session.open(JSON.parse(target) as Target),
  progress: (line: string) => process.stdout.write(`${line}\n`),
};
await backfill.run(context as unknown as StepContext);
