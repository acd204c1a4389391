import { generateKeyPairSync } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { expect, test } from 'vitest';
import type { Session } from '../src/cli/command.ts';
import { buildProgram } from '../src/cli/program.ts';
import { guardSchema } from '../src/config/guard-schema.ts';
import { parseConfigText } from '../src/config/load.ts';
import { parseDirectory } from '../src/directory/file/parse.ts';
import { METRICS, type MetricShape, metricName } from '../src/lib/metrics.ts';
import { selfSigned } from './helpers/certificate.ts';
import { anchorsOf, commandLines, fences, links, type Page, spans, tableRows } from './helpers/markdown.ts';

const ROOT = join(import.meta.dirname, '..');

const PAGES: readonly Page[] = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT })
  .sort()
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));

function page(file: string): Page {
  const found = PAGES.find((one) => one.file === file);
  if (found === undefined) throw new Error(`there is no ${file}`);
  return found;
}

test('the documents that a newcomer looks for are there', () => {
  const files = PAGES.map(({ file }) => file);
  const wanted = ['README.md', 'CONTRIBUTING.md', 'AGENTS.md', 'docs/lifecycle.md', 'docs/runbook.md'];
  expect(files).toEqual(expect.arrayContaining(wanted));
  expect(PAGES.flatMap(links).length).toBeGreaterThan(40);
});

test.each(PAGES.filter((one) => links(one).length > 0))(
  'every relative link of $file leads somewhere',
  (one) => {
    for (const link of links(one)) {
      if (/^(https?|mailto):/.test(link)) continue;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? one.file : relative(ROOT, join(ROOT, dirname(one.file), path));
      expect(existsSync(join(ROOT, target)), `${one.file} links to ${link}`).toBe(true);
      if (anchor !== undefined)
        expect(anchorsOf(page(target)), `${one.file} links to ${link}`).toContain(anchor);
    }
  },
);

test('the README tells how to try the program and how to test it', () => {
  const typed = fences(page('README.md')).flatMap(({ body }) => body.trim().split('\n'));
  expect(typed).toContain('npm ci && npm run demo');
  expect(typed).toContain('npm cit');
});

const REACHED = new Error('the command was reached');

function reach(): never {
  throw REACHED;
}

function program() {
  const io = { out: () => {}, note: () => {}, live: false, colour: false, width: 100, ask: null };
  const session: Session = { io, signal: new AbortController().signal, open: reach };
  const built = buildProgram({ version: '0', session, demo: { openPlayground: reach } });
  for (const command of [built, ...built.commands]) command.configureOutput({ writeErr: () => {} });
  return built;
}

const TYPED = PAGES.flatMap((one) => commandLines(one).map((argv) => ({ file: one.file, argv })));

test('the documents show every command', () => {
  const shown = new Set(TYPED.map(({ argv }) => argv[0]));
  for (const command of program().commands) expect(shown, command.name()).toContain(command.name());
});

test.each(TYPED)('$file shows a command that can be typed: $argv', async ({ argv }) => {
  const ended = await program()
    .parseAsync([...argv], { from: 'user' })
    .then(
      () => null,
      (error: unknown) => error,
    );
  expect(ended, 'the command must have begun').toBeInstanceOf(Error);
  expect(ended, String(ended)).not.toBeInstanceOf(CommanderError);
});

function withParts(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withParts)];
}

test('every flag that a sentence names exists', () => {
  const built = program();
  const known = withParts(built).flatMap((command) => command.options.map(({ long }) => long));
  const foreign = ['--omit'];
  const named = PAGES.flatMap(spans).flatMap((span) => span.match(/(?<=^| )--[a-z-]+/g) ?? []);
  expect(named.length).toBeGreaterThan(10);
  for (const flag of named) expect([...known, ...foreign]).toContain(flag);
});

const CERTIFICATE = selfSigned();
const PRIVATE_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

const CONFIGURATIONS = PAGES.flatMap((one) =>
  fences(one).flatMap(({ language, body }) =>
    language === 'yaml' && body.startsWith('directory:') ? [{ file: one.file, body }] : [],
  ),
);

