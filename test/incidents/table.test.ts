import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../', import.meta.url);

/** `folder/file title` of each test that the table names. */
function named(): [string, string][] {
  const page = readFileSync(new URL('../docs/incidents.md', root), 'utf8');
  return [...page.matchAll(/`([a-z0-9]+\/[a-z0-9-]+)` ([^·|]+?) (?=[·|])/g)].map((hit) => [
    hit[1] as string,
    hit[2] as string,
  ]);
}

function sourceOf(file: string): string {
  return readFileSync(new URL(`${file}.test.ts`, root), 'utf8');
}

test('the table of incidents has each of them, and names tests that exist', () => {
  const page = readFileSync(new URL('../docs/incidents.md', root), 'utf8');
  expect([...page.matchAll(/^\| (\d+) \|.*`.*$/gm)].map((row) => Number(row[1]))).toEqual(
    Array.from({ length: 35 }, (_, at) => at + 1),
  );
  for (const [file, title] of named()) expect(sourceOf(file), `${file}: ${title}`).toContain(title);
});

test('each test of an incident is in the table', () => {
  const files = readdirSync(new URL('incidents/', root)).filter((name) => name.endsWith('.test.ts'));
  const incidents = files.filter((name) => name !== 'table.test.ts').map((name) => `incidents/${name}`);
  const known = named();
  for (const path of [...incidents, 'core/incidents.test.ts']) {
    const file = path.replace('.test.ts', '');
    const titles = [...sourceOf(file).matchAll(/^(?:test\(|\s+\[\s*)'([^']+)'/gm)].map(
      (hit) => hit[1] as string,
    );
    expect(titles.length, file).toBeGreaterThan(2);
    for (const title of titles) {
      const listed = known.some(([where, start]) => where === file && title.startsWith(start));
      expect(listed, `${file}: ${title}`).toBe(true);
    }
  }
});
