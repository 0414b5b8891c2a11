import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

/**
 * The offline verifier as the text of one file that plain Node runs: the code that verifies here, without its types.
 * An auditor keeps it, and needs neither Drydock nor a package nor a database.
 * @param entry what reads the command line and calls `verifyOffline`
 */
export async function verifierSource(entry: string): Promise<string> {
  const parts = await Promise.all(
    ['proof.ts', 'offline.ts'].map((name) => readFile(join(import.meta.dirname, name), 'utf8')),
  );
  const body = parts.map((text) => stripTypeScriptTypes(text).replace(/^import [^;]* from '\.[^;]*;$/gm, ''));
  return `#!/usr/bin/env node\n${body.join('\n')}\n${entry}`;
}
