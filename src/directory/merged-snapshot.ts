/** Several readings as one: ids get the name of their source, and one address in several sources is one person. */
import {
  DirectoryBuilder,
  type DirectoryNotice,
  type DirectorySnapshot,
  type PersonRecord,
  type PersonStatus,
  type SnapshotPart,
} from '../core/model/directory.ts';

export interface MergeRules {
  /** In order of precedence, with the mail domains that each decides about. */
  readonly sources: readonly { readonly name: string; readonly domains: readonly string[] }[];
  /** Who decides where no source names the domain: the first source, or whoever disables the account. */
  readonly authority: 'order' | 'none';
  /** An e-mail as it is compared; null: nothing to compare. */
  readonly addressOf: (email: string | null) => string | null;
}

/** `unread`: no answer. `abstains`: a source that says nothing of the account. */
export type Answer = PersonStatus | 'gone' | 'abstains';

/** One person in several sources. */
export interface Linked {
  /** Merged id, which is that of the source that decides, or else of the first one. */
  readonly id: string;
  /** In order of precedence. */
  readonly identities: readonly {
    readonly source: string;
    readonly id: string;
    readonly abstains: boolean;
  }[];
  /** Which of them decides; -1: none does. */
  readonly decider: number;
}

export interface Merged {
  readonly snapshot: DirectorySnapshot;
  /** By merged id. */
  readonly linked: ReadonlyMap<string, Linked>;
  /** Merged id of identities whose person goes by another one. */
  readonly aliases: ReadonlyMap<string, string>;
}

export function mergedId(source: string, id: string): string {
  return `${source}/${id}`;
}

/** Names of sources have no slash, so the first one ends them. */
export function splitId(id: string): { readonly source: string; readonly id: string } {
  const slash = id.indexOf('/');
  return { source: id.slice(0, slash), id: id.slice(slash + 1) };
}

/** Of several accounts of one person: what the one that decides says; without one, whoever disables it. */
export function combined(answers: readonly Answer[], decider: number): PersonStatus | 'gone' {
  const decided = answers[decider];
  if (decided !== undefined && decided !== 'abstains') {
    // Groups of a source that cannot be read may give more, or less, than is known.
    const open = decided === 'active' || decided === 'staged';
    return open && answers.includes('unread') ? 'unread' : decided;
  }
  const first = (['deactivated', 'suspended', 'unread', 'active', 'staged', 'unknown'] as const).find(
    (status) => answers.includes(status),
  );
  return first ?? (answers.includes('abstains') ? 'active' : 'gone');
}

/** @param parts in the order of `rules.sources` */
export function mergeParts(parts: readonly SnapshotPart[], rules: MergeRules): Merged {
  const work: Work = { parts, rules, linked: new Map(), aliases: new Map(), notices: [], records: new Map() };
  for (const part of parts) noteUnread(work, part);
  for (const [address, identities] of identitiesByAddress(parts, rules)) link(work, address, identities);
  const builder = new DirectoryBuilder();
  for (const part of parts) addPeople(work, builder, part);
  for (const part of parts) addGroups(builder, part);
  for (const part of parts) addMembers(work, builder, part);
  builder.closeList('people');
  builder.closeList('groups');
  return { snapshot: sealed(work, builder), linked: work.linked, aliases: work.aliases };
}

interface Work {
  readonly parts: readonly SnapshotPart[];
  readonly rules: MergeRules;
  readonly linked: Map<string, Linked>;
  readonly aliases: Map<string, string>;
  readonly notices: DirectoryNotice[];
  /** Merged records of linked people. */
  readonly records: Map<string, PersonRecord>;
}

/** The tenants of all sources, whatever their order of precedence. */
export function severalTenants(
  tenants: readonly { readonly name: string; readonly tenant: string }[],
): string {
  const each = tenants.map(({ name, tenant }) => `${name}=${tenant}`);
  return `several:${each.sort().join(',')}`;
}

function sealed({ parts, notices }: Work, builder: DirectoryBuilder): DirectorySnapshot {
  const read = parts.filter(({ unread }) => unread === null);
  const ages = parts.map(({ snapshot }) => snapshot.fullAt);
  const whole = parts.every(({ snapshot, unread }) => unread === null && snapshot.basis === 'full');
  return builder.seal({
    tenant: severalTenants(parts.map(({ name, snapshot }) => ({ name, tenant: snapshot.tenant }))),
    scope: { kind: 'all' },
    reads: read.flatMap(({ name, snapshot }) =>
      snapshot.reads.map((report) => ({ ...report, what: `${name}: ${report.what}` })),
    ),
    basis: whole ? 'full' : 'update',
    fullAt: ages.reduce(
      (oldest, at) => (oldest === null || at === null ? null : Math.min(oldest, at)),
      Infinity,
    ),
    parts,
    notices,
  });
}

