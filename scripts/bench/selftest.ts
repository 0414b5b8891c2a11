import { join } from 'node:path';
import { loadProject } from '../../ops/config/index.ts';
import { Redactor } from '../../ops/redact.ts';
import { embeddedProvider } from '../../stage/providers/index.ts';
import { selftest } from '../../stage/selftest/index.ts';
import { alone, median, ms, type BenchRow } from './measure.ts';
import { benchFolder, host } from './place.ts';

const rounds = 3;

/** How long it takes to plant every fault in the example, and how many of each class are caught. */
export async function benchSelftest(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const project = await loadProject(join(import.meta.dirname, '../../ops/drydock.yaml'));
  const reports = [];
  for (let round = 0; round < rounds; round += 1) {
    reports.push(
      await selftest({
        project,
        provider: embeddedProvider(host),
        home: folder.path,
        settings: { ingest: 'dry-run', actor: 'bench', version: '0' },
        redactor: new Redactor(),
        signal: new AbortController().signal,
        now: () => new Date(),
        progress() {},
      }),
    );
  }
  const { planted, caught, classes } = reports[0]!;
  const took = median(reports.map(({ durationMs }) => durationMs));
  return [
    { what: `selftest of the example, median of ${rounds}`, ours: ms(took), ...alone, bar: '20 s' },
    { what: 'planted faults that are caught', ours: `${caught} of ${planted}`, ...alone, bar: 'all, of 60 or more' },
    ...classes.map(({ name, planted: of, caught: by }) => ({
      what: `… of class ${name}`,
      ours: `${by} of ${of}`,
      ...alone,
      bar: 'all',
    })),
  ];
}
