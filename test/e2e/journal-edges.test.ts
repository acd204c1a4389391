/** The journal, explanations and the sandbox's own log tell the same about a thousand random edges. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { explainPerson } from '../../src/actions/history.ts';
import { look } from '../../src/actions/plan.ts';
import { explain } from '../../src/core/explain.ts';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import type { JournalRow } from '../../src/state/store.ts';
import { CONTEXT, live, scratch } from './live.ts';

const ORGS = ['Pay', 'Web', 'Lab', 'Ops'];
const PEOPLE = 600;

/** The same company each time: a small generator of its own (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Only the members of the last group differ by the seed. */
function directory(seed: number): object {
  const people = Array.from({ length: PEOPLE }, (_, at) => ({ id: `p${at}`, email: `n${at}@corp.example` }));
  const groups = ORGS.map((org, at) => {
    const next = random(at < ORGS.length - 1 ? at : 100 * seed);
    const members = people.filter(() => next() < 0.15).map(({ id }) => id);
    return { id: `g-${org}`, name: `devin-${org}`, members };
  });
  const all = { id: 'g-all', name: 'devin-users', members: people.map(({ id }) => id) };
  return { people, groups: [all, ...groups] };
}

test('the journal, explain and the log of Devin agree on a thousand random edges, given and then moved', async () => {
  const devin = await startFakeDevin({ orgs: ORGS });
  onTestFinished(() => devin.close());
  const folder = await scratch();
  const move = (seed: number) => writeFile(join(folder, 'people.json'), JSON.stringify(directory(seed)));
  await move(1);
  const rules = ORGS.map((org) => `  - { group: devin-${org}, org: ${org}, role: Member }`).join('\n');
  const open = '{ count: 100000, share: 100%, atLeast: 100000 }';
  const { bench, apply } = await live(
    `directory: { file: { path: people.json } }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules:
  - { group: devin-users, role: Member }
${rules}
guards: { orgRoles: ${open}, perGroup: ${open}, grants: { count: 100000 }, minAdmins: 0 }
limits: { devin: { maxPerSecond: 1000 } }
`,
    folder,
  );
  expect(await apply('held')).toMatchObject({ state: 'applied', progress: { failed: 0 } });
  await move(2);
  expect(await apply('held')).toMatchObject({ state: 'applied', progress: { failed: 0 } });
  const loop = await bench.loop();
  const rows: JournalRow[] = [];
  for (let after: string | undefined; ; after = rows.at(-1)?.id) {
    const page = await loop.store.journal.read({ limit: 5000, ...(after === undefined ? {} : { after }) });
    if (page.length === 0) break;
    rows.push(...page);
  }
  const written = rows.flatMap(({ kind, outcome, change }) =>
    kind === 'write' && outcome === 'done' && change !== undefined ? [change] : [],
  );
  const edge = (...parts: (string | null)[]) => parts.map((part) => part ?? '-').join(' ');
  const told = written.map(({ kind, subject, org, before, after }) =>
    edge(kind, subject.devinId, org?.id ?? null, before?.id ?? null, after?.id ?? null),
  );
  const logged = devin.state.effects.map(({ kind, subject, org, before, after }) =>
    edge(kind, subject, org, before, after),
  );
  expect(told.length).toBeGreaterThan(1000);
  expect(told.sort()).toEqual(logged.sort());
  const turn = await look(loop, CONTEXT, false);
  for (const { id, email, direct } of devin.state.users.values()) {
    const explained = explain(turn.input, turn.decision.plan, email ?? '');
    const held = explained.places.flatMap(({ org, held: roles }) => roles.map(() => org?.id ?? ''));
    expect([id, held.sort()]).toEqual([id, [...direct.keys()].map((org) => org ?? '').sort()]);
  }
  for (let at = 0; at < PEOPLE; at += 8) {
    const email = `n${at}@corp.example`;
    const { places, writes } = await explainPerson(loop, turn, email);
    const user = devin.state.usersByEmail(email)[0];
    const held = places.flatMap(({ org, held: roles }) => roles.map(() => org?.id ?? ''));
    expect([email, held.sort()]).toEqual([
      email,
      [...(user?.direct.keys() ?? [])].map((org) => org ?? '').sort(),
    ]);
    expect(writes.length).toBe(written.filter(({ subject }) => subject.label === email).length);
  }
}, 300_000);
