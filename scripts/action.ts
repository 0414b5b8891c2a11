import { join, relative } from 'node:path';
import * as core from '@actions/core';
import { DrydockError, exitCodes } from '../ops/errors.ts';
import { Redactor } from '../ops/redact.ts';
import { visible } from '../ops/visible.ts';
import type { Report } from '../stage/report.ts';
import { writeReports } from '../stage/reports/index.ts';
import type { RunObserver } from '../stage/run-order.ts';
import { run } from '../stage/run.ts';
import { runCommand } from './action-command.ts';
import { readInputs, secretsIn, withLeaseTtl, type ActionInputs } from './action-inputs.ts';
import type { Io } from './io.ts';
import { recorded, recordSteps } from './own-events.ts';
import { ioOf } from './process-io.ts';
import { annotationsOf, commandSummary, gateCounts, summaryMarkdown } from './render/github.ts';
import { withBaseline } from './baseline.ts';
import { openWorkplace } from './workplace.ts';

/** Tells the runner about a secret before anybody can print it. */
class MaskingRedactor extends Redactor {
  override add(secret: string): void {
    core.setSecret(secret);
    super.add(secret);
  }
}

/** The step `Drydock` of the composite action: inputs come as variables, results go to outputs and the summary. */
async function main(): Promise<number> {
  const io = ioOf(process, new MaskingRedactor());
  for (const secret of secretsIn(io)) io.redactor.add(secret);
  try {
    const inputs = readInputs(io);
    if (inputs.command[0] !== 'run') return await command(io, inputs);
    return await recorded(io, { config: inputs.config, json: false }, 'run', () => rehearse(io, inputs));
  } catch (error) {
    core.error(io.redactor.redact(inWords(error)));
    return error instanceof DrydockError ? error.exitCode : exitCodes.failed;
  }
}

async function rehearse(io: Io, inputs: ActionInputs): Promise<number> {
  const { config, provider, dryRun, leaseTtl, spared } = inputs;
  if (spared) core.notice('A dry run leaves the remote server alone: this one ran on an embedded Postgres 16.');
  const workplace = await openWorkplace(io, { config, json: false, dryRun, provider });
  const order = await withBaseline({ ...workplace, project: withLeaseTtl(workplace.project, leaseTtl) }, io);
  const report = await run({ ...order, observer: grouped(io) });
  const within = relative(io.env['GITHUB_WORKSPACE'] ?? io.cwd, order.project.root);
  await writeReports(order.place.runs, report, order.project, io.redactor, within);
  await recordSteps(io, { config, json: false }, report);
  annotate(report, within);
  setOutputs(report, join(order.place.runs, report.runId));
  await core.summary.addRaw(summaryMarkdown(report)).write();
  return exitCodes[report.outcome];
}

async function command(io: Io, inputs: ActionInputs): Promise<number> {
  const { exitCode, text } = await runCommand(io, inputs);
  const outcome = Object.entries(exitCodes).find(([, code]) => code === exitCode)?.[0] ?? 'failed';
  core.setOutput('outcome', outcome);
  await core.summary.addRaw(commandSummary(inputs.command, outcome, text)).write();
  return exitCode;
}

/** A group per step, so that the log is a list of steps. */
function grouped(io: Io): RunObserver {
  // not by core.info, which lets a line give commands to the runner
  const say = (line: string) => io.out(`${visible(line)}\n`);
  return {
    stepStarted: (title) => core.startGroup(title),
    progress: say,
    stepFinished({ name, status, durationMs, summary }) {
      say(`${status} in ${durationMs} ms: ${summary}`);
      core.endGroup();
      if (status === 'failed' || status === 'blocked') say(`✖ ${name}: ${summary}`);
    },
  };
}

function annotate(report: Report, root: string): void {
  for (const { level, message, title, file, line } of annotationsOf(report)) {
    const place = { title, ...(file && { file: join(root, file) }), ...(line && { startLine: line }) };
    if (level === 'error') core.error(message, place);
    else core.warning(message, place);
  }
}

function setOutputs(report: Report, folder: string): void {
  core.setOutput('outcome', report.outcome);
  core.setOutput('run-id', report.runId);
  core.setOutput('folder', folder);
  core.setOutput('report', join(folder, 'report.json'));
  core.setOutput('sarif', join(folder, 'report.sarif'));
  core.setOutput('junit', join(folder, 'report.junit.xml'));
  core.setOutput('predicate', join(folder, 'predicate.json'));
  core.setOutput('trail-sha256', report.trail?.sha256 ?? '');
  core.setOutput('gates', JSON.stringify(gateCounts(report)));
}

function inWords(error: unknown): string {
  if (error instanceof DrydockError) return [`${error.code}: ${error.message}`, error.hint].filter(Boolean).join(' ');
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main();
