/** Users by address, and the groups that hold a user. */
import type { Answer, Exchange } from '../http/exchange.ts';
import { graphRefusal, notFound } from './errors.ts';
import { type GraphDirectory, type GraphObject, graphGroup, selectOf, typedObject } from './objects.ts';
import { checkQuery, listAnswer, PAGED, place } from './paging.ts';

type Params = Readonly<Record<string, string>>;

interface Holding extends GraphDirectory {
  readonly pageSize: number;
  readonly seesHidden: boolean;
}

/** The one filter of users that a reader needs; names of properties and values are compared without case. */
const BY_ADDRESS = /^(mail|userPrincipalName) eq '((?:[^']|'')*)'$/;

export function addressTest(filter: string): (user: GraphObject) => boolean {
  const tests = filter.split(' or ').map((text) => {
    const match = BY_ADDRESS.exec(text);
    if (match === null)
      throw graphRefusal(400, 'Request_UnsupportedQuery', `The filter '${filter}' is not supported here.`);
    const value = (match[2] as string).replaceAll("''", "'").toLowerCase();
    return (user: GraphObject) => String(user[match[1] as string] ?? '').toLowerCase() === value;
  });
  // Graph takes up to 15 clauses of this kind in one filter.
  if (tests.length > 15)
    throw graphRefusal(400, 'Request_UnsupportedQuery', 'Too many child clauses specified in filter.');
  return (user) => tests.some((test) => test(user));
}

/** Groups that hold a user, directly or through other groups. */
export function listMemberOf(isTransitive: boolean) {
  return (context: Holding, params: Params, exchange: Exchange): Answer => {
    checkQuery(exchange, PAGED);
    const select = selectOf(exchange.query, context, ['group']);
    const id = params.id as string;
    const { people, groups } = context.company.company;
    if (!people.has(id)) throw notFound(id);
    const holders = new Set([...groups.values()].filter(({ members }) => members.has(id)));
    for (const { id: child } of isTransitive ? holders : []) {
      // A set that grows is walked to its end, and takes each group once.
      for (const group of groups.values()) if (group.children.has(child)) holders.add(group);
    }
    const visible = [...holders].filter(
      (group) => context.seesHidden || graphGroup(context, group).visibility !== 'HiddenMembership',
    );
    return listAnswer(
      {
        ...place(context, exchange),
        kind: `groups of ${id}`,
        context: 'directoryObjects',
        items: visible,
        keyOf: (group) => group.id,
        render: (group) => typedObject({ kind: 'group', object: graphGroup(context, group) }, select),
      },
      exchange.query,
    );
  };
}
