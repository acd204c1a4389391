/** What went wrong elsewhere through a configuration, over HTTP: nothing is taken before a person saw what it would do. */
import { expect, test } from 'vitest';
import { guardsOf, RULES, staff, takes, town } from './town.ts';

const here = await town();

/** The program starts with this; an approval of the configuration itself, as `apply --yes` gives it, takes nothing. */
async function takesNothing(change: Parameters<typeof here.restart>[0]): Promise<readonly string[]> {
  await here.restart(change);
  const result = await here.apply('ready');
  expect(result.state).not.toBe('declined');
  expect(takes(here.writes())).toEqual([]);
  const guards = guardsOf(result.plan);
  await here.restart({});
  await here.apply('ready');
  expect((await here.plan()).changes).toEqual([]);
  return guards;
}

test('kubernetes org 4365: a faulty configuration strips no members', async () => {
  const faulty = RULES.map((rule) => rule.replace('team-(?<org>[a-z]+)', 'team_(?<org>[a-z]+)'));
  expect(await takesNothing({ rules: faulty })).toContain('rule-changed');
});

test('argo-cd 7412: a configuration that would prune nine of ten waits for a person', async () => {
  const pruning = RULES.map((rule) => rule.replace('everybody', 'nobody'));
  expect(await takesNothing({ rules: [pruning[0] as string] })).toContain('rule-changed');
});

test('authentik 19295: a wrong filter that hides most groups and people deletes nobody', async () => {
  expect(await takesNothing({ include: 'team-web' })).not.toEqual([]);
});

test('argo-cd 23645: hundreds of unrelated people do not talk a guard out of it', async () => {
  const company = staff();
  const other = await town({ company });
  for (let at = 0; at < 300; at++) {
    other.devin.state.addUser({ email: `x${at}@elsewhere.example` });
    company.hire({ firstName: `x${at}`, lastName: 'Corp', email: `x${at}@corp.example` });
  }
  for (let at = 0; at < 20; at += 2)
    company.leave('team-web', `p${String(at).padStart(2, '0')}@corp.example`);
  const { state, plan } = await other.apply('ready');
  expect(state).toBe('nothing');
  expect(guardsOf(plan)).toEqual(['orgRoles', 'perGroup']);
  expect(other.writes()).toEqual([]);
});

test('user-sync 471: other letter cases in the directory and in Devin make neither duplicates nor removals', async () => {
  const { company, devin, writes, plan } = here;
  for (const { email } of company.company.people.values()) company.changeEmail(email, email.toUpperCase());
  for (const user of devin.state.users.values()) devin.state.changeEmail(user, `P${user.email?.slice(1)}`);
  expect((await plan()).changes).toEqual([]);
  expect(takes(writes())).toEqual([]);
});
