import { expect, test } from 'vitest';
import { ChecksFolder } from './folder.ts';

const anything = `select 'thing' as object, 1 as examined, 0 as violations, '' as detail`;

test.each([
  ['gate', 'nowhere', 'planted.sql: there is no gate "nowhere".'],
  ['severity', 'fatal', 'planted.sql: severity "fatal" is neither error nor warning.'],
  ['threshold', 'five', 'planted.sql: threshold "five" is not a whole number.'],
  ['needs', 'luck', 'planted.sql: needs "luck" is nothing that a project has.'],
  ['as', 'vh_membre', 'planted.sql: there is no role "vh_membre" in this project.'],
])('a check whose header says "%s: %s" is refused', async (key, value, message) => {
  await using folder = await ChecksFolder.make();
  await expect(folder.check(anything, { [key]: value })).rejects.toMatchObject({
    code: 'CHECK_HEADER',
    message,
    hint: expect.stringMatching(/^(Choose|Write|Did you mean) /),
  });
});

test.each(['title', 'remedy'])('a check without a %s is refused', async (key) => {
  await using folder = await ChecksFolder.make();
  await expect(folder.check(anything, { [key]: '' })).rejects.toMatchObject({
    code: 'SQL_HEADER_MISSING',
    message: `planted.sql has no "-- ${key}:" line in its header.`,
  });
});

test('a check says nothing about itself and is an error of scripts_complete, without any violation, as the auditor', async () => {
  await using folder = await ChecksFolder.make();
  expect(await folder.check(anything)).toMatchObject({
    id: 'check/planted',
    title: 'A title',
    remedy: 'A remedy.',
    severity: 'error',
    threshold: 0,
    gate: 'scripts_complete',
    as: 'auditor',
  });
});

test('a check is what its header says', async () => {
  await using folder = await ChecksFolder.make();
  const header = { severity: 'warning', threshold: '3', gate: 'rls_active', as: 'vh_member' };
  expect(await folder.check(anything, header)).toMatchObject({ ...header, threshold: 3 });
});

test('a threshold of drydock.yaml stands above that of the header', async () => {
  await using folder = await ChecksFolder.make();
  await folder.write('mine', anything, { threshold: '3' });
  const checks = await folder.load({ checks: { folders: ['.'], thresholds: { mine: 5, rls: 1 }, thresholdsFrom: {} } });
  const thresholds = new Map(checks.map(({ id, threshold }) => [id, threshold]));
  expect(thresholds.get('check/mine')).toBe(5);
  expect(thresholds.get('check/rls')).toBe(1);
  expect(thresholds.get('check/rights')).toBe(0);
});

test('what does not apply to a project is not checked there', async () => {
  await using folder = await ChecksFolder.make();
  await folder.write('about_links', anything, { needs: 'links' });
  const applying = async (settings: Parameters<ChecksFolder['load']>[0]) =>
    (await folder.load(settings)).map(({ file }) => file.name);

  expect(await applying({})).toEqual(expect.arrayContaining(['about_links', 'backfills_finished', 'views_compile']));
  expect(await applying({ hydrate: undefined })).not.toContain('about_links');
  expect(await applying({ backfills: { batch: 1, lockTimeout: '1s' } })).not.toContain('backfills_finished');
  expect(await applying({ contract: { roles: {}, views: {}, linkers: {} } })).not.toContain('views_compile');
});

test('Drydock’s own checks come first, each folder in order of name', async () => {
  await using folder = await ChecksFolder.make();
  for (const name of ['b_second', 'a_first']) await folder.write(name, anything);
  const names = (await folder.load()).map(({ file }) => file.name);
  expect(names.slice(-2)).toEqual(['a_first', 'b_second']);
  expect(names.slice(0, -2)).toEqual(names.slice(0, -2).sort());
  expect(names).toContain('rls');
});

test('a check with the name of another is refused, since it would speak for it', async () => {
  await using folder = await ChecksFolder.make();
  await folder.write('rls', anything);
  await expect(folder.load()).rejects.toMatchObject({
    code: 'CHECK_NAME_TAKEN',
    message: 'rls.sql has the name of ops/sql/checks/rls.sql.',
  });
});

test('a check of two statements is refused, since the first could end the read-only transaction', async () => {
  await using folder = await ChecksFolder.make();
  await expect(folder.check(`commit; ${anything}`)).rejects.toMatchObject({
    code: 'CHECK_STATEMENTS',
    message: 'planted.sql has 2 statements; a check has one.',
  });
});
