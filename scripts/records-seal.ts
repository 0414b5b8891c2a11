import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  noted,
  openKeys,
  openPublicKey,
  publisherOf,
  Sealer,
  verifyRecords,
  type Anchor,
} from '../audit-log/records/index.ts';
import { DrydockError, exitCodes, messageOf } from '../ops/errors.ts';
import { flag, folders, onRecord, print, usage, type Call } from './records-place.ts';
import { sealText, verifyText } from './render/records.ts';

const intervalMs = 1_000;

/** Once, or with `--watch` until it is told to stop. */
export async function seal(call: Call): Promise<number> {
  const { io, options } = call;
  const { keys: keyFolder, seals } = folders(call);
  const keys = openKeys(keyFolder);
  const publish = await publisherOf(flag(call, 'publish'), {
    seals,
    cwd: io.cwd,
    endpoint: io.env['AWS_ENDPOINT_URL_S3'],
  });
  return onRecord(call, (session) =>
    noted(session, 'seal', async () => {
      using sealer = await Sealer.open({ session, folder: seals, keys, now: io.now, publish });
      if (options['watch']) {
        await sealer.keepSealing(io.signal, intervalMs, (report) => {
          if (report.checkpoints > 0) io.err(`${sealText(report)}\n`);
        });
        return exitCodes.cancelled;
      }
      const report = await sealer.pass();
      print(call, report, () => sealText(report));
      return exitCodes.go;
    }),
  );
}

export async function verify(call: Call): Promise<number> {
  const { keys, seals } = folders(call);
  const anchorFile = flag(call, 'anchor');
  const publicKey = openPublicKey(resolve(call.io.cwd, flag(call, 'publicKey') ?? keys));
  const anchors = anchorFile ? [await readAnchor(resolve(call.io.cwd, anchorFile))] : [];
  const report = await onRecord(call, (session) =>
    verifyRecords({ session, folder: seals, publicKey, anchors, endpoint: call.io.env['AWS_ENDPOINT_URL_S3'] }),
  );
  print(call, report, () => verifyText(report));
  return exitCodes[report.verdict];
}

async function readAnchor(path: string): Promise<Anchor> {
  try {
    const anchor = JSON.parse(await readFile(path, 'utf8')) as Partial<Anchor> | null;
    if (Number.isInteger(anchor?.number) && typeof anchor?.sha256 === 'string') return anchor as Anchor;
  } catch (error) {
    throw new DrydockError('USAGE_RECORDS', `Cannot read the anchor ${path}: ${messageOf(error)}.`, {
      hint: 'Name a checkpoint that was published, or the head that "drydock records verify --json" wrote.',
      cause: error,
    });
  }
  throw usage(`${path} is not an anchor: it has no number and sha256.`);
}
