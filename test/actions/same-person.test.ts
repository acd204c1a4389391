import fc from 'fast-check';
import { expect, test } from 'vitest';
import { providerActor, samePerson, shownActor } from '../../src/actions/same-person.ts';
import { runs } from '../helpers/runs.ts';

const ISSUER = 'https://corp.okta.com';

test('a person whose address changes stays one person, and is shown without the mark', () => {
  const before = providerActor(ISSUER, '00u1', 'ada@corp.example');
  const after = providerActor(ISSUER, '00u1', 'ada.novak@corp.example');
  expect(before).toMatch(/^oidc:ada@corp\.example#[0-9a-f]{10}$/);
  expect(samePerson(before, after)).toBe(true);
  expect(shownActor(after)).toBe('ada.novak@corp.example');
});

test('two people who were given one address are two, and so is one id at two providers', () => {
  const one = providerActor(ISSUER, '00u1', 'ada@corp.example');
  expect(samePerson(one, providerActor(ISSUER, '00u2', 'ada@corp.example'))).toBe(false);
  expect(samePerson(one, providerActor('https://other.example', '00u1', 'ada@corp.example'))).toBe(false);
});

test('whatever somebody is called, they cannot be taken for a token, an OS user or somebody else', () => {
  const name = fc.string({ minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(name, name, name, (called, own, other) => {
      const actor = providerActor(ISSUER, own, called);
      expect(samePerson(actor, providerActor(ISSUER, own, other))).toBe(true);
      if (own !== other) expect(samePerson(actor, providerActor(ISSUER, other, called))).toBe(false);
      for (const kind of ['token', 'os']) expect(samePerson(actor, `${kind}:${called}`)).toBe(false);
    }),
    runs(100),
  );
});

test('a token is itself, also when its name looks like a mark', () => {
  expect(samePerson('token:ci', 'token:ci')).toBe(true);
  expect(samePerson('token:a#0123456789', 'token:b#0123456789')).toBe(false);
});
