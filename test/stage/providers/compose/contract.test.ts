import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe } from 'vitest';
import { composeProvider, sweepContainers } from '../../../../stage/providers/index.ts';
import { host, temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';
import { providerContract, type Subject } from '../contract.ts';
import { docker, testImage, whyNoDocker } from '../docker/engine.ts';
import { lostEngineContract } from '../docker/lost-engine.ts';
import { dockerSubject } from '../docker/subject.ts';
import { whyNoCompose } from './missing.ts';

const missing = (await whyNoDocker()) ?? (await whyNoCompose());
const container = 'drydock-test-compose';
let folder: TemporaryFolder;
let subject: Subject;

describe.skipIf(missing)(`with Compose${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    folder = await temporaryFolder();
    subject = {
      ...dockerSubject(join(folder.path, 'home')),
      provider: composeProvider(host, { image: testImage, container, env: process.env }),
      ownerProgram: fileURLToPath(new URL('../fixtures/own-compose.ts', import.meta.url)),
      killServer: async ({ runId }) => docker.getContainer(`${container}-${runId}`).kill(),
    };
  });

  afterAll(() => folder[Symbol.asyncDispose]());

  providerContract('compose', () => subject);
  lostEngineContract(() => subject, {
    over: (env) => composeProvider(host, { image: testImage, container, env }),
    sweepOver: (env) => sweepContainers(subject.home, host, env),
  });
});
