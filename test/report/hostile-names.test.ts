import { expect, test } from 'vitest';
import type { Plan } from '../../src/core/model/change.ts';
import { code, codeBlock, prose } from '../../src/report/markdown-text.ts';
import { clean } from '../../src/report/text.ts';
import { change, describeRequest, everything, FORMATS, mixed, operation, plan } from './sample-plans.ts';

const ESC = '\u001b';
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</details></style></title><script>',
  `${ESC}[2J${ESC}]8;;https://evil.example${ESC}\\click`,
  '\u009b31mred',
  'pipe|pipe',
  '`code` ``more``',
  'two\nlines\r\n# heading\n\n| a | b |',
  'admin\u202egnp.exe',
  'ana\u200b\u200dcopy',
  '@everyone #1 GH-2 https://evil.example www.evil.example',
  '![x](https://evil.example/x.png) [link](https://evil.example)',
  '*bold* _it_ ~~gone~~ $math$',
  '\ud800 lone',
];

/** A plan that puts one text into every place that a tenant's administrators can write. */
function planWith(text: string): Plan {
  const org = { id: 'org-1', name: text };
  const role = { id: 'role-1', name: text };
  const one = change('change-org-role', text, { org, before: role, after: role, reason: text });
  const changes = [
    one,
    { ...one, cause: 'deactivated' as const },
    { ...one, privileged: true },
    { ...one, verdict: { state: 'held' as const, by: [text] } },
    { ...one, verdict: { state: 'waiting' as const, until: null, why: text } },
    { ...one, verdict: { state: 'barred' as const, why: text } },
    change('add-group-to-org', text, { org, after: role, people: 20 }),
  ];
  return {
    ...mixed(),
    tenants: { directory: text, devin: text },
    changes,
    residual: [{ email: text, devinId: 'u', group: text, org: text, role: text, lever: text }],
    notices: [{ kind: 'foreign', subject: text, message: text }],
    violations: [
      { guard: text, message: text, place: text, count: 1, base: 1, limit: text, items: [one.key] },
    ],
    operations: [operation({ batch: [text], role: text })],
  };
}

test.each(FORMATS)('%s: no control character and no direction mark of a name is printed', (format) => {
  for (const name of HOSTILE) {
    const text = everything(planWith(name), format);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u200b\u202a-\u202e\u2066-\u2069]/u);
    expect(text.isWellFormed()).toBe(true);
  }
});

test('html: a name never becomes a tag, an attribute or a second style', () => {
  const tags = (text: string) => (text.match(/<\/?[a-z][^>]*>/g) ?? []).map((tag) => tag.replace(/ .*/s, ''));
  const calm = tags(everything(planWith('calm'), 'html'));
  for (const name of HOSTILE) expect(tags(everything(planWith(name), 'html'))).toEqual(calm);
});

test('markdown: a name never ends a cell or a line', () => {
  const rows = (text: string) =>
    text.split('\n').map((line) => (line.startsWith('|') ? line.match(/(?<!\\)\|/g)?.length : 0));
  const calm = rows(everything(planWith('calm'), 'markdown'));
  for (const name of HOSTILE) expect(rows(everything(planWith(name), 'markdown'))).toEqual(calm);
});

test('markdown: outside of code nothing of a name is markup, a mention, a reference or an address', () => {
  const inline = everything(planWith(HOSTILE.join(' ')), 'markdown')
    .replace(/^(```+)[^\n]*\n[\s\S]*?\n\1$/gm, '')
    .replace(/(`+)[^`][\s\S]*?\1/g, '');
  expect(inline).not.toMatch(/<(script|img|\/style)/);
  expect(inline).not.toMatch(/@everyone|#1\b|\bGH-2|https:\/\/evil|www\.evil/);
  expect(inline).not.toMatch(/(?<!\\)\[link|(?<!\\)~~/);
});

test('markdown: code keeps a name exactly, whatever backticks it has', () => {
  expect(code('ana@corp.example')).toBe('`ana@corp.example`');
  expect(code('a`b')).toBe('``a`b``');
  expect(code('`a`')).toBe('`` `a` ``');
  expect(code('a|b')).toBe('`a\\|b`');
  expect(code('')).toBe('');
});

test('markdown: no line of a code block can close it', () => {
  expect(codeBlock(['{"emails":["```` x"]}'], 'http')).toBe('`````http\n{"emails":["```` x"]}\n`````\n');
});

test('markdown: plain words stay as they are', () => {
  expect(prose('rule "members" through devin-users, 33 % (limit 25 %)')).toBe(
    'rule "members" through devin-users, 33 % (limit 25 %)',
  );
});

test('a hidden mark is shown, never dropped, so that two names that look alike do not', () => {
  expect(clean('admin\u202emoc')).toBe('admin\ufffdmoc');
  expect(clean('a\u200db')).toBe('a\ufffdb');
  expect(clean(`${ESC}[31mred`)).toBe('\ufffd[31mred');
  expect(clean('two\r\nlines')).toBe('two lines');
});

test('scripts and emoji that need joiners keep them', () => {
  for (const name of ['می\u200cخواهم', '👩\u200d💻 developers', 'क्\u200dष', 'Zoë Åström', '東京']) {
    expect(clean(name)).toBe(name);
  }
});

test('json keeps every name exactly, also those that are not printed as they are', () => {
  for (const name of HOSTILE) {
    const parsed = JSON.parse(everything(planWith(name), 'json'));
    expect(parsed.changes[0].subject.label).toBe(name);
    expect(parsed.operations[0].request.body).toEqual(
      describeRequest(operation({ batch: [name], role: name })).body,
    );
  }
});

test('a plan with a name of ten thousand characters is still laid out', () => {
  const some = plan({ changes: [change('invite', 'x'.repeat(10_000))] });
  for (const format of FORMATS) expect(everything(some, format).length).toBeLessThan(60_000);
});
