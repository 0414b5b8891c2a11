/** Takes one audit of DATABASE_URL, writes its files into the folder that is named, and prints the most memory it had had after each, in MB. */
import { openDestination, takeAudit, writeAudit } from '../../audit-log/inventory/index.ts';
import { inventoryDefaults } from '../../ops/config/index.ts';
import { targetOfUrl } from '../../ops/postgres/index.ts';

const [folder = '.'] = process.argv.slice(2);
const audit = await takeAudit({
  target: targetOfUrl(process.env['DATABASE_URL']!, 'DATABASE_URL'),
  settings: inventoryDefaults,
  root: folder,
  schemas: null,
  budgetMs: 60_000,
  samples: false,
  now: () => new Date(),
});
const afterAudit = mostMemory();
await writeAudit(audit, await openDestination(folder, { cwd: folder, endpoint: undefined }));
console.log(`${afterAudit} MB; ${mostMemory()} MB with its files written`);

function mostMemory(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
