/** Organizations and groups: what stands there, what gives it, and where the latest plan changes it. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { GiftView, GroupView, OrgView, PlacesView } from '../../actions/places.ts';
import type { ChangeCounts } from '../../core/model/standing.ts';
import { verdictHtml } from '../../report/html-parts.ts';
import { clean, count, plural, time } from '../../report/text.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { pageOf } from '../pages-of.ts';
import { named, oneOf } from '../routes/places.ts';
import { PageNumber } from '../schemas.ts';
import { sendPage } from './layout.ts';
import { pagerHtml, sectionHtml } from './parts.ts';
import { groupPeopleHtml, orgPeopleHtml, type PeopleQuery } from './people-of.ts';
import { placeValue } from './plan-query.ts';

const PAGE = 100;

const Query = z.object({
  /** Id or name of one; empty: the list. */
  of: z.string().max(512).default(''),
  search: z.string().trim().max(320).default(''),
  page: PageNumber,
  /** Of the people there. */
  who: z.string().trim().max(320).default(''),
  people: PageNumber,
  read: z.literal('now').exactOptional(),
});

type Values = z.output<typeof Query>;

/** What sets one kind of place apart from the other. */
interface Kind<T extends OrgView | GroupView> {
  readonly path: '/orgs' | '/groups';
  readonly title: string;
  readonly one: string;
  readonly about: string;
  all(view: PlacesView): readonly T[];
  /** Filter of the plan page under which exactly its changes stand. */
  filter(one: T): Record<string, string>;
  facts(one: T): { label: string; value: string }[];
  /** The same in one line of the list. */
  line(one: T): string;
  gift(gift: GiftView): { readonly name: string; readonly href: string | null };
  /** What only the page of one has. */
  more(deps: ServerDeps, one: T, query: PeopleQuery): Promise<SafeHtml>;
}

const ORGS: Kind<OrgView> = {
  path: '/orgs',
  title: 'Organizations',
  one: 'organization',
  about: 'Every organization that Devin listed, and those that are to be created.',
  all: ({ orgs }) => orgs,
  filter: ({ name }) => ({ place: placeValue(name) }),
  facts: orgFacts,
  line: orgLine,
  gift: ({ group }) => ({ name: group.name, href: hrefOf('/groups', group.id) }),
  more: orgPeopleHtml,
};

const GROUPS: Kind<GroupView> = {
  path: '/groups',
  title: 'Groups',
  one: 'group',
  about: 'Every directory group that a rule uses.',
  all: ({ groups }) => groups,
  filter: ({ name }) => ({ group: name }),
  facts: ({ people, gifts }) => [
    { label: 'Reaches', value: plural(people, 'person', 'people') },
    { label: 'Gives', value: rolesWords(gifts.length) },
  ],
  line: ({ people, gifts }) => `${plural(people, 'person', 'people')}, gives ${rolesWords(gifts.length)}`,
  gift: ({ org }) =>
    org === null
      ? { name: 'The enterprise', href: null }
      : { name: org.name, href: hrefOf('/orgs', org.id ?? org.name) },
  more: groupPeopleHtml,
};

export function addPlacePages(api: Api, deps: ServerDeps): void {
  addPage(api, deps, ORGS);
  addPage(api, deps, GROUPS);
}

function addPage<T extends OrgView | GroupView>(api: Api, deps: ServerDeps, kind: Kind<T>): void {
  api.get(kind.path, { schema: { querystring: Query } }, async (request, reply) => {
    const view = await deps.places();
    const { of } = request.query;
    if (of === '') return listPage(request, reply, kind, view, request.query);
    const one = oneOf(kind.all(view), of, kind.one);
    // A link on another site must not make this one read Devin.
    const own = request.headers['sec-fetch-site'] !== 'cross-site';
    const more = await kind.more(deps, one, own ? request.query : { ...request.query, read: undefined });
    return onePage(request, reply, kind, view, { one, more }, request.query);
  });
}

