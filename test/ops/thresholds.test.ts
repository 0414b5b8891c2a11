import { expect, test } from 'vitest';
import { loadProject, withThresholds } from '../../ops/config/index.ts';
import { exampleFile } from '../support/staging.ts';

const project = await loadProject(exampleFile);
const thresholds = (env: Record<string, string>) => withThresholds(project, env).config.checks.thresholds;

test('the environment sets the thresholds that the project lets it set, and no others', () => {
  expect(thresholds({})).toEqual({});
  expect(thresholds({ ORPHAN_MAX: '3', PRD_MAX: ' 0 ', DEP_CYCLES_MAX: '', RLS_MAX: '9' })).toEqual({
    orphaned_items: 3,
    requirement_integrity: 0,
  });
});

test('what the environment sets comes before what the file sets', () => {
  const { config } = project;
  const checks = { ...config.checks, thresholds: { orphaned_items: 7, rls: 1 } };
  const set = withThresholds({ ...project, config: { ...config, checks } }, { ORPHAN_MAX: '3' });
  expect(set.config.checks.thresholds).toEqual({ orphaned_items: 3, rls: 1 });
});

test.each(['-1', '1.5', 'many', '0x10'])('"%s" is no threshold', (value) => {
  expect(() => thresholds({ DEP_CYCLES_MAX: value })).toThrow(
    expect.objectContaining({ code: 'CONFIG_THRESHOLD', message: expect.stringContaining('DEP_CYCLES_MAX') }),
  );
});
