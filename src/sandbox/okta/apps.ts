/** Who is assigned to an application: people one by one or through groups, and the groups themselves. */
import type { CompanyPerson } from '../company/model.ts';
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import type { OktaApp, OktaContext } from './context.ts';
import { oktaRefusal } from './errors.ts';
import { oktaGroup, oktaUser } from './objects.ts';
import { checkQuery, pageAnswer } from './paging.ts';

type Params = Readonly<Record<string, string>>;

const MAX_USERS = 500;
const MAX_GROUPS = 200;
/** Without a `limit` a page is this small. */
const USUAL_GROUPS = 20;

function appOf(context: OktaContext, { app }: Params): OktaApp {
  const found = context.apps.get(app as string);
  if (found === undefined) throw oktaRefusal('notFound', `${app} (AppInstance)`);
  return found;
}

/** Somebody deactivated loses what a group gave, and stays where an administrator put them by name. */
function assigned(context: OktaContext, app: OktaApp): Map<string, 'USER' | 'GROUP'> {
  const { people, groups } = context.company.company;
  const scopes = new Map<string, 'USER' | 'GROUP'>();
  for (const group of app.groups) {
    for (const id of groups.get(group)?.members ?? []) {
      if (people.get(id)?.status !== 'deactivated') scopes.set(id, 'GROUP');
    }
  }
  for (const id of app.people) if (people.has(id)) scopes.set(id, 'USER');
  return scopes;
}

function appUser(context: OktaContext, person: CompanyPerson, scope: string, exchange: Exchange): unknown {
  const user = oktaUser(context, person);
  return {
    id: person.id,
    scope,
    status: person.status === 'deactivated' ? 'DEPROVISIONED' : 'ACTIVE',
    syncState: 'DISABLED',
    credentials: { userName: person.email },
    ...(exchange.query.get('expand') === 'user' ? { _embedded: { user } } : {}),
  };
}

function appGroup(context: OktaContext, id: string, exchange: Exchange): unknown {
  const group = context.company.company.groups.get(id);
  const embedded = group === undefined ? undefined : oktaGroup(context, group);
  return {
    id,
    priority: 0,
    profile: {},
    ...(exchange.query.get('expand') === 'group' ? { _embedded: { group: embedded } } : {}),
  };
}

export function listAppUsers(context: OktaContext, params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['after', 'limit', 'q', 'expand']);
  const scopes = assigned(context, appOf(context, params));
  const { people } = context.company.company;
  const items = [...scopes.keys()].map((id) => people.get(id) as CompanyPerson);
  const render = (person: CompanyPerson) =>
    appUser(context, person, scopes.get(person.id) as string, exchange);
  const { pageSize: cap, url } = context;
  const kind = `users of ${params.app}`;
  return pageAnswer({ kind, items, render, maxLimit: MAX_USERS, usualLimit: 50, cap, url }, exchange);
}

export function getAppUser(context: OktaContext, params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['expand']);
  const id = params.id as string;
  const scope = assigned(context, appOf(context, params)).get(id);
  const person = context.company.company.people.get(id);
  if (scope === undefined || person === undefined) throw oktaRefusal('notFound', `${id} (AppUser)`);
  return jsonAnswer(200, appUser(context, person, scope, exchange));
}

function appGroups(context: OktaContext, params: Params): { id: string }[] {
  const { groups } = context.company.company;
  return [...appOf(context, params).groups].filter((id) => groups.has(id)).map((id) => ({ id }));
}

export function listAppGroups(context: OktaContext, params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['after', 'limit', 'q', 'expand']);
  const items = appGroups(context, params);
  const render = ({ id }: { id: string }) => appGroup(context, id, exchange);
  const { pageSize: cap, url } = context;
  const kind = `groups of ${params.app}`;
  const limits = { maxLimit: MAX_GROUPS, usualLimit: USUAL_GROUPS };
  return pageAnswer({ kind, items, render, ...limits, cap, url }, exchange);
}

export function getAppGroup(context: OktaContext, params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['expand']);
  const id = params.id as string;
  if (!appGroups(context, params).some((group) => group.id === id))
    throw oktaRefusal('notFound', `${id} (ApplicationGroupAssignment)`);
  return jsonAnswer(200, appGroup(context, id, exchange));
}