function listPage<T extends OrgView | GroupView>(
  request: FastifyRequest,
  reply: FastifyReply,
  kind: Kind<T>,
  view: PlacesView,
  { search, page }: Values,
): FastifyReply {
  const { total, items, ...shown } = pageOf(named(kind.all(view), search), Number(page), PAGE);
  const rows = items.map((one) => {
    return html`<li class="${toneOf(one.changes)}"><a href="${hrefOf(kind.path, one.id ?? one.name)}"><bdi>${clean(one.name)}</bdi></a>
<b>${changesWords(one.changes)}</b><span class="why">${clean(kind.line(one))}</span></li>`;
  });
  const query = new URLSearchParams(search === '' ? {} : { search });
  const none = view.at === null ? 'None yet: the first run will find them.' : 'None fits.';
  const list = rows.length === 0 ? html`<p class="note">${none}</p>` : html`<ul class="rows">${rows}</ul>`;
  return sendPage(request, reply, {
    title: kind.title,
    body: [
      html`<h1>${kind.title}</h1>`,
      sectionHtml({
        id: 'places',
        title: asOf(view),
        tone: 'quiet',
        count: total,
        note: kind.about,
        body: [
          searchForm(kind.path, search),
          list,
          pagerHtml(kind.path, query, shown.page, shown.pages) ?? html``,
        ],
      }),
    ],
  });
}

function onePage<T extends OrgView | GroupView>(
  request: FastifyRequest,
  reply: FastifyReply,
  kind: Kind<T>,
  view: PlacesView,
  { one, more }: { readonly one: T; readonly more: SafeHtml },
  { of, page }: Values,
): FastifyReply {
  const { total, items, ...shown } = pageOf<GiftView>(one.gifts, Number(page), PAGE);
  const lines = items.map((gift) => giftLine(gift, kind.gift(gift)));
  const none = html`<p class="note">No rule gives anything here.</p>`;
  const list = lines.length === 0 ? none : html`<ul class="rows">${lines}</ul>`;
  const pager = pagerHtml(kind.path, new URLSearchParams({ of }), shown.page, shown.pages) ?? html``;
  return sendPage(request, reply, {
    title: one.name,
    body: [
      verdictHtml({
        verdict: {
          word: clean(one.name),
          tone: toneOf(one.changes),
          sentence: `${changesWords(one.changes)}.`,
        },
        facts: [
          ...kind.facts(one),
          { label: 'As of', value: view.at === null ? 'no run yet' : time(view.at) },
        ],
      }),
      sectionHtml({
        id: 'changes',
        title: 'Changes of the latest plan',
        tone: 'quiet',
        body: numbers(view, one.changes, kind.filter(one)),
      }),
      sectionHtml({
        id: 'gives',
        title: 'What rules give',
        tone: 'quiet',
        count: total,
        body: [list, pager],
      }),
      more,
      html`<p><a href="${kind.path}">All ${kind.title.toLowerCase()}</a></p>`,
    ],
  });
}

const WAYS = {
  direct: 'to each person',
  group: 'through the group in Devin',
  scim: 'through the group in Devin, whose members are written through SCIM',
} as const;

function giftLine(
  { role, rule, via }: GiftView,
  { name, href }: ReturnType<Kind<OrgView>['gift']>,
): SafeHtml {
  const label = html`<bdi>${clean(name)}</bdi>`;
  const way = WAYS[via];
  return html`<li class="quiet">${href === null ? html`<span>${label}</span>` : html`<a href="${href}">${label}</a>`}
<b><bdi>${clean(role)}</bdi></b><span class="why"><bdi>${clean(`rule "${rule}", ${way}`)}</bdi></span></li>`;
}

const NUMBERS = [
  { state: 'held', words: 'held for approval', tone: 'alarm' },
  { state: 'ready', words: 'ready to be written', tone: 'caution' },
  { state: 'waiting', words: 'waiting for time or proof', tone: 'quiet' },
  { state: 'barred', words: 'not allowed by the policy', tone: 'quiet' },
] as const;

