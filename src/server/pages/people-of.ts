/** The people of a group or of an organization, on its page. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { GroupPerson } from '../../actions/group-people.ts';
import type { OrgPerson } from '../../actions/org-people.ts';
import type { GroupView, OrgView } from '../../actions/places.ts';
import type { PersonStatus } from '../../core/model/directory.ts';
import { clean, time } from '../../report/text.ts';
import type { ServerDeps } from '../deps.ts';
import { pageOf } from '../pages-of.ts';
import { NOT_KEPT } from '../routes/group-people.ts';
import { peopleIn } from '../routes/org-people.ts';
import { pagerHtml, personHref, sectionHtml } from './parts.ts';

const PAGE = 100;

const STATUS: Readonly<Record<PersonStatus, string | null>> = {
  active: null,
  staged: 'not activated yet',
  suspended: 'suspended',
  deactivated: 'deactivated',
  unknown: 'named by the group, no person was read',
  unread: 'its source could not be read',
};

export interface PeopleQuery {
  /** Part of an address, a name or an id. */
  readonly who: string;
  /** Page of the list, from 1. */
  readonly people: string;
  /** Of an organization: read Devin for it. */
  readonly read?: 'now' | undefined;
}

export async function groupPeopleHtml(
  deps: ServerDeps,
  { id }: Pick<GroupView, 'id'>,
  { who, people }: PeopleQuery,
): Promise<SafeHtml> {
  const found = await deps.groupPeople(id, who);
  if (found === null) {
    const body = html`<p class="note">${NOT_KEPT}.</p>`;
    return sectionHtml({ id: 'people', title: 'People', tone: 'quiet', body });
  }
  const hidden = found.hidden ? ' The directory may keep members of this group from us.' : '';
  return listHtml(
    found.people,
    personLine,
    { who, people },
    {
      path: '/groups',
      query: { of: id },
      note: `In the directory as of ${time(found.at)}, those of nested groups too.${hidden}`,
    },
  );
}

/** Reads Devin only when it is asked to: everything else on the page is stored. */
export async function orgPeopleHtml(
  deps: ServerDeps,
  { id, name }: Pick<OrgView, 'id' | 'name'>,
  { who, people, read }: PeopleQuery,
): Promise<SafeHtml> {
  const query = { of: id ?? name, read: 'now' };
  if (id === null) return html``;
  if (read !== 'now') {
    const link = html`<p><a class="button" href="${`/orgs?${new URLSearchParams(query)}#people`}">Read Devin now and list them</a></p>`;
    return sectionHtml({ id: 'people', title: 'People', tone: 'quiet', body: link });
  }
  const found = await peopleIn(deps, id, who);
  const note = `Roles in Devin as of ${time(found.at)}, held directly or through a group.`;
  return listHtml(found.people, holderLine, { who, people }, { path: '/orgs', query, note });
}

interface ListView {
  readonly path: '/groups' | '/orgs';
  readonly query: Readonly<Record<string, string>>;
  readonly note: string;
}

function listHtml<T>(
  all: readonly T[],
  toLine: (one: T) => SafeHtml,
  { who, people }: PeopleQuery,
  { path, query, note }: ListView,
): SafeHtml {
  const { items, total, page, pages } = pageOf(all, Number(people), PAGE);
  const none = who === '' ? 'Nobody.' : 'Nobody fits.';
  const list =
    items.length === 0
      ? html`<p class="note">${none}</p>`
      : html`<ul class="rows people">${items.map(toLine)}</ul>`;
  const address = new URLSearchParams({ ...query, ...(who === '' ? {} : { who }) });
  return sectionHtml({
    id: 'people',
    title: 'People',
    tone: 'quiet',
    count: total,
    note,
    body: [
      searchForm(path, query, who),
      list,
      pagerHtml(path, address, page, pages, { name: 'people', anchor: 'people', of: 'people' }) ?? html``,
    ],
  });
}

function holderLine({ id, email, name, role, through }: OrgPerson): SafeHtml {
  const label = html`<bdi>${clean(email ?? id)}</bdi>`;
  const who =
    email === null ? html`<span>${label}</span>` : html`<a href="${personHref(email)}">${label}</a>`;
  const words = [role, through === null ? '' : `through ${through}`, name ?? '']
    .filter((part) => part !== '')
    .join(', ');
  return html`<li class="quiet">${who}<span class="why"><bdi>${clean(words)}</bdi></span></li>`;
}

function personLine({ id, email, name, status, through }: GroupPerson): SafeHtml {
  const label = html`<bdi>${clean(email ?? id)}</bdi>`;
  const who =
    email === null ? html`<span>${label}</span>` : html`<a href="${personHref(email)}">${label}</a>`;
  const words = [name, through === null ? '' : `through ${through}`, STATUS[status] ?? '']
    .filter((part) => part !== '')
    .join(', ');
  return html`<li class="${status === 'active' ? 'quiet' : 'caution'}">${who}<span class="why"><bdi>${clean(words)}</bdi></span></li>`;
}

function searchForm(path: string, query: ListView['query'], who: string): SafeHtml {
  const hidden = Object.entries(query).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="get" action="${path}#people" class="fields" role="search" aria-label="Find one of these people">
${hidden}<label>E-mail or name<input type="search" name="who" value="${who}" maxlength="320"></label>
<button>Find</button><a href="${`${path}?${new URLSearchParams(query)}#people`}">Show all</a></form>`;
}
