import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LAWS, type Sources, violations } from './architecture-law.ts';

const SRC = join(import.meta.dirname, '..', 'src');

function realSources(): Sources {
  const files = globSync('**/*.ts', { cwd: SRC }).map((file) => file.replaceAll('\\', '/'));
  return new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]));
}

/** A small sound program, with one file put in or replaced. */
function planted(file: string, text: string): string[] {
  const sound = {
    'core/model/plan.ts': 'export interface Plan {}',
    'core/diff.ts': "import type { Plan } from './model/plan.ts';\nimport { createHash } from 'node:crypto';",
    'lib/errors.ts': "import { inspect } from 'node:util';",
    'lib/log.ts': "import { pino } from 'pino';",
    'directory/source.ts': "import type { Plan } from '../core/model/plan.ts';",
    'directory/okta/options.ts': "import { z } from 'zod';",
    'directory/okta/client.ts': "import Okta from '@okta/okta-sdk-nodejs';",
    'devin/target.ts': "import type { Plan } from '../core/model/plan.ts';",
    'devin/rest-target.ts': "import type { DevinTarget } from './target.ts';",
    'state/store.ts': "import type { Plan } from '../core/model/plan.ts';",
    'state/redis-store.ts': "import type { Store } from './store.ts';",
    'queue/worker.ts': "import type { DevinTarget } from '../devin/target.ts';",
    'config/load.ts': "import { oktaOptions } from '../directory/okta/options.ts';\nconst env = process.env;",
    'sync/run.ts': "import { diff } from '../core/diff.ts';",
    'report/html.ts': "import type { Plan } from '../core/model/plan.ts';",
    'server/routes.ts': "import { html } from '../report/html.ts';",
    'sandbox/fake-okta.ts': "import { x } from '../lib/errors.ts';",
    'app.ts':
      "import { load } from './config/load.ts';\nconst x = await import('./directory/okta/client.ts');",
    'main.ts': "import { app } from './app.ts';",
  };
  expect(violations(new Map(Object.entries(sound)))).toEqual([]);
  return violations(new Map(Object.entries({ ...sound, [file]: text })));
}

test('the rooms of src import only what the law allows', () => {
  const sources = realSources();
  expect(sources.size).toBeGreaterThan(20);
  expect(violations(sources)).toEqual([]);
});

test('the law knows every room that has files, and no file lies directly in src but app.ts and main.ts', () => {
  const known = LAWS.map(({ room }) => room);
  for (const file of realSources().keys()) expect(known).toContain(file.split('/')[0]);
});