test.each(CONFIGURATIONS)('$file shows a configuration that is valid', ({ file, body }) => {
  const config = parseConfigText(body, {
    file: `/${file}.yaml`,
    env: {},
    readFile: (path) => {
      if (path.endsWith('certificate.pem')) return CERTIFICATE.certificate + CERTIFICATE.key;
      return path.endsWith('.pem') ? PRIVATE_KEY : 'a-secret-of-some-length';
    },
  });
  expect(config.settings.rules.length).toBeGreaterThan(0);
});

test('each set-up page shows the configuration of its side', () => {
  const shown = new Set(CONFIGURATIONS.map(({ file }) => file));
  const pages = [
    'README.md',
    'docs/setup-okta.md',
    'docs/setup-entra.md',
    'docs/setup-devin.md',
    'docs/setup-sources.md',
    'docs/setup-scim.md',
  ];
  expect([...shown]).toEqual(expect.arrayContaining(pages));
});

test('the directory file that the README shows can be read', () => {
  const file = fences(page('README.md')).find(({ body }) => body.startsWith('# people.yaml'));
  const directory = parseDirectory(file?.body ?? '', 'people.yaml');
  expect([...directory.people.values()].map(({ status }) => status)).toEqual(['active', 'deactivated']);
  expect(directory.groups.get('g1')?.members).toEqual(['1', '2']);
});

test('every source file that a page names exists', () => {
  const named = PAGES.flatMap((one) =>
    spans(one)
      .filter((span) => /^[\w.-]+(\/[\w.-]+)+\.(ts|mjs|yaml|json|md)$/.test(span))
      .map((path) => ({ file: one.file, path })),
  );
  expect(named.length).toBeGreaterThan(40);
  for (const { file, path } of named) {
    const there = existsSync(join(ROOT, path)) || existsSync(join(ROOT, 'src', path));
    expect(there, `${file} names ${path}`).toBe(true);
  }
});

test('every metric that a page names is counted', () => {
  const counted = Object.values<MetricShape>(METRICS).map(metricName);
  const named = PAGES.flatMap(spans).filter((span) => /^devin_idp_sync_\w+$/.test(span));
  expect(named).toContain('devin_idp_sync_held_items');
  for (const name of named) expect(counted).toContain(name);
});

test('the limits in the lifecycle are those of the configuration', () => {
  const rows = tableRows(page('docs/lifecycle.md'));
  const defaultOf = (guard: string) => rows.find(([name]) => name === `\`${guard}\``)?.at(-1);
  const { minAdmins, shrink, flips, invitesPerDay, perOrg, ...limits } = guardSchema.parse({});
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  for (const [guard, { atLeast, share, count }] of Object.entries(limits)) {
    const most = Number.isFinite(count) ? `${count}` : 'no count';
    const words = atLeast === 0 ? `${count}, ${percent(share)}` : `${atLeast}, ${percent(share)}, ${most}`;
    expect(defaultOf(guard), guard).toBe(words);
  }
  expect(perOrg).toEqual({});
  expect(invitesPerDay).toBeNull();
  expect(defaultOf('flips')).toBe(`${flips}`);
  expect(defaultOf('minAdmins')).toBe(`${minAdmins}`);
  expect(defaultOf('shrink')).toBe(percent(shrink));
});

test('the record of dependencies names each package at its version', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const rows = tableRows(page('docs/decisions/0002-dependencies.md'));
  const recorded = new Map(
    rows.flatMap(([names = '', version]) => names.split(', ').map((name) => [name, version] as const)),
  );
  const used = { ...manifest.dependencies, ...manifest.devDependencies };
  for (const [name, version] of Object.entries(used)) expect(recorded.get(name), name).toBe(version);
});

test('every record of a decision is in the list of decisions', () => {
  const listed = links(page('docs/decisions/README.md'));
  const records = PAGES.flatMap(({ file }) => /^docs\/decisions\/(\d{4}-.*)$/.exec(file)?.[1] ?? []);
  expect(records.length).toBeGreaterThanOrEqual(12);
  for (const record of records) expect(listed).toContain(record);
});
