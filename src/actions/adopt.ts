/** `adopt` and `release`: who owns what is there. No access changes by either. */
import { adopt, type LedgerEdge, type LedgerScope, release, type Transfer } from '../core/adopt.ts';
import { DAY_MS } from '../core/day.ts';
import type { DecideInput } from '../core/decide.ts';
import type { Adoption } from '../core/model/memory.ts';
import { dateOf } from '../core/personal.ts';
import { ConfigError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import { entryOf, type JournalEntry } from '../state/store.ts';
import type { LoopDeps } from '../sync/run.ts';
import { look } from './plan.ts';

export type { LedgerEdge, LedgerScope } from '../core/adopt.ts';

export interface TransferRequest extends LedgerScope {
  readonly by: string;
  readonly why: string;
  /** What the owner of an organization attested. */
  readonly attest?: string;
  /** Days in which nothing that was adopted is taken; absent: as configured. */
  readonly graceDays?: number;
}

/**
 * Reads both sides; what is foreign in the scope becomes adopted. The next plan says what follows from that.
 * @throws SourceReadError, or ConfigError when the scope names nothing that exists.
 */
export async function adoptAccess(
  loop: LoopDeps,
  request: TransferRequest,
  context: ReadContext,
): Promise<readonly LedgerEdge[]> {
  return transfer(loop, 'adopt', request, context);
}

/** The reverse: reported as foreign from now on, and left alone under `foreign: report`. */
export async function releaseAccess(
  loop: LoopDeps,
  request: TransferRequest,
  context: ReadContext,
): Promise<readonly LedgerEdge[]> {
  return transfer(loop, 'release', request, context);
}

const MOVES: Readonly<Record<'adopt' | 'release', (input: DecideInput, scope: LedgerScope) => Transfer>> = {
  adopt,
  release,
};

async function transfer(
  loop: LoopDeps,
  kind: 'adopt' | 'release',
  { by, why, attest, graceDays, ...scope }: TransferRequest,
  context: ReadContext,
): Promise<readonly LedgerEdge[]> {
  const { input } = await look(loop, context, false);
  const { memory, edges, problem } = MOVES[kind](input, scope);
  if (problem !== null) throw new ConfigError([`${kind}: ${problem}`]);
  if (edges.length === 0) return edges;
  const at = loop.clock();
  const until = at + (graceDays === undefined ? loop.settings.patience.adoptionMs : graceDays * DAY_MS);
  const adoptions =
    kind === 'adopt' && scope.person === undefined ? adoptionsOf(edges, { at, until, by, attest }) : [];
  const places = new Set(adoptions.map(({ place }) => place));
  await loop.store.memory.save(input.memory, {
    ...memory,
    tenants: input.tenants,
    adoptions: [...memory.adoptions.filter((one) => !places.has(one.place) && one.until > at), ...adoptions],
  });
  const attested = adoptions.flatMap(({ place }) => {
    if (attest === undefined) return [];
    const name =
      edges.find((edge) => edge.place === place && edge.scim === undefined)?.placeName ??
      scope.org ??
      'the enterprise';
    const reason = `attested: ${attest}; nothing is taken there before ${dateOf(until)}`;
    return [entryOf({ at, kind: 'attest', subject: name, actor: by, reason })];
  });
  await loop.store.journal.append([
    ...attested,
    ...edges.map((edge) => entryOfEdge(edge, { at, kind, by, why })),
  ]);
  return edges;
}

/** What the journal says of a role that changes owner, so that it can be brought back from there. */
export function entryOfEdge(
  { type, directoryId, devinId, place, placeName, role, label, scim }: LedgerEdge,
  { at, kind, by, why }: { at: number; kind: 'adopt' | 'release'; by: string; why: string },
): JournalEntry {
  return entryOf({
    at,
    kind,
    subject: label,
    actor: by,
    after: kind === 'adopt' ? (scim === undefined ? `${role?.name} in ${placeName}` : placeName) : null,
    before: kind === 'release' ? (scim === undefined ? `a role in ${placeName}` : placeName) : null,
    reason: why,
    ...(scim === undefined
      ? { edge: { type, directoryId, devinId, place, role: role?.id ?? null, gone: false } }
      : { mark: { ...scim.mark, gone: kind === 'release' } }),
  });
}

function adoptionsOf(
  edges: readonly LedgerEdge[],
  { attest, ...said }: { at: number; until: number; by: string; attest: string | undefined },
): Adoption[] {
  return [...new Set(edges.map(({ place }) => place))].map((place) => ({
    place,
    ...said,
    attest: attest ?? '',
  }));
}
