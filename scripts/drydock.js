#!/usr/bin/env node
// JavaScript, so that a Node which cannot read TypeScript can say which one can, and so that one which can has its cache
// before it reads any: without it Node loads a compiler, and all commands through it
import process from 'node:process';

const needed = 24;
const { node } = process.versions;

if (Number.parseInt(node, 10) >= needed) {
  const { enableCompileCache } = await import('node:module'); // not there in every Node
  enableCompileCache();
  await import('./drydock.ts');
} else {
  process.stderr.write(
    `Drydock needs Node ${needed}, and this is Node ${node}.\n` +
      `  It brings one along: in its folder, after "npm ci", run "npm run drydock -- ${process.argv[2] ?? 'run'}".\n`,
  );
  process.exitCode = 1;
}
