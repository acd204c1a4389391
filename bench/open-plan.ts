/** A large plan with nothing held back: what reports, batches and writers are measured with. */
import { decide } from '../src/core/decide.ts';
import type { Plan } from '../src/core/model/change.ts';
import { DevinBuilder, type DevinState } from '../src/core/model/devin.ts';
import type { DirectorySnapshot } from '../src/core/model/directory.ts';
import { NO_EVIDENCE } from '../src/core/model/evidence.ts';
import { EMPTY_MEMORY } from '../src/core/model/memory.ts';
import type { Settings } from '../src/core/model/settings.ts';
import { type Shape, type Size, shapeOf } from './shape.ts';
import { buildDirectory, CONFIG_HASH, devinId, emailOf, SETTINGS, sealDirectory, TENANTS } from './tenant.ts';

const OPEN = { atLeast: Number.POSITIVE_INFINITY, share: 1, count: Number.POSITIVE_INFINITY };

const OPEN_GUARDS: Settings['guards'] = {
  ...SETTINGS.guards,
  deactivations: OPEN,
  enterpriseRemovals: OPEN,
  orgRoles: OPEN,
  perGroup: OPEN,
  grants: OPEN,
  roleChanges: OPEN,
  minAdmins: 0,
};

/** Every group gives membership in its organization. */
const MEMBERS: Settings['rules'] = SETTINGS.rules.map((rule) => ({ ...rule, role: 'Member' }));

export function openPlan(directory: DirectorySnapshot, devin: DevinState, rules = MEMBERS): Plan {
  const { plan, problems } = decide({
    directory,
    devin,
    memory: { ...EMPTY_MEMORY, tenants: TENANTS, approvedConfig: CONFIG_HASH },
    evidence: NO_EVIDENCE,
    settings: { ...SETTINGS, roles: { rank: [], suspended: null }, rules, guards: OPEN_GUARDS },
    tenants: TENANTS,
    configHash: CONFIG_HASH,
    maxPerSecond: 10,
    now: Date.UTC(2026, 10, 22),
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return plan;
}

/** Nobody has an organization yet; `users`: whether they are in Devin at all. */
export function emptyDevin(shape: Shape, users: boolean): DevinState {
  const orgs = Array.from({ length: shape.orgs }, (_, org) => ({ id: `org-${org}`, name: `Org ${org}` }));
  const builder = new DevinBuilder({
    url: 'https://api.example.com',
    principal: { id: 'svc-sync', name: 'sync' },
    roles: [
      { id: 'account_member', name: 'Member', scope: 'enterprise' },
      { id: 'org_member', name: 'Member', scope: 'org' },
    ],
    orgs,
    reads: [],
  });
  for (let person = 0; users && person < shape.people; person++) {
    const index = builder.user({ id: devinId(person), email: emailOf(person), name: null });
    builder.direct(index, null, 'account_member');
  }
  return builder.build();
}

export function joinersPlan(size: Size): Plan {
  const shape = shapeOf(size, 0);
  return openPlan(sealDirectory(buildDirectory(shape)), emptyDevin(shape, true));
}

/** Everybody is new, and one group that all are in gives a role in the enterprise. */
export function firstPlan(size: Size): Plan {
  const shape = shapeOf(size, 0);
  const builder = buildDirectory(shape);
  builder.group({ id: 'everyone', name: 'everyone' });
  for (let person = 0; person < shape.people; person++)
    builder.member('everyone', `00u${person.toString(36).padStart(17, '0')}`);
  builder.closeGroup('everyone');
  const rule = { ...(MEMBERS[0] as Settings['rules'][number]), org: null };
  const rules = [{ ...rule, match: { by: 'name', name: 'everyone' } as const }];
  return openPlan(sealDirectory(builder), emptyDevin(shape, false), rules);
}
