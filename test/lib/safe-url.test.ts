import { expect, test } from 'vitest';
import { unsafeUrl } from '../../src/lib/safe-url.ts';

test.each([
  'https://api.example.com',
  'https://corp.example:8443/api',
  'http://localhost:3000',
  'http://127.0.0.1:80',
  'http://[::1]:80',
])('a credential may go to %s', (url) => {
  expect(unsafeUrl(url)).toBeNull();
});

test.each([
  ['http://api.example.com', 'must start with https://'],
  ['http://127.0.0.1.corp.example', 'must start with https://'],
  ['http://localhost.corp.example', 'must start with https://'],
  ['ftp://127.0.0.1', 'must start with https://'],
  ['api.example.com', 'is not a URL'],
  ['https://key@api.example.com', 'must not hold a user name'],
  ['https://api.example.com?key=1', 'must not have a query'],
])('a credential may not go to %s', (url, why) => {
  expect(unsafeUrl(url)).toContain(why);
});

test('a password in a URL is not repeated', () => {
  expect(unsafeUrl('https://ann:hunter2@api.example.com')).not.toContain('hunter2');
});
