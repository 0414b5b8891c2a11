import { join, relative } from 'node:path';
import * as core from '@actions/core';
import { DrydockError, exitCodes } from '../ops/errors.ts';
import { Redactor } from '../ops/redact.ts';
import type { Report } from '../stage/report.ts';
import { run, type RunObserver } from '../stage/run.ts';
import { ioOf } from './process-io.ts';
import { annotationsOf, gateCounts, summaryMarkdown } from './render/github.ts';
import { openWorkplace } from './workplace.ts';

/** Tells the runner about a secret before anybody can print it. */
class MaskingRedactor extends Redactor {
  override add(secret: string): void {
    core.setSecret(secret);
    super.add(secret);
  }
}

/** The step `Rehearse` of the composite action: inputs come as variables, results go to outputs and the summary. */
async function main(): Promise<number> {
  const io = ioOf(process, new MaskingRedactor());
  const { DRYDOCK_CONFIG: config = 'ops/drydock.yaml', DRYDOCK_DRY_RUN: dryRun, GITHUB_WORKSPACE: workspace } = io.env;
  try {
    const order = await openWorkplace(io, { config, json: false, dryRun: dryRun !== 'false' });
    const report = await run({ ...order, observer: grouped });
    const root = relative(workspace ?? io.cwd, order.project.root);
    annotate(report, root);
    setOutputs(report, join(order.place.runs, report.runId, 'report.json'));
    await core.summary.addRaw(summaryMarkdown(report)).write();
    return exitCodes[report.outcome];
  } catch (error) {
    core.error(io.redactor.redact(error instanceof Error ? error.message : String(error)));
    return error instanceof DrydockError ? error.exitCode : exitCodes.failed;
  }
}

/** A group per step, so that the log is a list of steps. */
const grouped: RunObserver = {
  stepStarted: (title) => core.startGroup(title),
  progress: (line) => core.info(line),
  stepFinished({ name, status, durationMs, summary }) {
    core.info(`${status} in ${durationMs} ms: ${summary}`);
    core.endGroup();
    if (status === 'failed' || status === 'blocked') core.info(`✖ ${name}: ${summary}`);
  },
};

function annotate(report: Report, root: string): void {
  for (const { level, message, title, file, line } of annotationsOf(report)) {
    const place = { title, ...(file && { file: join(root, file) }), ...(line && { startLine: line }) };
    if (level === 'error') core.error(message, place);
    else core.warning(message, place);
  }
}

function setOutputs(report: Report, path: string): void {
  core.setOutput('outcome', report.outcome);
  core.setOutput('run-id', report.runId);
  core.setOutput('report', path);
  core.setOutput('trail-sha256', report.trail?.sha256 ?? '');
  core.setOutput('gates', JSON.stringify(gateCounts(report)));
}

process.exitCode = await main();
