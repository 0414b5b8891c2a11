/** Makes `dist/dbexec.bundle.mjs`: one file that runs on Node 20 and newer with nothing installed. */
import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const target = join(root, 'dist/dbexec.bundle.mjs');
const limitBytes = 400_000;

await build({
  entryPoints: [join(root, 'scripts/dbexec.ts')],
  outfile: target,
  bundle: true,
  minify: true,
  keepNames: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  alias: { 'libpg-query': join(root, 'scripts/no-parser.ts') },
  external: ['pg-native'],
  // pg is CommonJS and asks for Node's own modules with require
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
});
await chmod(target, 0o755);
const { size } = await stat(target);
console.log(`dist/dbexec.bundle.mjs: ${(size / 1000).toFixed(1)} kB`);
if (size > limitBytes) throw new Error(`The bundle is over its limit of ${limitBytes / 1000} kB.`);
