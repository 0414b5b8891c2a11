import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

/** What the offline verifier is made of, each before what imports it; none imports anything but these and Node's own modules. */
const parts = ['leaf', 'entry', 'tree', 'checkpoint', 'seals', 'compare', 'offline'];

/**
 * The offline verifier as the text of one file that plain Node runs: the code that verifies here, without its types.
 * An auditor keeps it, and needs neither Drydock nor a package nor a database.
 * @param entry what reads the command line and calls `verifyOffline`
 */
export async function verifierSource(entry: string): Promise<string> {
  const texts = await Promise.all(parts.map((name) => readFile(join(import.meta.dirname, `${name}.ts`), 'utf8')));
  const sources = texts.map((text) => stripTypeScriptTypes(text).replace(/[^\S\n]+$/gm, ''));
  const bodies = sources.map((source) =>
    source
      .replace(imports, '')
      .replace(/\n{3,}/g, '\n\n')
      .trim(),
  );
  return ['#!/usr/bin/env node', nodeImports(sources.join('\n')), ...bodies, entry].join('\n\n');
}

const imports = /^import \{([^}]*)\} from '([^']*)';$/gm;

/** The modules of Node that the parts import, once each. */
function nodeImports(source: string): string {
  const names = new Map<string, Set<string>>();
  for (const [, given, module] of source.matchAll(imports)) {
    if (!module!.startsWith('node:')) continue;
    const known = names.get(module!) ?? new Set();
    for (const name of given!.split(',').map((text) => text.trim())) if (name) known.add(name);
    names.set(module!, known);
  }
  return [...names].map(([module, given]) => `import { ${[...given].join(', ')} } from '${module}';`).join('\n');
}
