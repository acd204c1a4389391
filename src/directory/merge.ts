/** Several directories read as one. A source that cannot be read leaves its own people and groups as they were. */
import type { DirectorySnapshot, PersonStatus, SnapshotPart } from '../core/model/directory.ts';
import type { Evidence, GroupEvidence, Questions } from '../core/model/evidence.ts';
import { errorText, SourceReadError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import { together } from '../lib/together.ts';
import { type LookingSource, mergedLook } from './merged-look.ts';
import {
  type Answer,
  combined,
  type Merged,
  type MergeRules,
  mergedId,
  mergeParts,
  severalTenants,
  splitId,
} from './merged-snapshot.ts';
import type { DirectorySource } from './source.ts';

export interface NamedSource {
  readonly name: string;
  /** Mail domains that it decides about. */
  readonly domains: readonly string[];
  readonly source: DirectorySource;
}

export interface MergeOptions extends Omit<MergeRules, 'sources'> {
  /** In order of precedence. */
  readonly sources: readonly NamedSource[];
  /** An address is written in one way only, so that a source can be asked for it. Absent: nobody is looked at alone. */
  readonly oneSpelling?: boolean;
}

export function mergeSources(options: MergeOptions): DirectorySource {
  const { sources } = options;
  let last: Merged | null = null;
  const lookers = options.oneSpelling === true ? lookersOf(sources) : null;
  const readAll = async (context: ReadContext, previous: DirectorySnapshot | null) => {
    const parts = new Map<string, SnapshotPart>();
    const tasks = sources.map((one) => async (signal: AbortSignal) => {
      const before = previous?.parts.find(({ name }) => name === one.name)?.snapshot ?? null;
      parts.set(one.name, await readOne(one, { ...context, signal }, before));
    });
    await together(context.signal, tasks);
    const inOrder = sources.map(({ name }) => parts.get(name) as SnapshotPart);
    if (inOrder.every(({ unread }) => unread !== null))
      throw new SourceReadError(inOrder.map(({ name, unread }) => `${name}: ${unread}`).join('\n'));
    last = mergeParts(inOrder, options);
    return last.snapshot;
  };
  return {
    kind: 'several',
    tenant: (signal, previous) => tenantOf(sources, signal, previous ?? null),
    read: (_, context) => readAll(context, null),
    update: (previous, context) => readAll(context, previous),
    ...(lookers === null
      ? {}
      : { look: (sought, context) => mergedLook(lookers, options, last, sought, context) }),
    confirm: (questions, context) => confirm(sources, last, questions, context),
    check: async (signal) => {
      const found = await Promise.all(
        sources.map(async ({ name, source }) => {
          const findings = await source.check(signal);
          return findings.map((finding) => ({ ...finding, what: `${name}: ${finding.what}` }));
        }),
      );
      return found.flat();
    },
  };
}

/** null: one of them cannot be asked about a few people. */
function lookersOf(sources: readonly NamedSource[]): LookingSource[] | null {
  const lookers = sources.flatMap(({ name, source }) => {
    const { look } = source;
    return look === undefined ? [] : [{ name, look: look.bind(source) }];
  });
  return lookers.length === sources.length ? lookers : null;
}

/** A source that does not answer is known by its last reading; without one the run ends. */
async function tenantOf(
  sources: readonly NamedSource[],
  signal: AbortSignal,
  previous: DirectorySnapshot | null,
): Promise<string> {
  const tenants = sources.map(async ({ name, source }) => {
    try {
      return { name, tenant: await source.tenant(signal) };
    } catch (error) {
      const part = previous?.parts.find((each) => each.name === name);
      if (part === undefined || !isUnreadable(error, signal)) throw error;
      return { name, tenant: part.snapshot.tenant };
    }
  });
  return severalTenants(await Promise.all(tenants));
}

async function readOne(
  { name, source }: NamedSource,
  context: ReadContext,
  before: DirectorySnapshot | null,
): Promise<SnapshotPart> {
  const named: ReadContext = {
    ...context,
    onProgress: (progress) => context.onProgress({ ...progress, what: `${name}: ${progress.what}` }),
  };
  try {
    const snapshot =
      before === null || source.update === undefined
        ? await source.read({ kind: 'all' }, named)
        : await source.update(before, named);
    if (snapshot.listedCount > 0 && snapshot.groupCount > 0) return { name, snapshot, unread: null };
    throw new SourceReadError('it lists nobody or no group, which is not taken for an empty company');
  } catch (error) {
    if (!isUnreadable(error, context.signal)) throw error;
    if (before !== null) return { name, snapshot: before, unread: errorText(error) };
    const message = `the source ${name} could not be read, and there is no earlier reading of it to stand in`;
    throw new SourceReadError(`${message}: ${errorText(error)}`, { cause: error });
  }
}

function isUnreadable(error: unknown, signal: AbortSignal): boolean {
  return error instanceof SourceReadError && !signal.aborted;
}

/** What a source that cannot answer was asked stays without an answer, which proves nothing. */
async function confirm(
  sources: readonly NamedSource[],
  last: Merged | null,
  questions: Questions,
  context: ReadContext,
): Promise<Evidence> {
  const asked = askedOf(questions, last);
  const unread = new Set(last?.snapshot.parts.filter((part) => part.unread !== null).map(({ name }) => name));
  const answers = new Map<string, Evidence>();
  const tasks = sources.map(({ name, source }) => async (signal: AbortSignal) => {
    const mine = { people: idsOf(asked.people, name), groups: idsOf(asked.groups, name) };
    if (unread.has(name) || mine.people.length + mine.groups.length === 0) return;
    try {
      answers.set(name, await source.confirm(mine, { ...context, signal }));
    } catch (error) {
      if (!isUnreadable(error, signal)) throw error;
    }
  });
  await together(context.signal, tasks);
  return {
    people: new Map(questions.people.flatMap((id) => personAnswer(id, last, answers))),
    groups: new Map(questions.groups.flatMap((id) => groupAnswer(id, last, answers))),
  };
}

interface Id {
  readonly source: string;
  readonly id: string;
}

function askedOf({ people, groups }: Questions, last: Merged | null): { people: Id[]; groups: Id[] } {
  return {
    people: people.flatMap((id): readonly Id[] => last?.linked.get(id)?.identities ?? [splitId(id)]),
    groups: groups.map(splitId),
  };
}

function idsOf(ids: readonly Id[], name: string): string[] {
  return [...new Set(ids.flatMap(({ source, id }) => (source === name ? [id] : [])))].sort();
}

function personAnswer(
  id: string,
  last: Merged | null,
  answers: ReadonlyMap<string, Evidence>,
): [string, PersonStatus | 'gone'][] {
  const linked = last?.linked.get(id);
  const identities = linked?.identities ?? [{ ...splitId(id), abstains: false }];
  const each = identities.map(
    (one): Answer => (one.abstains ? 'abstains' : (answers.get(one.source)?.people.get(one.id) ?? 'unread')),
  );
  const answer = combined(each, linked?.decider ?? 0);
  return answer === 'unread' ? [] : [[id, answer]];
}

function groupAnswer(
  id: string,
  last: Merged | null,
  answers: ReadonlyMap<string, Evidence>,
): [string, GroupEvidence | 'gone'][] {
  const { source, id: own } = splitId(id);
  const answer = answers.get(source)?.groups.get(own);
  if (answer === undefined) return [];
  if (answer === 'gone') return [[id, 'gone']];
  const person = (each: string) => {
    const plain = mergedId(source, each);
    return last?.aliases.get(plain) ?? plain;
  };
  const people = new Set(Array.from(answer.people, person));
  return [[id, { people, groups: new Set(Array.from(answer.groups, (each) => mergedId(source, each))) }]];
}
