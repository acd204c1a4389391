/** Okta as a directory: users of every status, groups chosen by name, their members. */
import pLimit from 'p-limit';
import {
  DirectoryBuilder,
  type DirectorySnapshot,
  type PersonStatus,
  type Scope,
} from '../../core/model/directory.ts';
import type { Evidence, GroupEvidence, Questions } from '../../core/model/evidence.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { together } from '../../lib/together.ts';
import { groupSelector } from '../group-filter.ts';
import { guarded, withoutSecrets } from '../guarded.ts';
import { newTally, type Tally } from '../pages.ts';
import { parseOne } from '../parse.ts';
import { type Place, parseJson } from '../read-error.ts';
import type { DirectorySource } from '../source.ts';
import { checkOkta } from './check.ts';
import { OktaClient } from './client.ts';
import { findGroup, findUser, isRealGroup, readGroups, readMembers, readUsers } from './lists.ts';
import type { OktaOptions } from './options.ts';
import { type OktaGroup, oktaOrg, personRecord, personStatus } from './schema.ts';

export function createOktaSource(options: OktaOptions): DirectorySource {
  const client = new OktaClient(options);
  let known: string | null = null;
  /** The org behind a URL never changes, so it is asked for once. */
  async function tenant(signal: AbortSignal, tally = newTally('Okta org')): Promise<string> {
    known ??= await readTenant(client, tally, signal);
    return known;
  }
  const secrets = [options.token ?? '', options.privateKey?.key ?? ''];
  const reading = (context: ReadContext) => new OktaReading(client, options, context);
  return {
    kind: 'okta',
    tenant: (signal) => guarded({ what: 'reading the Okta org', signal, secrets }, () => tenant(signal)),
    read: (scope, context) =>
      guarded({ what: 'reading Okta', signal: context.signal, secrets }, () =>
        reading(context).read(scope, tenant),
      ),
    confirm: (questions, context) =>
      guarded({ what: 'asking Okta for proof', signal: context.signal, secrets }, () =>
        reading(context).confirm(questions),
      ),
    check: async (signal) => withoutSecrets(await checkOkta(client, options, tenant, signal), secrets),
  };
}

async function readTenant(client: OktaClient, tally: Tally, signal: AbortSignal): Promise<string> {
  // Public metadata: /api/v1/org would need the scope okta.orgs.read for the same id.
  const place: Place = { what: 'Okta org', page: null, url: client.url('/.well-known/okta-organization') };
  const answer = await client.get({ place, tally, signal });
  return `okta:${parseOne(parseJson(answer, place), oktaOrg, place).id}`;
}

type Tenant = (signal: AbortSignal, tally: Tally) => Promise<string>;

/** One reading: its builder, its tallies, its limit on parallel calls. */
class OktaReading {
  readonly #client: OktaClient;
  readonly #options: OktaOptions;
  readonly #context: ReadContext;
  readonly #builder = new DirectoryBuilder();
  readonly #org = newTally('Okta org');
  readonly #users = newTally('Okta users');
  readonly #groups = newTally('Okta groups');
  readonly #members = newTally('Okta group members');
  readonly #limit: <T>(work: () => Promise<T>) => Promise<T>;
  readonly #signInsBefore: number;

  constructor(client: OktaClient, options: OktaOptions, context: ReadContext) {
    this.#client = client;
    this.#options = options;
    this.#context = context;
    this.#limit = pLimit(options.concurrency);
    this.#signInsBefore = client.signIns.calls;
  }

