import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { dockerProvider, sweepContainers } from '../../../../stage/providers/index.ts';
import { host, temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';
import { providerContract, type Subject } from '../contract.ts';
import { testImage, whyNoDocker } from './engine.ts';
import { lostEngineContract } from './lost-engine.ts';
import { container, dockerSubject } from './subject.ts';

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
  lostEngineContract(() => subject, {
    over: (env) => dockerProvider(host, { image: testImage, container, env }),
    sweepOver: (env) => sweepContainers(subject.home, host, env),
  });
});
