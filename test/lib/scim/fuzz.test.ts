/** Whatever a client writes into a filter, a path, a PATCH or a body is understood or refused, and nothing else happens. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readBody } from '../../../src/lib/scim/body.ts';
import { ScimFault } from '../../../src/lib/scim/fault.ts';
import { parseFilter, parsePatchPath } from '../../../src/lib/scim/filter.ts';
import { predicateOf } from '../../../src/lib/scim/matches.ts';
import { GROUP, MODELS, USER } from '../../../src/lib/scim/model.ts';
import { applyPatch } from '../../../src/lib/scim/patch.ts';
import { looksAtMembers, readPatch } from '../../../src/lib/scim/patch-message.ts';
import { resolvePath } from '../../../src/lib/scim/path.ts';
import type { ScimObject } from '../../../src/lib/scim/store.ts';
import { runs } from '../../helpers/runs.ts';
import { filterText, patchRequest, resourceBody } from './scim-arbitrary.ts';

const USER_BODY: ScimObject = {
  userName: 'a@example.com',
  active: true,
  name: { givenName: 'A' },
  emails: [
    { value: 'w@example.com', type: 'work', primary: true },
    { value: 'h@example.com', type: 'home' },
  ],
};
const GROUP_BODY: ScimObject = { displayName: 'G' };
const CLEAN = Object.getOwnPropertyNames(Object.prototype).sort();

/** The result; null: refused as a fault of the client. Anything else that is thrown is ours. */
function tried<T>(what: () => T): T | null {
  try {
    return what();
  } catch (error) {
    if (!(error instanceof ScimFault)) throw error;
    expect(error.status).toBe(400);
    return null;
  }
}

function expectClean(): void {
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(CLEAN);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

test('any filter is answered or refused', () => {
  let understood = 0;
  fc.assert(
    fc.property(filterText, (text) => {
      for (const model of [USER, GROUP]) {
        const holds = tried(() => predicateOf(model, parseFilter(text)));
        if (holds === null) continue;
        understood += 1;
        expect([true, false]).toContain(holds(model === USER ? USER_BODY : GROUP_BODY));
      }
      expectClean();
    }),
    runs(1000),
  );
  // A fuzz that is refused each time would show nothing.
  expect(understood).toBeGreaterThan(100);
});

test('a filter and its negation never hold together', () => {
  fc.assert(
    fc.property(filterText, (text) => {
      const holds = tried(() => predicateOf(USER, parseFilter(text)));
      if (holds === null) return;
      const never = predicateOf(USER, parseFilter(`not (${text})`), () => false);
      expect(never(USER_BODY)).toBe(!holds(USER_BODY));
    }),
    runs(1000),
  );
});

test('any path is understood or refused', () => {
  fc.assert(
    fc.property(fc.oneof(filterText, fc.string({ maxLength: 40 })), (text) => {
      tried(() => parsePatchPath(text));
    }),
    runs(1000),
  );
});

test('any PATCH leaves a resource that the schema allows, leaves the one before as it was, or is refused', () => {
  let done = 0;
  fc.assert(
    fc.property(patchRequest, fc.constantFrom('User' as const, 'Group' as const), (raw, type) => {
      const model = MODELS[type];
      const before = { id: 'x', body: structuredClone(type === 'User' ? USER_BODY : GROUP_BODY) };
      const after = tried(() => {
        const operations = readPatch(raw);
        looksAtMembers(model, operations);
        return applyPatch(model, before, operations);
      });
      expect(before.body).toEqual(type === 'User' ? USER_BODY : GROUP_BODY);
      expectClean();
      if (after === null) return;
      done += 1;
      // What came out is what it would be read as: canonical, and nothing in it that the schema does not have.
      const again = readBody(model, { schemas: [model.core.id], ...after.body });
      expect(again.body).toEqual(after.body);
    }),
    runs(1000),
  );
  expect(done).toBeGreaterThan(50);
});

test('any body is read to what is read again as the same, or refused', () => {
  let done = 0;
  fc.assert(
    fc.property(resourceBody, fc.constantFrom('User' as const, 'Group' as const), (raw, type) => {
      const model = MODELS[type];
      const schemas = [model.core.id];
      const read = tried(() => readBody(model, { ...raw, schemas }));
      expectClean();
      if (read === null) return;
      done += 1;
      expect(readBody(model, { ...read.body, schemas }).body).toEqual(read.body);
    }),
    runs(1000),
  );
  expect(done).toBeGreaterThan(50);
});

test('10,000 brackets and a million characters are refused without a look at what is in them', () => {
  const shapes = ['(', 'not (', 'emails[', 'a pr and (', '"', '[', '\\'].map((each) => each.repeat(10_000));
  for (const text of [...shapes, 'x'.repeat(1_000_000), `title eq "${'\\"'.repeat(500_000)}`]) {
    expect(tried(() => parseFilter(text)) === null).toBe(true);
    const path = tried(() => parsePatchPath(text));
    // A path may be one long word, which then names no attribute.
    expect(path === null || resolvePath(USER, path.path) === null).toBe(true);
  }
});
