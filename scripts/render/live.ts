import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import { visible } from '../../ops/visible.ts';
import type { Share } from '../../stage/step.ts';
import type { RunObserver } from '../../stage/run-order.ts';
import type { Io } from '../io.ts';
import { stepLine } from './screen.ts';

const frames = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'];
const frameMs = 80;
const barWidth = 20;

/** The step at work on a line of its own that keeps changing: its time, what it does, how much of it is done. */
export function liveProgress(io: Io): RunObserver {
  // hiding the cursor would need handlers of signals, and those are ours
  const update = createLogUpdate(process.stderr, { showCursor: true });
  let step = { title: '', begunAt: 0, line: '', share: undefined as Share | undefined };
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = () => update(io.redactor.redact(liveLine(frames[(frame += 1) % frames.length]!, step)));
  return {
    stepStarted(title) {
      step = { title, begunAt: performance.now(), line: '', share: undefined };
      timer = setInterval(draw, frameMs);
      draw();
    },
    progress(line, share) {
      step = { ...step, line, share };
    },
    stepFinished(finished) {
      clearInterval(timer);
      update.clear();
      io.err(`${stepLine(finished)}\n`);
    },
  };
}

function liveLine(
  frame: string,
  { title, begunAt, line, share }: { title: string; begunAt: number; line: string; share: Share | undefined },
): string {
  const seconds = ((performance.now() - begunAt) / 1000).toFixed(1);
  const bar = share && share.total > 0 ? `  ${barOf(share)}` : '';
  return `${styleText('cyan', frame)} ${visible(title)} ${styleText('dim', `${seconds} s`)}${bar}  ${styleText('dim', visible(line))}`;
}

function barOf({ done, total }: Share): string {
  const part = Math.min(1, done / total);
  const full = Math.round(part * barWidth);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${Math.round(part * 100)} %`;
}