/** Each number leads to exactly those changes of the plan that it counts. */
function numbers({ planId }: PlacesView, changes: ChangeCounts, filter: Record<string, string>): SafeHtml {
  if (planId === null) return html`<p class="note">The next run will count them.</p>`;
  const cards = NUMBERS.map(({ state, words, tone }) => {
    const href = `/plans/${planId}?${new URLSearchParams({ state, ...filter })}#changes`;
    const things = changes[state];
    return html`<li class="${things === 0 ? 'quiet' : tone}"><a href="${href}"><b>${count(things)}</b> ${words}</a></li>`;
  });
  const sum = changes.held + changes.ready + changes.waiting + changes.barred;
  const all = `/plans/${planId}?${new URLSearchParams(filter)}#changes`;
  return html`<div><ul class="numbers">${cards}</ul>${
    sum === 0
      ? null
      : html`<p><a class="button" href="${all}">Review ${plural(sum, 'change')} in the plan</a></p>`
  }</div>`;
}

function orgFacts({ people, foreign, policy, declared, gifts }: OrgView): { label: string; value: string }[] {
  const facts = [
    { label: 'People', value: `${plural(people, 'person', 'people')} with a direct role` },
    { label: 'Rules give', value: rolesWords(gifts.length) },
    { label: 'Not given by this daemon', value: plural(foreign, 'access', 'accesses') },
    { label: 'Policy', value: policy },
  ];
  if (declared === null) return facts;
  const { state, roleCeiling, maxSessionAcuLimit: session, maxCycleAcuLimit: cycle, repositories } = declared;
  if (state !== 'active') facts.push({ label: 'State', value: `${state}: nothing is given there` });
  if (roleCeiling !== null) facts.push({ label: 'Highest role', value: roleCeiling });
  if (session !== null) facts.push({ label: 'Limit of a session', value: `${session} ACU` });
  if (cycle !== null) facts.push({ label: 'Limit of a cycle', value: `${cycle} ACU` });
  if (repositories !== null) facts.push({ label: 'Repositories', value: `${count(repositories)} declared` });
  return facts;
}

function orgLine({ people, foreign, policy, declared, gifts }: OrgView): string {
  const parts = [plural(people, 'person', 'people')];
  if (foreign > 0) parts.push(`${plural(foreign, 'access', 'accesses')} not given by this daemon`);
  parts.push(gifts.length === 0 ? 'no rule' : `${rolesWords(gifts.length)} by rules`, `policy ${policy}`);
  if (declared !== null && declared.state !== 'active') parts.push(`marked ${declared.state}`);
  if (declared?.roleCeiling != null) parts.push(`up to ${declared.roleCeiling}`);
  return parts.join(', ');
}

function rolesWords(gifts: number): string {
  return plural(gifts, 'role');
}

function toneOf({ held, ready }: ChangeCounts): 'alarm' | 'caution' | 'quiet' {
  if (held > 0) return 'alarm';
  return ready > 0 ? 'caution' : 'quiet';
}

/** `3 held, 12 ready`; what is zero is left out. */
function changesWords(changes: ChangeCounts): string {
  const parts = NUMBERS.filter(({ state }) => changes[state] > 0).map(
    ({ state }) => `${count(changes[state])} ${state}`,
  );
  return parts.length === 0 ? 'No changes' : parts.join(', ');
}

function asOf({ at }: PlacesView): string {
  return at === null ? 'Before the first run' : `As of ${time(at)}`;
}

function hrefOf(path: Kind<OrgView>['path'], of: string): string {
  return `${path}?${new URLSearchParams({ of })}`;
}

function searchForm(path: string, search: string): SafeHtml {
  return html`<form method="get" action="${path}" class="fields" role="search" aria-label="Find by name">
<label>Name<input type="search" name="search" value="${search}" maxlength="320"></label><button>Find</button>
<a href="${path}">Show all</a></form>`;
}
