/** Microsoft Entra ID as a directory: users, groups chosen by name, direct memberships with nesting. */
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
import { newTally } from '../pages.ts';
import type { DirectorySource } from '../source.ts';
import { checkEntra } from './check.ts';
import { EntraClient } from './client.ts';
import { GroupGraph, type GroupSink } from './group-graph.ts';
import { findByIds, readGroups, readUsers } from './lists.ts';
import type { EntraOptions } from './options.ts';
import {
  type GraphUser,
  graphUser,
  graphUserState,
  isGuest,
  isHidden,
  personRecord,
  USER_FIELDS,
} from './schema.ts';
import { EntraToken } from './token.ts';

export function createEntraSource(options: EntraOptions): DirectorySource {
  const token = new EntraToken(options);
  const client = new EntraClient(options, token);
  const tenant = `entra:${options.tenantId.toLowerCase()}`;
  const secrets = [options.clientSecret];
  const reading = (context: ReadContext) => new EntraReading({ client, token, options, context, tenant });
  return {
    kind: 'entra',
    // The id is in the sign-in's own URL: a token for it is proof enough, and no call is needed.
    tenant: async () => tenant,
    read: (scope, context) =>
      guarded({ what: 'reading Entra', signal: context.signal, secrets }, () => reading(context).read(scope)),
    confirm: (questions, context) =>
      guarded({ what: 'asking Entra for proof', signal: context.signal, secrets }, () =>
        reading(context).confirm(questions),
      ),
    check: async (signal) => withoutSecrets(await checkEntra(client, token, options, signal), secrets),
  };
}

interface Parts {
  readonly client: EntraClient;
  readonly token: EntraToken;
  readonly options: EntraOptions;
  readonly context: ReadContext;
  readonly tenant: string;
}

/** One reading: its builder, its tallies, its limit on parallel calls. */
class EntraReading {
  readonly #parts: Parts;
  readonly #builder = new DirectoryBuilder();
  readonly #guests = new Set<string>();
  readonly #users = newTally('Entra users');
  readonly #groups = newTally('Entra groups');
  readonly #members = newTally('Entra group members');
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #signInsBefore: number;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#limit = pLimit(parts.options.concurrency);
    this.#signInsBefore = parts.token.calls.calls;
  }

  async read(scope: Scope): Promise<DirectorySnapshot> {
    const { signal } = this.#parts.context;
    const graph = this.#graph(this.#builderSink(), true);
    // Members come last: which of them are guests is known when all users are.
    await together(signal, [
      (inner) => (scope.kind === 'all' ? this.#readPeople(inner) : this.#readSomePeople(scope.people, inner)),
      (inner) =>
        scope.kind === 'all'
          ? this.#readGroups(graph, inner)
          : this.#readSomeGroups(graph, scope.groups, inner),
    ]);
    await graph.read(signal);
    this.#builder.closeList('people');
    this.#builder.closeList('groups');
    const signIns = newTally('Entra sign-in');
    signIns.calls = this.#parts.token.calls.calls - this.#signInsBefore;
    const reads = [this.#users, this.#groups, this.#members, signIns];
    return this.#builder.seal({
      tenant: this.#parts.tenant,
      scope,
      reads: reads.filter(({ calls }) => calls > 0).map((tally) => ({ ...tally })),
    });
  }

  async confirm(questions: Questions): Promise<Evidence> {
    const people = new Map<string, PersonStatus | 'gone'>();
    const groups = new Map<string, GroupEvidence | 'gone'>();
    await together(this.#parts.context.signal, [
      async (signal) => {
        const by = {
          what: 'Entra user',
          path: '/users',
          fields: 'id,accountEnabled',
          schema: graphUserState,
        };
        const found = await findByIds(this.#parts.client, questions.people, {
          ...by,
          tally: this.#users,
          limit: this.#limit,
          signal,
        });
        for (const [id, user] of found)
          people.set(id, user === null ? 'gone' : statusOf(user.accountEnabled));
      },
      (signal) => this.#confirmGroups(questions.groups, groups, signal),
    ]);
    return { people, groups };
  }

  async #confirmGroups(
    ids: readonly string[],
    answers: Map<string, GroupEvidence | 'gone'>,
    signal: AbortSignal,
  ): Promise<void> {
    const found = new Map<string, { people: Set<string>; groups: Set<string> }>();
    const graph = this.#graph(
      {
        group: (group) => found.set(group.id, { people: new Set(), groups: new Set() }),
        member: (group, person) => found.get(group)?.people.add(person),
        child: (parent, child) => found.get(parent)?.groups.add(child),
        close: () => {},
      },
      false,
    );
    await graph.find(ids, signal);
    graph.choose(ids);
    await graph.read(signal);
    for (const id of ids) {
      const group = graph.known(id);
      const evidence = found.get(id);
      if (!group || evidence === undefined) answers.set(id, 'gone');
      else if (!isHidden(group) || evidence.people.size > 0) answers.set(id, evidence);
    }
  }

  #graph(sink: GroupSink, followChosen: boolean): GroupGraph {
    const { client, options, context } = this.#parts;
    return new GroupGraph({
      client,
      sink,
      followChosen,
      limit: this.#limit,
      groups: this.#groups,
      members: this.#members,
      selected: groupSelector(options.groups),
      onProgress: (done, total) => context.onProgress({ what: 'Entra group members', done, total }),
    });
  }

  #builderSink(): GroupSink {
    const builder = this.#builder;
    return {
      group: (group) => builder.group({ id: group.id, name: group.displayName, hidden: isHidden(group) }),
      member: (group, person) => {
        if (!this.#guests.has(person)) builder.member(group, person);
      },
      child: (parent, child) => builder.child(parent, child),
      close: (group) => builder.closeGroup(group),
    };
  }

  async #readPeople(signal: AbortSignal): Promise<void> {
    await readUsers(this.#parts.client, {
      tally: this.#users,
      signal,
      onPage: (users) => {
        for (const user of users) this.#takeUser(user);
        this.#parts.context.onProgress({ what: 'Entra users', done: this.#users.items, total: null });
      },
    });
  }

  async #readSomePeople(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const by = { what: 'Entra user', path: '/users', fields: USER_FIELDS, schema: graphUser };
    const found = await findByIds(this.#parts.client, ids, {
      ...by,
      tally: this.#users,
      limit: this.#limit,
      signal,
    });
    for (const user of found.values()) if (user !== null) this.#takeUser(user);
  }

  #takeUser(user: GraphUser): void {
    if (this.#parts.options.guests === 'exclude' && isGuest(user)) this.#guests.add(user.id);
    else this.#builder.person(personRecord(user, this.#parts.options));
  }

  async #readGroups(graph: GroupGraph, signal: AbortSignal): Promise<void> {
    await readGroups(this.#parts.client, {
      tally: this.#groups,
      signal,
      onPage: (groups) => {
        for (const group of groups) graph.add(group);
        this.#parts.context.onProgress({ what: 'Entra groups', done: this.#groups.items, total: null });
      },
    });
  }

  async #readSomeGroups(graph: GroupGraph, ids: readonly string[], signal: AbortSignal): Promise<void> {
    await graph.find(ids, signal);
  }
}

function statusOf(accountEnabled: boolean): PersonStatus {
  return accountEnabled ? 'active' : 'deactivated';
}