function noteUnread({ notices }: Work, { name, snapshot, unread }: SnapshotPart): void {
  if (unread === null) return;
  const size = `${snapshot.listedCount} people and ${snapshot.groupCount} groups`;
  const message = `the source ${name} could not be read, so nothing is decided about its ${size}: ${unread}`;
  notices.push({ kind: 'source-unread', subject: name, message });
}

interface Identity {
  readonly part: number;
  readonly record: PersonRecord;
}

function identitiesByAddress(parts: readonly SnapshotPart[], rules: MergeRules): Map<string, Identity[]> {
  const found = new Map<string, Identity[]>();
  for (const [part, { snapshot }] of parts.entries()) {
    for (let index = 0; index < snapshot.personCount; index++) {
      const record = snapshot.person(index);
      const address = rules.addressOf(record.email);
      if (address === null) continue;
      const known = found.get(address);
      if (known === undefined) found.set(address, [{ part, record }]);
      else known.push({ part, record });
    }
  }
  return found;
}

/** Where one source has the address twice nobody can say who is who: they stay apart, and the core lists them. */
function link(work: Work, address: string, identities: readonly Identity[]): void {
  const inParts = new Set(identities.map(({ part }) => part));
  if (identities.length < 2 || inParts.size < identities.length) return;
  const { parts, rules } = work;
  const domain = address.slice(address.lastIndexOf('@') + 1);
  const named = identities.findIndex(({ part }) => rules.sources[part]?.domains.includes(domain));
  const decider = named >= 0 || rules.authority === 'none' ? named : 0;
  const nameOf = ({ part }: Identity) => (parts[part] as SnapshotPart).name;
  const statuses = identities.map(
    ({ part, record }): Answer =>
      parts[part]?.unread !== null ? 'unread' : record.abstains === true ? 'abstains' : record.status,
  );
  const main = identities[Math.max(decider, 0)] as Identity;
  const id = mergedId(nameOf(main), main.record.id);
  const status = combined(statuses, decider) as PersonStatus;
  const { email, name } = main.record;
  const isUntold = statuses.every((each) => each === 'abstains');
  work.records.set(id, { id, email, name, status, ...(isUntold ? { abstains: true } : {}) });
  work.linked.set(id, {
    id,
    decider,
    identities: identities.map((one) => ({
      source: nameOf(one),
      id: one.record.id,
      abstains: one.record.abstains === true,
    })),
  });
  for (const one of identities) {
    if (one !== main) work.aliases.set(mergedId(nameOf(one), one.record.id), id);
  }
  const said = identities.flatMap((one, at) =>
    statuses[at] === 'abstains' ? [] : `${statuses[at]} in ${nameOf(one)}`,
  );
  if (new Set(statuses.filter((each) => each !== 'unread' && each !== 'abstains')).size < 2) return;
  const why =
    named >= 0
      ? `${nameOf(main)} decides, because it names ${domain}`
      : decider === 0
        ? `${nameOf(main)} decides, because it is listed first`
        : 'no source decides, so a disabled account counts';
  work.notices.push({ kind: 'sources-differ', subject: address, message: `${said.join(', ')}: ${why}` });
}

function addPeople(work: Work, builder: DirectoryBuilder, { name, snapshot, unread }: SnapshotPart): void {
  for (let index = 0; index < snapshot.personCount; index++) {
    const record = snapshot.person(index);
    const id = mergedId(name, record.id);
    if (work.aliases.has(id)) continue;
    const status = unread === null || record.status === 'unknown' ? record.status : 'unread';
    builder.person(work.records.get(id) ?? { ...record, id, status });
  }
}

function addGroups(builder: DirectoryBuilder, { name, snapshot, unread }: SnapshotPart): void {
  for (let index = 0; index < snapshot.groupCount; index++) {
    const record = snapshot.group(index);
    builder.group({ ...record, id: mergedId(name, record.id), ...(unread !== null && { unread: true }) });
  }
}

function addMembers({ aliases }: Work, builder: DirectoryBuilder, { name, snapshot }: SnapshotPart): void {
  const personId = (index: number) => {
    const id = mergedId(name, snapshot.person(index).id);
    return aliases.get(id) ?? id;
  };
  const groupId = (index: number) => mergedId(name, snapshot.group(index).id);
  for (let group = 0; group < snapshot.groupCount; group++) {
    for (const person of snapshot.members(group)) builder.member(groupId(group), personId(person));
    for (const child of snapshot.children(group)) builder.child(groupId(group), groupId(child));
    builder.closeGroup(groupId(group));
  }
}
