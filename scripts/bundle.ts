/** `npm run bundle [dbexec|lambda]`: makes what runs where Drydock is not installed. */
import { chmod, cp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

const common: BuildOptions = {
  bundle: true,
  minify: true,
  keepNames: true,
  platform: 'node',
  format: 'esm',
  alias: { 'libpg-query': join(root, 'scripts/no-parser.ts') },
  external: ['pg-native'],
  // pg is CommonJS and asks for Node's own modules with require
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
};

/** One file that runs on Node 20 and newer. */
async function bundleDbexec(): Promise<void> {
  const target = join(dist, 'dbexec.bundle.mjs');
  await build({ ...common, entryPoints: [join(root, 'scripts/dbexec.ts')], outfile: target, target: 'node20' });
  await chmod(target, 0o755);
  say('dist/dbexec.bundle.mjs', (await stat(target)).size, 400_000);
}

/** A folder to be zipped: the handler for Node 24, and the catalog queries that it reads. */
async function bundleLambda(): Promise<void> {
  const folder = join(dist, 'lambda');
  await rm(folder, { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: [join(root, 'scripts/lambda.ts')],
    outfile: join(folder, 'index.mjs'),
    target: 'node24',
  });
  await cp(join(root, 'ops/sql/inventory'), join(folder, 'sql/inventory'), { recursive: true });
  say('dist/lambda', await sizeOf(folder), 5_000_000);
}

async function sizeOf(folder: string): Promise<number> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

function say(what: string, bytes: number, limit: number): void {
  console.log(`${what}: ${(bytes / 1000).toFixed(1)} kB`);
  if (bytes > limit) throw new Error(`${what} is over its limit of ${limit / 1000} kB.`);
}

const bundles: Record<string, () => Promise<void>> = { dbexec: bundleDbexec, lambda: bundleLambda };

const wanted = process.argv.slice(2);
for (const [name, make] of Object.entries(bundles)) if (wanted.length === 0 || wanted.includes(name)) await make();
