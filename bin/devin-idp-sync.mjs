#!/usr/bin/env node
// Starts the program on Node 24: the one running this file when it is new enough, else the one that npm
// installed beside it. Written for old Nodes on purpose, so that they can say what is wrong.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'src', 'main.ts');
const entry = existsSync(source) ? source : join(root, 'dist', 'main.js');

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  const { main } = await import(entry);
  await main(process.argv.slice(2));
} else {
  runOn(installedNode());
}

function installedNode() {
  const os = process.platform === 'win32' ? 'win' : process.platform;
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${os}-${process.arch}/package.json`);
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    console.error(
      `devin-idp-sync needs Node.js ${NEEDED} or newer; this is ${process.versions.node} and no Node ${NEEDED} came ` +
        `with the installed packages for ${process.platform}-${process.arch}. Install Node ${NEEDED} and try again.`,
    );
    process.exit(1);
  }
}

function runOn(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`devin-idp-sync: could not start ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}
