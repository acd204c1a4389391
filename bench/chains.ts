/**
 * The connectors' own page chains, to their ends and no further: signed, paced, within time limits and one origin,
 * every page checked, every item handed over. What a snapshot makes of the items is measured apart.
 */
import pLimit from 'p-limit';
import { EntraClient } from '../src/directory/entra/client.ts';
import * as entra from '../src/directory/entra/lists.ts';
import type { EntraOptions } from '../src/directory/entra/options.ts';
import type { GraphGroup } from '../src/directory/entra/schema.ts';
import { EntraToken } from '../src/directory/entra/token.ts';
import { OktaClient } from '../src/directory/okta/client.ts';
import type { OktaOptions } from '../src/directory/okta/options.ts';
import * as okta from '../src/directory/okta/queries.ts';
import type { OktaGroup } from '../src/directory/okta/schema.ts';
import { newTally } from '../src/directory/pages.ts';

/** Reads everything once and gives how many items that were. */
export type Chains = () => Promise<number>;

export function oktaChains(options: OktaOptions): Chains {
  const client = new OktaClient(options);
  return async () => {
    const by = { signal: AbortSignal.timeout(300_000), tally: newTally('bench') };
    let items = 0;
    const count = (page: readonly unknown[]): void => {
      items += page.length;
    };
    const groups: OktaGroup[] = [];
    await Promise.all([
      okta.readUsers(client, { ...by, onPage: count }),
      okta.readGroups(client, options, { ...by, onPage: (page) => void groups.push(...page) }),
    ]);
    const limit = pLimit(options.concurrency);
    const read = (group: OktaGroup) =>
      okta.readMembers(client, {
        ...{ ...by, group, onGroup: () => {} },
        onMembers: count,
      });
    await Promise.all(groups.map((group) => limit(() => read(group))));
    return items + groups.length;
  };
}

export function entraChains(options: EntraOptions): Chains {
  const client = new EntraClient(options, new EntraToken(options));
  return async () => {
    const by = { signal: AbortSignal.timeout(300_000), tally: newTally('bench') };
    let items = 0;
    const count = (page: readonly unknown[]): void => {
      items += page.length;
    };
    const groups: GraphGroup[] = [];
    await Promise.all([
      entra.readUsers(client, { ...by, onPage: count }),
      entra.readGroups(client, {
        ...{ ...by, securityGroupsOnly: options.securityGroupsOnly },
        onPage: (page) => void groups.push(...page),
      }),
    ]);
    await entra.readMembers(client, groups, {
      ...{ ...by, limit: pLimit(options.concurrency), withUsers: false },
      onGone: () => {},
      onMembers: (_, pages) => {
        for (const { members } of pages) count(members);
      },
    });
    return items + groups.length;
  };
}
