/** What has gone wrong for others, each as something that happens on the stage. From public incident reports of such tools. */
import { EMPTY_MEMORY } from '../../core/model/memory.ts';
import type { Stage } from './stage.ts';

export interface Fault {
  readonly title: string;
  happen(stage: Stage): void;
  /** People whom a tool that goes by names and spelling would have taken for gone. */
  naive?(stage: Stage): number;
  /** Share of the people with access whom the reading would have lacked, where it fails: what believing it would have cost. */
  readonly unread?: number;
}

const USERS = /^\/api\/v1\/users\?/;
const GROUPS = /^\/api\/v1\/groups\?/;
const ALWAYS = Number.POSITIVE_INFINITY;

function answer(path: RegExp, status: number) {
  return ({ okta }: Stage) =>
    okta.faults.add({ path, skip: 1, times: ALWAYS, action: { kind: 'status', status, body: '{}' } });
}

function empty(path: RegExp) {
  return ({ okta }: Stage) =>
    okta.faults.add({ path, times: ALWAYS, action: { kind: 'replace', body: '[]' } });
}

/** Every n-th of a list, so that a share is spread over the company. */
function spread<T>(all: readonly T[], share: number): T[] {
  const each = Math.round(1 / share);
  return all.filter((_, at) => at % each === 0);
}

function largest({ company, groups }: Stage): string {
  const size = (name: string) => company.group(name).members.size;
  return [...groups].sort((a, b) => size(b) - size(a))[0] as string;
}

function membersOfLargest(stage: Stage): number {
  return stage.company.group(largest(stage)).members.size;
}

function emptyGroup({ company }: Stage, name: string): void {
  const group = company.group(name);
  for (const person of [...group.members]) company.leave(group.id, person);
}

export const FAULTS: readonly Fault[] = [
  { title: 'The second page of people answers 503', happen: answer(USERS, 503), unread: 0.8 },
  {
    title: 'The list of people is cut in the middle of an answer',
    happen: ({ okta }) => okta.faults.add({ path: USERS, skip: 1, times: ALWAYS, action: { kind: 'cut' } }),
    unread: 0.8,
  },
  { title: 'The list of people comes back empty', happen: empty(USERS), unread: 1 },
  { title: 'The list of groups comes back empty', happen: empty(GROUPS), unread: 1 },
  {
    title: 'Every call is refused with 429',
    happen: ({ okta }) =>
      okta.faults.add({
        times: ALWAYS,
        action: {
          kind: 'status',
          status: 429,
          headers: { 'x-rate-limit-reset': `${Math.ceil(Date.now() / 1000) + 3600}` },
          body: '{}',
        },
      }),
    unread: 1,
  },
  {
    title: 'Every group answers without members, for days',
    happen: (stage) => {
      for (const name of stage.groups) emptyGroup(stage, name);
    },
  },
  { title: 'The largest group loses all members', happen: (stage) => emptyGroup(stage, largest(stage)) },
  {
    title: 'A third of the groups is missing from the list, for days',
    unread: 1,
    happen: ({ company, groups }) => {
      for (const name of spread(groups, 1 / 3)) company.deleteGroup(name);
    },
  },
  {
    title: 'Half of the people are gone, after a wrong filter',
    happen: ({ company }) => {
      for (const id of spread([...company.company.people.keys()], 1 / 2)) company.deletePerson(id);
    },
  },
  {
    title: 'A third of the people are deactivated at once',
    happen: ({ company }) => {
      for (const id of spread([...company.company.people.keys()], 1 / 3)) company.deactivate(id);
    },
  },
  {
    title: 'The first rule is deleted from the configuration',
    happen: (stage) => {
      stage.settings = { ...stage.settings, rules: stage.settings.rules.slice(1) };
    },
  },
  {
    title: 'The largest group is renamed',
    naive: membersOfLargest,
    happen: (stage) => void stage.company.renameGroup(largest(stage), `${largest(stage)} (renamed)`),
  },
  {
    title: 'The largest group is deleted, and one of its name is made',
    naive: membersOfLargest,
    happen: (stage) => {
      const name = largest(stage);
      stage.company.deleteGroup(name);
      stage.company.createGroup(name);
    },
  },
  {
    title: 'Somebody makes a second group of the same name',
    happen: (stage) => void stage.company.createGroup(largest(stage)),
  },
  {
    title: 'All e-mail addresses change their letter case',
    naive: ({ devin }) => devin.state.users.size,
    happen: ({ company }) => {
      for (const { id, email } of [...company.company.people.values()])
        company.changeEmail(id, email.toUpperCase());
    },
  },
  {
    title: 'Redis loses everything that the daemon remembers',
    happen: (stage) => {
      stage.memory = EMPTY_MEMORY;
    },
  },
];
