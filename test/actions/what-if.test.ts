/** What another configuration would do: told against the one in use, and no key of the store changes for it. */
import { expect, test } from 'vitest';
import { look } from '../../src/actions/plan.ts';
import { whatIf } from '../../src/actions/what-if.ts';
import { comparePlans } from '../../src/core/compare-plans.ts';
import type { Rule } from '../../src/core/model/settings.ts';
import { type PlanFormat, renderWhatIf } from '../../src/report/render.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { CONTEXT, loopOf } from '../helpers/loop.ts';
import { lines, TENANTS, type World, world } from '../helpers/world.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();

function company(): World {
  const of = world()
    .staff('ada', 'bob', 'cid')
    .org('Web', 'Pay')
    .group('all', 'ada', 'bob')
    .group('eng', 'ada');
  of.rule('all', 'Member').rule('eng', 'Member', { org: 'Web' });
  of.user('cid', { '': 'Member', Web: 'Member' })
    .link('cid')
    .user('ada', { '': 'Member', Web: 'Member' })
    .link('ada');
  return of;
}

async function content(): Promise<Record<string, string>> {
  const client = redis.client();
  const keys = (await client.keys('*')).sort();
  const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  return Object.fromEntries(keys.map((key, at) => [key, dumps[at]?.toString('base64') ?? '']));
}

test('a proposed configuration is judged on one reading against the one in use, and nothing is stored', async () => {
  const of = company();
  const store = await openStore(redis.client(), redis.prefix(), of.now);
  await store.memory.save(await store.memory.load(TENANTS), of.memory);
  const loop = loopOf(of, store);
  const before = await content();
  const other = company().set({ rules: [] }).rule('all', 'Member').rule('all', 'Member', { org: 'Pay' });
  const { settings } = other.policy({ memberships: 'no-remove' });
  const proposed = { settings, configHash: 'proposed', sourceHash: loop.sourceHash };
  const plans = await whatIf(loop, proposed, CONTEXT);
  const same = await whatIf(loop, { ...proposed, settings: of.settings }, CONTEXT);
  await look(loop, CONTEXT, false);
  expect(await content()).toEqual(before);

  const { added, dropped, judged } = comparePlans(plans.current, plans.proposed);
  expect(lines({ changes: added })).toContain('ready: add-to-org ada @Pay - > Member');
  expect(lines({ changes: [...dropped, ...judged] }).join('\n')).toContain('remove-from-org cid @Web');
  const names = { currentName: 'current.yaml', proposedName: 'proposed.yaml' };
  const text = (compared: typeof plans, format: PlanFormat) =>
    [...renderWhatIf({ ...compared, ...names }, format)].join('');
  expect(text(plans, 'markdown')).toMatch(/### Only with proposed\.yaml \(\d\)/);
  expect(text(plans, 'markdown').length).toBeLessThan(60_000);
  expect(text(plans, 'terminal')).not.toContain('devin-idp-sync apply');
  expect(text(same, 'terminal')).toContain('asks for the same');
  expect(JSON.parse(text(plans, 'json')).id).toBe(plans.proposed.id);
  await expect(whatIf(loop, { ...proposed, sourceHash: 'other' }, CONTEXT)).rejects.toThrow(
    'read different directories',
  );
});

test('a pattern that would not end on the names of the groups is refused before anything is decided with it', async () => {
  const of = company().group(`${'a'.repeat(40)}!`, 'ada');
  const store = await openStore(redis.client(), redis.prefix(), of.now);
  const loop = loopOf(of, store);
  const [rule] = of.settings.rules;
  const withPattern = (pattern: string) => ({
    configHash: 'proposed',
    sourceHash: loop.sourceHash,
    settings: { ...of.settings, rules: [{ ...rule, match: { by: 'pattern', pattern } } as Rule] },
  });
  await expect(whatIf(loop, withPattern('(a+)+'), CONTEXT)).rejects.toThrow(
    'the pattern "(a+)+" takes too long',
  );
});
