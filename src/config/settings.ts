/** The deciding part of the configuration, as the core takes it. */
import type { Deny, Grant } from '../core/model/grants.ts';
import type { DeclaredRepository, OrgSettings, Settings } from '../core/model/settings.ts';
import type { DenyInput, GrantInput } from './grant-schema.ts';
import { matchOf, ruleName } from './rule-schema.ts';
import type { ConfigValues } from './schema.ts';

/** Every part of the settings is a key of the file. */
export function settingsOf(values: Pick<ConfigValues, keyof Settings>): Settings {
  const { policy, orgPolicy, foreign, guards, domainAliases, defaultEnterpriseRole } = values;
  return {
    rules: values.rules.map((rule) => ({
      name: ruleName(rule),
      match: matchOf(rule),
      via: rule.via,
      org: rule.org ?? null,
      role: rule.role,
      priority: rule.priority,
      allowAdmin: rule.allowAdmin,
    })),
    grants: values.grants.map(grantOf),
    denies: values.denies.map(denyOf),
    defaultEnterpriseRole,
    policy,
    orgPolicy,
    foreign,
    roles: { rank: values.roles.rank, suspended: values.roles.suspended ?? null },
    guards,
    approvals: values.approvals,
    patience: {
      absenceMs: values.patience.absence,
      tombstoneMs: values.patience.tombstone,
      adoptionMs: values.patience.adoption,
    },
    protected: values.protected,
    domainAliases,
    organizations: values.organizations.map(orgOf),
    freeze: values.freeze,
    budgets: values.budgets,
  };
}

export function grantOf(grant: GrantInput): Grant {
  const { role, allowAdmin, notInDirectory, breakGlass } = grant;
  return { ...denyOf(grant), role, allowAdmin, notInDirectory, breakGlass };
}

export function denyOf({ email, org, reason, owner, ticket, until }: DenyInput): Deny {
  return { email, org: org ?? null, reason, owner, ticket: ticket ?? null, until: until ?? null };
}

type Line = ConfigValues['organizations'][number];
type RepositoryLine = NonNullable<Line['repositories']>[number];

/** What is left out stays out, so that a configuration that never named it keeps its hash. */
function orgOf(org: Line): OrgSettings {
  return {
    name: org.name,
    create: org.create,
    maxSessionAcuLimit: org.maxSessionAcuLimit ?? null,
    maxCycleAcuLimit: org.maxCycleAcuLimit ?? null,
    ...(org.id === undefined ? {} : { id: org.id }),
    ...(org.state === 'active' ? {} : { state: org.state }),
    ...(org.roleCeiling === undefined ? {} : { roleCeiling: org.roleCeiling }),
    ...(org.repositories === undefined ? {} : { repositories: org.repositories.map(repositoryOf) }),
  };
}

/** The schema has made sure that one of them is given. */
function repositoryOf({ connection, repo, prefix, group }: RepositoryLine): DeclaredRepository {
  if (repo !== undefined) return { connection, by: 'repo', path: repo };
  if (prefix !== undefined) return { connection, by: 'prefix', path: prefix };
  return { connection, by: 'group', path: group as string };
}
