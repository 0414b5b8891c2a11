import {
  approveErasure,
  certifyErasure,
  executeErasure,
  listErasures,
  openKeys,
  requestErasure,
} from '../audit-log/records/index.ts';
import { exitCodes } from '../ops/errors.ts';
import { flag, folders, onRecord, print, required, usage, uuid, word } from './records-place.ts';
import { wholeNumber } from './whole-number.ts';
import type { Action, Call } from './records-place.ts';
import { certificateText, erasuresText } from './render/records.ts';
import { oneLined } from '../ops/visible.ts';

/** `drydock records erase …`, by name. */
export const eraseActions: Readonly<Record<string, Action>> = { request, approve, execute, certificate, list };

async function request(call: Call): Promise<number> {
  const authority = required(call, 'authority');
  if (authority !== 'GDPR' && authority !== 'CCPA') throw usage(`--authority ${authority} is not GDPR or CCPA.`);
  const order = {
    workspaceId: uuid(required(call, 'workspace'), 'The workspace'),
    userId: uuid(required(call, 'user'), 'The person'),
    authority,
    ticket: required(call, 'ticket'),
    by: flag(call, 'by'),
  } as const;
  const id = await onRecord(call, (session) => requestErasure(session, order));
  print(call, { id }, () => `${id}\nTwo others are to approve it: drydock records erase approve ${id}`);
  return exitCodes.go;
}

async function approve(call: Call): Promise<number> {
  const id = uuid(word(call, 0, 'The request'), 'The request');
  const approvals = await onRecord(call, (session) => approveErasure(session, id, flag(call, 'by')));
  print(call, { id, approvals }, () => `The request has ${approvals} of 2 approvals.`);
  return exitCodes.go;
}

async function execute(call: Call): Promise<number> {
  const id = uuid(word(call, 0, 'The request'), 'The request');
  const backupDays = wholeNumber(call.options, 'backupDays');
  const done = await onRecord(call, (session) => executeErasure(session, id, { backupDays }));
  print(call, { id, ...done }, () => {
    return `Erased: ${done.records} records have lost their personal data, entry ${done.deletionLogId} of the deletion log.`;
  });
  return exitCodes.go;
}

async function certificate(call: Call): Promise<number> {
  const id = uuid(word(call, 0, 'The request'), 'The request');
  const keys = openKeys(folders(call).keys);
  const signed = await onRecord(call, (session) => certifyErasure(session, keys, id));
  print(call, signed, () => certificateText(oneLined(signed)));
  return exitCodes.go;
}

async function list(call: Call): Promise<number> {
  const requests = await onRecord(call, listErasures);
  print(call, requests, () => erasuresText(oneLined(requests)));
  return exitCodes.go;
}
