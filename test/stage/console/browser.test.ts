import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventTable } from '../../../audit-log/events/index.ts';
import { logAuditEvent } from '../../../audit-log/records/index.ts';
import { DrydockError } from '../../../ops/errors.ts';
import { aRun } from '../../support/a-run.ts';
import { lookAt, noBrowser, openBrowser } from '../../support/browser.ts';
import { ConsoleUnderTest } from '../../support/console.ts';
import { eventAt } from '../../support/events.ts';
import { lend } from '../../support/leases.ts';
import { anEvent, workspace } from '../../support/records.ts';

describe.skipIf(noBrowser)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, { timeout: 60_000 }, () => {
  let site: ConsoleUnderTest;
  let browser: Browser;

  beforeAll(async () => {
    site = await ConsoleUnderTest.start();
    browser = await openBrowser();
    await fill(site);
    const text = readFileSync(join(site.parts.policies, 'rbac.yml'), 'utf8');
    const officers = ['ada', 'bob', 'cyd'].map((name) => `  ${name}: { role: privacy_officer, workspaces: ['*'] }`);
    site.policy('rbac.yml', text.replace('agents:\n', `agents:\n${officers.join('\n')}\n`));
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await site[Symbol.asyncDispose]();
  });

  /** A browser of its own that has signed in. What goes wrong in the page fails the test. */
  async function signedIn(agent: string, at = site): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1180, height: 800 } });
    const page = await context.newPage();
    page.on('console', (message) => {
      const isRefusal = /^Failed to load resource: .*\b4\d\d|\b503\b/.test(message.text()); // a page of its own says so
      if (!isRefusal) expect(message.type(), message.text()).not.toBe('error');
    });
    page.on('pageerror', (error) => expect(error).toBeUndefined());
    await page.goto(`${at.origin}/sign-in`);
    await page.getByLabel('Token').fill(await at.token(agent));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL((url) => !url.pathname.includes('sign-in'));
    return page;
  }

  test('one signs in with a token, by keyboard, and out again', async () => {
    const context = await browser.newContext({ viewport: { width: 1180, height: 800 } });
    const page = await context.newPage();
    await page.goto(site.origin);
    await lookAt(page, 'sign-in');
    await page.keyboard.type('nonsense');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Token').focus();
    await page.keyboard.type(await site.token('sofiia'));
    await page.keyboard.press('Enter');
    await page.waitForURL('**/runs');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('To the content');
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/sign-in');
    await page.goto(`${site.origin}/runs`);
    expect(page.url()).toContain('/sign-in');
  });

  test('runs show their trend, and one of them why it was no-go', async () => {
    const page = await signedIn('sofiia');
    await lookAt(page, 'runs');
    await page
      .getByRole('link', { name: /no-go in/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'no-go' }).waitFor();
    expect(await page.getByText('has no policy for its owner').count()).toBe(1);
    await lookAt(page, 'run');
  });

  test('cost and privacy are shown for a window', async () => {
    const page = await signedIn('sofiia');
    await page.getByRole('link', { name: 'Cost' }).click();
    await page.getByRole('link', { name: '7 days' }).click();
    await page.getByRole('heading', { name: 'By tool' }).waitFor();
    await lookAt(page, 'cost');
    await page.getByRole('link', { name: 'Privacy' }).click();
    await lookAt(page, 'privacy');
  });

  test('a lease is revoked, and its countdown is gone', async () => {
    await using session = await site.staging.connect();
    const { role } = await lend(site.staging, session, { ttlMs: 3_600_000 });
    const page = await signedIn('helion');
    await page.getByRole('link', { name: 'Leases' }).click();
    await page.locator('time[data-until]').waitFor();
    await lookAt(page, 'leases');
    await page.getByLabel(`Revoke ${role}`).click();
    await page.getByLabel('Why').fill('done early');
    await page.getByRole('button', { name: 'End it now' }).click();
    await page.getByRole('status').waitFor();
    expect(await page.getByRole('status').textContent()).toContain(`${role} has ended`);
    expect(await page.locator('time[data-until]').count()).toBe(0);
    await lookAt(page, 'leases-ended');
  });

  test('records are searched, and say what was and what is', async () => {
    const page = await signedIn('sofiia');
    await page.getByRole('link', { name: 'Records' }).click();
    await page.getByLabel('Workspace').fill(workspace);
    await page.getByLabel('Action').fill('rename');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.locator('summary').first().click();
    expect(await page.locator('td.was').allTextContents()).toEqual(['Ann']);
    expect(await page.locator('td.is').allTextContents()).toEqual(['Bea']);
    await page.getByRole('button', { name: 'Compare with the seals now' }).click();
    await expect
      .poll(async () => (await page.reload(), page.locator('.card').textContent()), { timeout: 20_000 })
      .toMatch(/1 checkpoint: 0 problems/);
    await page.goBack();
    await lookAt(page, 'records');
  });

  test('an erasure is requested, approved by two others, done, and certified', async () => {
    const [ada, bob, cyd] = [await signedIn('ada'), await signedIn('bob'), await signedIn('cyd')];
    await ada.goto(`${site.origin}/erasures`);
    await ada.getByLabel('Person').fill(randomUUID());
    await ada.getByLabel('Workspace').fill(workspace);
    await ada.getByLabel('Ticket').fill('PRIV-7');
    await ada.getByRole('button', { name: 'Request' }).click();
    await ada.getByText('You requested it').waitFor();
    for (const page of [bob, cyd]) {
      await page.goto(`${site.origin}/erasures`);
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.getByRole('status').waitFor();
    }
    await lookAt(bob, 'erasures');
    await bob.goto(`${site.origin}/erasures`);
    await bob.locator('details.act > summary').click();
    await bob.getByRole('button', { name: 'Erase now' }).click();
    await bob.getByRole('link', { name: 'Certificate' }).click();
    await bob.getByText('bob and cyd').waitFor();
    await lookAt(bob, 'certificate');
  });

  test('a console with nothing in it, and one that cannot reach what it shows, say what to do', async () => {
    await using bare = await site.another({
      records: undefined,
      leases: {
        list: () => Promise.reject(new DrydockError('STAGING_NONE', 'No staging is up; start one with "drydock up".')),
        revoke: () => Promise.reject(new DrydockError('STAGING_NONE', 'No staging is up.')),
      },
    });
    const page = await signedIn('sofiia', bare);
    for (const name of ['runs', 'cost', 'privacy', 'leases', 'records']) {
      await page.goto(`${bare.origin}/${name}`);
      await page.locator('.empty').waitFor();
      await lookAt(page, `empty-${name}`);
    }
    for (const [name, path] of Object.entries({
      nothing: '/nothing',
      'no-records': `/records?workspaceId=${workspace}`,
      'not-accepted': `/cost?window_hours=${'9'.repeat(600)}`,
    })) {
      await page.goto(`${bare.origin}${path}`);
      await page.getByRole('link', { name: 'Try again' }).waitFor();
      await lookAt(page, `problem-${name}`);
    }
  });

  test('a report that cannot be read and names that are too long or hostile leave the pages whole', async () => {
    await using own = await site.another();
    const hostile = `<b>"&${'W'.repeat(120)}`;
    const long = 'a_tool_with_a_name_as_long_as_names_may_be_'.repeat(3).slice(0, 128);
    own.run({ ...aRun('run-1', 'no-go'), actor: hostile, provider: long, remarks: [hostile] } as never);
    writeFileSync(join(own.folder, 'evidence/run-2.json'), '{"runId": "run-2", ');
    await using table = new EventTable(own.events.writer, 'test');
    await table.write([eventAt(new Date(), { tool: long, agent_id: long, user_id: long, status: 'denied' })]);
    const page = await signedIn('sofiia', own);
    await page.getByText('run-2.json').waitFor();
    await lookAt(page, 'hostile-runs');
    for (const path of ['runs/run-1', 'runs/run-2', 'cost', 'privacy']) {
      await page.goto(`${own.origin}/${path}`);
      await lookAt(page, `hostile-${path.replace('/', '-')}`);
    }
  });
});