  async read(scope: Scope, tenant: Tenant): Promise<DirectorySnapshot> {
    let name = '';
    await together(this.#context.signal, [
      async (signal) => {
        name = await tenant(signal, this.#org);
      },
      (signal) =>
        scope.kind === 'all' ? this.#readPeople(signal) : this.#readSomePeople(scope.people, signal),
      (signal) =>
        scope.kind === 'all' ? this.#readGroups(signal) : this.#readSomeGroups(scope.groups, signal),
    ]);
    this.#builder.closeList('people');
    this.#builder.closeList('groups');
    const signIns = newTally('Okta sign-in');
    signIns.calls = this.#client.signIns.calls - this.#signInsBefore;
    const reads = [this.#users, this.#groups, this.#members, this.#org, signIns];
    return this.#builder.seal({
      tenant: name,
      scope,
      reads: reads.filter(({ calls }) => calls > 0).map((tally) => ({ ...tally })),
    });
  }

  async confirm(questions: Questions): Promise<Evidence> {
    const people = new Map<string, PersonStatus | 'gone'>();
    const groups = new Map<string, GroupEvidence | 'gone'>();
    const total = questions.people.length + questions.groups.length;
    const answered = () =>
      this.#context.onProgress({ what: 'Okta proof', done: people.size + groups.size, total });
    await together(this.#context.signal, [
      ...questions.people.map(
        (id) => (signal: AbortSignal) =>
          this.#limit(async () => {
            const user = await findUser(this.#client, id, { tally: this.#users, signal });
            people.set(id, user === null ? 'gone' : personStatus(user.status, this.#options));
            answered();
          }),
      ),
      ...questions.groups.map(
        (id) => (signal: AbortSignal) =>
          this.#limit(async () => {
            groups.set(id, await this.#groupEvidence(id, signal));
            answered();
          }),
      ),
    ]);
    return { people, groups };
  }

  async #groupEvidence(id: string, signal: AbortSignal): Promise<GroupEvidence | 'gone'> {
    const people = new Set<string>();
    const found = await readMembers(this.#client, {
      group: { id, type: 'OKTA_GROUP', profile: { name: id } },
      tally: this.#members,
      signal,
      onGroup: () => {},
      onMembers: (ids) => {
        for (const member of ids) people.add(member);
      },
    });
    return found ? { people, groups: new Set() } : 'gone';
  }

  async #readPeople(signal: AbortSignal): Promise<void> {
    await readUsers(this.#client, {
      tally: this.#users,
      signal,
      onPage: (users) => {
        for (const user of users) this.#builder.person(personRecord(user, this.#options));
        this.#context.onProgress({ what: 'Okta users', done: this.#users.items, total: null });
      },
    });
  }

  async #readSomePeople(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const read = async (id: string, inner: AbortSignal): Promise<void> => {
      const user = await findUser(this.#client, id, { tally: this.#users, signal: inner });
      if (user === null) return;
      this.#users.items++;
      this.#builder.person(personRecord(user, this.#options));
    };
    await together(
      signal,
      ids.map((id) => (inner: AbortSignal) => this.#limit(() => read(id, inner))),
    );
  }

  async #readGroups(signal: AbortSignal): Promise<void> {
    const selected = groupSelector(this.#options.groups);
    const chosen = new Map<string, OktaGroup>();
    await readGroups(this.#client, {
      tally: this.#groups,
      signal,
      onPage: (groups) => {
        for (const group of groups) {
          if (isRealGroup(group) && selected(group.profile.name)) chosen.set(group.id, group);
        }
        this.#context.onProgress({ what: 'Okta groups', done: this.#groups.items, total: null });
      },
    });
    await this.#readMembersOf([...chosen.values()], signal);
  }

  async #readSomeGroups(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const selected = groupSelector(this.#options.groups);
    const chosen: OktaGroup[] = [];
    const read = async (id: string, inner: AbortSignal): Promise<void> => {
      const group = await findGroup(this.#client, id, { tally: this.#groups, signal: inner });
      if (group === null) return;
      this.#groups.items++;
      if (isRealGroup(group) && selected(group.profile.name)) chosen.push(group);
    };
    await together(
      signal,
      ids.map((id) => (inner: AbortSignal) => this.#limit(() => read(id, inner))),
    );
    await this.#readMembersOf(chosen, signal);
  }

  async #readMembersOf(groups: readonly OktaGroup[], signal: AbortSignal): Promise<void> {
    let done = 0;
    const read = async (group: OktaGroup, inner: AbortSignal): Promise<void> => {
      const builder = this.#builder;
      const found = await readMembers(this.#client, {
        group,
        tally: this.#members,
        signal: inner,
        onGroup: () => builder.group({ id: group.id, name: group.profile.name }),
        onMembers: (ids) => {
          for (const id of ids) builder.member(group.id, id);
        },
      });
      if (found) builder.closeGroup(group.id);
      this.#context.onProgress({ what: 'Okta group members', done: ++done, total: groups.length });
    };
    await together(
      signal,
      groups.map((group) => (inner: AbortSignal) => this.#limit(() => read(group, inner))),
    );
  }
}
