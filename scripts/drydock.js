#!/usr/bin/env node
// JavaScript, so that a Node which cannot read TypeScript can say which one can
import process from 'node:process';

const needed = 24;
const { node } = process.versions;

if (Number.parseInt(node, 10) >= needed) {
  await import('./drydock.ts');
} else {
  process.stderr.write(
    `Drydock needs Node ${needed}, and this is Node ${node}.\n` +
      `  It brings one along: in its folder, after "npm ci", run "npm run drydock -- ${process.argv[2] ?? 'run'}".\n`,
  );
  process.exitCode = 1;
}