/** Something of everything that pages show. */
async function fill(site: ConsoleUnderTest): Promise<void> {
  const outcomes = ['go', 'go', 'no-go', 'go', 'unproven', 'go', 'go', 'cancelled', 'go', 'go'] as const;
  for (const [day, outcome] of outcomes.entries()) {
    site.run(aRun(`run-${'x'.repeat(day % 4)}${day}`, outcome, `2025-09-${11 + day}T15:37:06.000Z`));
  }
  await using table = new EventTable(site.events.writer, 'test');
  const now = Date.now();
  const statuses = ['pass', 'pass', 'pass', 'failed', 'pass', 'denied', 'pass'] as const;
  const tools = ['web_search', 'read_file', 'run_sql', 'send_mail'];
  const events = Array.from({ length: 1_500 }, (_, i) =>
    eventAt(new Date(now - ((i * 7_919_000) % (6 * 86_400_000))), {
      status: statuses[i % statuses.length]!,
      tool: tools[(i * i) % tools.length]!,
      agent_id: ['sofiia', 'helion', 'aistalk'][i % 3]!,
      user_id: i === 0 ? 'ann.lee@example.com' : `user-${i % 9}`,
      duration_ms: 20 + ((i * 37) % 900),
      out_size: (i * 7_001) % 90_000,
    }),
  );
  await table.write(events);
  const session = await site.records.superuser();
  const [old, now_] = [
    { name: 'Ann', plan: 'free' },
    { name: 'Bea', plan: 'free' },
  ];
  await logAuditEvent(
    session,
    anEvent({ actionType: 'RENAME', oldValues: old, newValues: now_, clear: ['*'], tags: ['settings'] }),
  );
  for (let i = 0; i < 5; i += 1) await logAuditEvent(session, anEvent());
  await site.records.seal();
}
