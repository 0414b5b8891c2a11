import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { expect } from 'vitest';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const program = process.env['DRYDOCK_CHROMIUM'] ?? places.find((path) => existsSync(path));
const isRequired = process.env['DRYDOCK_REQUIRE']?.split(',').includes('browser') ?? false;

/** Why tests in a browser cannot run here; undefined when they can. What DRYDOCK_REQUIRE names has to be there. */
export const noBrowser = program || isRequired ? undefined : 'there is no Chromium; scripts/ci/browser.sh installs it';

/** Where screenshots are left, to be looked at. */
const pictures = process.env['DRYDOCK_SCREENSHOTS'] ?? join(tmpdir(), 'drydock-screenshots');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function openBrowser(): Promise<Browser> {
  mkdirSync(pictures, { recursive: true });
  return chromium.launch({
    ...(program && { executablePath: program }),
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

/** A picture as it is, in the dark, and on a phone; and no serious fault of accessibility. */
export async function lookAt(page: Page, name: string): Promise<void> {
  const desk = page.viewportSize()!;
  await page.emulateMedia({ colorScheme: 'light' });
  await picture(page, `${name}-light`);
  await check(page, `${name}-light`, {});
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, `${name}-dark`);
  await check(page, `${name}-dark`, { runOnly: ['color-contrast'] });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, `${name}-phone`);
  const isTooWide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
  expect([name, isTooWide]).toEqual([name, false]);
  await page.setViewportSize(desk);
}

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

async function check(page: Page, name: string, options: object): Promise<void> {
  await page.evaluate(axe); // by the debugger, which the page's policy does not bind
  const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as { violations: Violation[] };
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect([name, serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)]).toEqual([name, []]);
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}
