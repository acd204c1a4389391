import { expect, test } from 'vitest';
import { protectedSteps } from '../../src/core/protected.ts';
import type { Scene } from '../../src/core/scene.ts';
import { World } from '../helpers/world.ts';

test('a protected address that no Devin user has is noted; a pattern, or one that is there under an alias, is not', () => {
  const world = new World();
  world.person('glass');
  world.managed('glass');
  world.settings = {
    ...world.settings,
    domainAliases: { 'corp-old.example': 'corp.example' },
    protected: ['Glass@corp-old.example', 'gone@corp.example', '*@auditors.example'],
  };
  const missing = world.decide().plan.notices.filter(({ kind }) => kind === 'protected-missing');
  expect(missing.map(({ subject }) => subject)).toEqual(['gone@corp.example']);
});

test('looking for protected people lets the event loop run in a large enterprise', () => {
  const notices: unknown[] = [];
  const scene = {
    settings: { protected: ['gone@corp.example'], domainAliases: {} },
    devin: { userCount: 25_000, user: () => ({ email: 'ada@corp.example' }) },
    out: { notices },
  } as unknown as Scene;
  expect([...protectedSteps(scene)]).toHaveLength(2);
  expect(notices).toHaveLength(1);
});