const PLANTED: readonly [string, string, string, string][] = [
  [
    'core importing lib',
    'core/diff.ts',
    "import { x } from '../lib/errors.ts';",
    'core/diff.ts imports lib/errors.ts: core may not',
  ],
  [
    'lib importing core, by type',
    'lib/log.ts',
    "import type { Plan } from '../core/model/plan.ts';",
    'lib/log.ts imports core/model/plan.ts: lib may not',
  ],
  [
    'a type among values',
    'report/html.ts',
    "import { type A, b } from '../state/store.ts';",
    'report/html.ts imports state/store.ts: report may not',
  ],
  [
    'an export from another room',
    'lib/log.ts',
    "export * from '../report/html.ts';",
    'lib/log.ts imports report/html.ts: lib may not',
  ],
  [
    'an import over several lines',
    'report/html.ts',
    "import {\n  a,\n  b,\n} from '../devin/target.ts';",
    'report/html.ts imports devin/target.ts: report may not',
  ],
  [
    'an import for its effect',
    'report/html.ts',
    "import '../devin/target.ts';",
    'report/html.ts imports devin/target.ts: report may not',
  ],
  [
    'a type query of another room',
    'report/html.ts',
    "type T = import('../devin/target.ts').DevinTarget;",
    'report/html.ts imports devin/target.ts: report may not',
  ],
  [
    'a connector importing the deciding core',
    'directory/okta/client.ts',
    "import { diff } from '../../core/diff.ts';",
    'directory/okta/client.ts imports core/diff.ts: directory may not',
  ],
  [
    'a connector importing the other side',
    'devin/rest-target.ts',
    "import type { S } from '../directory/source.ts';",
    'devin/rest-target.ts imports directory/source.ts: devin may not',
  ],
  [
    'config importing a client',
    'config/load.ts',
    "import type { C } from '../directory/okta/client.ts';",
    'config/load.ts imports directory/okta/client.ts: config may not',
  ],
  [
    'a fake sharing a parser',
    'sandbox/fake-okta.ts',
    "import { p } from '../directory/okta/client.ts';",
    'sandbox/fake-okta.ts imports directory/okta/client.ts: sandbox may not',
  ],
  [
    'the queue reaching past an interface',
    'queue/worker.ts',
    "import { R } from '../devin/rest-target.ts';",
    'queue/worker.ts imports devin/rest-target.ts: queue may not',
  ],
  [
    'the loop constructing a client',
    'sync/run.ts',
    "import { R } from '../state/redis-store.ts';",
    'sync/run.ts imports state/redis-store.ts: sync may not',
  ],
  [
    'the server reaching past the actions',
    'server/routes.ts',
    "import { run } from '../sync/run.ts';",
    'server/routes.ts imports sync/run.ts: server may not',
  ],
  [
    'somebody importing the app',
    'sync/run.ts',
    "import { app } from '../app.ts';",
    'sync/run.ts imports app.ts: sync may not',
  ],
  [
    'lazy loading outside app.ts',
    'report/html.ts',
    "const m = await import('node:fs');",
    'report/html.ts: import() of node:fs; only app.ts loads lazily',
  ],
  [
    'a computed lazy import',
    'report/html.ts',
    'const m = await import(name);',
    'report/html.ts: import() of name; only app.ts loads lazily',
  ],
  [
    'the environment outside config',
    'lib/log.ts',
    'const level = process.env.LEVEL;',
    'lib/log.ts reads the environment: only config may',
  ],
  [
    'the environment by another way',
    'lib/log.ts',
    "const { env } = process['env'];",
    'lib/log.ts reads the environment: only config may',
  ],
  [
    'the environment by import',
    'lib/log.ts',
    "import { env, argv } from 'node:process';",
    'lib/log.ts reads the environment: only config may',
  ],
  [
    'a clock in the core',
    'core/diff.ts',
    'export const at = Date.now();',
    'core/diff.ts uses Date.now: core is pure',
  ],
  [
    'a date in the core',
    'core/diff.ts',
    'export const at = new Date();',
    'core/diff.ts uses new Date: core is pure',
  ],
  [
    'chance in the core',
    'core/diff.ts',
    'export const id = Math.random();',
    'core/diff.ts uses Math.random: core is pure',
  ],
  ['output in the core', 'core/diff.ts', "console.log('x');", 'core/diff.ts uses console: core is pure'],
  [
    'files in the core',
    'core/diff.ts',
    "import { readFileSync } from 'node:fs';",
    'core/diff.ts imports node:fs: core is pure',
  ],
  [
    'random bytes in the core',
    'core/diff.ts',
    "import { createHash, randomBytes } from 'node:crypto';",
    'core/diff.ts imports node:crypto: core is pure',
  ],
  [
    'a package in the core',
    'core/diff.ts',
    "import { z } from 'zod';",
    'core/diff.ts imports zod: core is pure',
  ],
  [
    'a room nobody agreed on',
    'utils/misc.ts',
    "import { x } from '../lib/errors.ts';",
    'utils/misc.ts is in a room that the law does not know',
  ],
  [
    'an import of nothing',
    'lib/log.ts',
    "import { x } from './gone.ts';",
    'lib/log.ts imports lib/gone.ts, which does not exist',
  ],
  [
    'a way out of src',
    'lib/log.ts',
    "import { x } from '../../test/helper.ts';",
    'lib/log.ts imports ../../test/helper.ts, which is outside src',
  ],
  [
    'a heavy start',
    'directory/okta/options.ts',
    "import Okta from '@okta/okta-sdk-nodejs';",
    'directory/okta/options.ts loads @okta/okta-sdk-nodejs at every start, because config reaches it',
  ],
  [
    'a cycle, by types only',
    'core/model/plan.ts',
    "import type { D } from '../diff.ts';",
    'cycle: core/diff.ts → core/model/plan.ts → core/diff.ts',
  ],
];

for (const [what, file, text, expected] of PLANTED) {
  test(`the checker sees ${what}`, () => {
    expect(planted(file, text)).toContain(expected);
  });
}

test('comments may name what the code must not do', () => {
  const text =
    "/**\n * Like Date.now(), import('x').\n */\nexport const a = 1; // never console.log\n// import { b } from '../lib/errors.ts';";
  expect(planted('core/diff.ts', text)).toEqual([]);
});

test('no property draws its worlds by chance: a red run is about the change', () => {
  const files = globSync('*/**/*.test.ts', { cwd: import.meta.dirname });
  const texts = files.map((file) => [file, readFileSync(join(import.meta.dirname, file), 'utf8')] as const);
  const asserting = texts.filter(([, text]) => text.includes('fc.assert('));
  expect(asserting.length).toBeGreaterThan(5);
  const chance = asserting.filter(([, text]) => !/\bruns\(/.test(text) || /numRuns: /.test(text));
  expect(chance.map(([file]) => file)).toEqual([]);
});

test('no file of src is longer than 300 lines, but for what is generated', () => {
  const long = [...realSources()].filter(
    ([, text]) => !text.startsWith('// Generated ') && text.split('\n').length > 301,
  );
  expect(long.map(([file]) => file)).toEqual([]);
});
