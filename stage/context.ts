import type { Project } from '../ops/config/index.ts';
import { Redactor } from '../ops/redact.ts';
import { Connections } from './connections.ts';
import { adminTarget, type Instance } from './providers/index.ts';
import { RunRecord, type RunSettings, type StepContext } from './step.ts';

/** A context for steps that run outside a run: on an instance of one's own, with a record of one's own. */
export function contextOn(
  instance: Instance,
  project: Project,
  options: { runId: string; settings: RunSettings; signal?: AbortSignal; redactor?: Redactor; now?: () => Date },
): StepContext {
  const { runId, settings, signal = new AbortController().signal, redactor = new Redactor() } = options;
  const connections = new Connections(adminTarget(instance, project.config.database));
  return {
    runId,
    project,
    instance,
    settings,
    redactor,
    signal,
    record: new RunRecord(),
    lease: undefined,
    holder: undefined,
    now: options.now ?? (() => new Date()),
    progress() {},
    connect: ({ database, lease, purpose } = {}) =>
      connections.open('steps', {
        target: lease?.target,
        database,
        probe: purpose === 'probe',
        ...(purpose !== 'clean-up' && { signal }),
      }),
  };
}
