import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const scripts = readdirSync(join(root, 'scripts'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.sh'),
);

/** Why shell scripts cannot be checked here; what DRYDOCK_REQUIRE names has to be there, and then the tests fail. */
async function whyNoShellcheck(): Promise<string | undefined> {
  if (process.env['DRYDOCK_REQUIRE']?.split(',').includes('shellcheck')) return undefined;
  const { failed } = await execa('shellcheck', ['--version'], { reject: false });
  return failed ? 'there is no shellcheck on this machine: apt-get install shellcheck' : undefined;
}

const missing = await whyNoShellcheck();

test('the scripts that operators know are there', () => {
  expect(scripts).toEqual(
    expect.arrayContaining([
      'psql_exec.sh',
      'staging_apply.sh',
      'run_checks.sh',
      'run_backfills.sh',
      'hydrate_vh_linkage.sh',
    ]),
  );
});

test.for(['staging_apply.sh', 'run_checks.sh', 'run_backfills.sh', 'hydrate_vh_linkage.sh'])(
  '%s returns the exit code of what it calls',
  async (name) => {
    const { exitCode, stderr } = await execa(join(root, 'scripts', name), ['--no-such-flag'], { reject: false });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("unknown option '--no-such-flag'")]);
  },
);

test.for([...scripts.map((name) => join('scripts', name)), '.ci/run'])(
  '%s passes shellcheck',
  async (path, { skip }) => {
    skip(missing !== undefined, missing);
    const { stdout } = await execa('shellcheck', ['--severity', 'style', '--external-sources', path], {
      cwd: root,
      reject: false,
    });
    expect(stdout).toBe('');
  },
);
