/** The people of a group, on its page. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { GroupPerson } from '../../actions/group-people.ts';
import type { GroupView } from '../../actions/places.ts';
import type { PersonStatus } from '../../core/model/directory.ts';
import { clean, time } from '../../report/text.ts';
import type { ServerDeps } from '../deps.ts';
import { pageOf } from '../pages-of.ts';
import { NOT_KEPT } from '../routes/group-people.ts';
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
}

export async function groupPeopleHtml(
  deps: ServerDeps,
  { id }: Pick<GroupView, 'id'>,
  { who, people }: PeopleQuery,
): Promise<SafeHtml> {
  const found = await deps.groupPeople(id, who);
  const view = { id: 'people', title: 'People', tone: 'quiet' } as const;
  if (found === null) return sectionHtml({ ...view, body: html`<p class="note">${NOT_KEPT}.</p>` });
  const { items, total, page, pages } = pageOf(found.people, Number(people), PAGE);
  const none = who === '' ? 'Nobody.' : 'Nobody fits.';
  const list =
    items.length === 0
      ? html`<p class="note">${none}</p>`
      : html`<ul class="rows people">${items.map(personLine)}</ul>`;
  const query = new URLSearchParams({ of: id, ...(who === '' ? {} : { who }) });
  const hidden = found.hidden ? ' The directory may keep members of this group from us.' : '';
  return sectionHtml({
    ...view,
    count: total,
    note: `In the directory as of ${time(found.at)}, those of nested groups too.${hidden}`,
    body: [
      searchForm(id, who),
      list,
      pagerHtml('/groups', query, page, pages, { name: 'people', anchor: 'people' }) ?? html``,
    ],
  });
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

function searchForm(id: string, who: string): SafeHtml {
  const all = new URLSearchParams({ of: id });
  return html`<form method="get" action="/groups#people" class="fields" role="search" aria-label="Find a person of this group">
<input type="hidden" name="of" value="${id}"><label>E-mail or name<input type="search" name="who" value="${who}" maxlength="320"></label>
<button>Find</button><a href="${`/groups?${all}#people`}">Show all</a></form>`;
}
