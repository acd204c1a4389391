import { expect, test } from 'vitest';
import { problemText } from '../../src/devin/problem.ts';

test.each([
  ['problem+json', { title: 'Forbidden', status: 403, detail: 'This key lacks it.' }, 'This key lacks it.'],
  ['problem+json without detail', { title: 'Forbidden', status: 403, detail: null }, 'Forbidden'],
  ['the older body', { detail: 'Not Found' }, 'Not Found'],
  [
    'a FastAPI list',
    { detail: [{ loc: ['body', 'emails', 0], msg: 'no address', type: 'value_error', input: 'x' }] },
    'body.emails.0: no address',
  ],
  [
    'field errors',
    {
      title: 'Unprocessable',
      status: 422,
      errors: [{ field: 'role_id', message: 'unknown role' }, { detail: 'odd' }],
    },
    'Unprocessable; role_id: unknown role; odd',
  ],
  ['an empty object', {}, 'without an explanation'],
])('%s is put into words', (_, body, words) => {
  expect(problemText(JSON.stringify(body))).toBe(words);
});

test('an empty body is said to be empty, and a page that is not the API is said to be one', () => {
  expect(problemText('')).toBe('without an explanation');
  expect(problemText('<html>\n<h1>Gateway</h1>')).toBe(
    "with a body that is not the API's: <html> <h1>Gateway</h1>",
  );
});

test('words are one short line, whatever the body holds', () => {
  const text = problemText(JSON.stringify({ detail: `a\nb\u001b[31m${'x'.repeat(1000)}` }));
  expect(text).toMatch(/^a b \[31mx+…$/);
  expect(text.length).toBe(401);
});
