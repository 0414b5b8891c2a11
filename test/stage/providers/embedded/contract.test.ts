import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { providerContract, type Subject } from '../contract.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';
import { embeddedSubject } from './subject.ts';

let folder: TemporaryFolder;
let subject: Subject;

beforeAll(async () => {
  folder = await temporaryFolder();
  subject = embeddedSubject(join(folder.path, 'home'));
});

afterAll(() => folder[Symbol.asyncDispose]());

providerContract('embedded', () => subject);
