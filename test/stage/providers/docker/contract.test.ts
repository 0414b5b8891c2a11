import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';
import { providerContract, type Subject } from '../contract.ts';
import { whyNoDocker } from './engine.ts';
import { dockerSubject } from './subject.ts';

const missing = await whyNoDocker();
let folder: TemporaryFolder;
let subject: Subject;

describe.skipIf(missing)(`with Docker${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    folder = await temporaryFolder();
    subject = dockerSubject(join(folder.path, 'home'));
  });

  afterAll(() => folder[Symbol.asyncDispose]());

  providerContract('docker', () => subject);
});
