/** One turn of the loop: read both sides, decide, ask for what removals still need, keep the plan. It never waits for writes. */
import type { DecideInput, Decision } from '../core/decide.ts';
import { contradicts } from '../core/doubt.ts';
import { withKnownAuthors } from '../core/impact.ts';
import type { Plan, TenantPair } from '../core/model/change.ts';
import type { DevinState } from '../core/model/devin.ts';
import type { DirectorySnapshot } from '../core/model/directory.ts';
import { type Evidence, NO_EVIDENCE } from '../core/model/evidence.ts';
import type { Memory } from '../core/model/memory.ts';
import type { RunScope } from '../core/model/run.ts';
import type { Settings } from '../core/model/settings.ts';
import type { PlaceCounts } from '../core/model/standing.ts';
import type { DirectorySource } from '../directory/source.ts';
import { ConfigError, errorText, SourceReadError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import { inSpan } from '../lib/spans.ts';
import { countPlaces } from './count-places.ts';
import {
  decideBreathing,
  type LoopDeps,
  refuseProblems,
  settingsNow,
  type Turn,
  tenantPair,
} from './deciding.ts';
import { enrich } from './enrich.ts';
import { partTurn } from './part-turn.ts';

export type { LoopDeps, Turn } from './deciding.ts';

export interface TurnOptions {
  /** false: a look that leaves no trace in stored state. */
  readonly keep: boolean;
  /** Only changes about these; absent: everything. */
  readonly only?: RunScope;
}

/**
 * Reads and decides; stores plan and memory; writes nothing to Devin.
 * @throws SourceReadError when a read failed, was partial or odd; ConfigError when names do not resolve.
 */
export function takeTurn(
  deps: LoopDeps,
  context: ReadContext,
  options: TurnOptions = { keep: true },
): Promise<Turn> {
  const about = Object.keys(options.only ?? {})[0] ?? 'everything';
  return inSpan('turn', { about, kept: options.keep }, () => turnOf(deps, context, options));
}

async function turnOf(deps: LoopDeps, context: ReadContext, options: TurnOptions): Promise<Turn> {
  if (options.keep && options.only?.user !== undefined) {
    const part = await partTurn(deps, context, { ...options.only, user: options.only.user });
    if ('turn' in part) return part.turn;
    deps.note(`a run about ${options.only.user} reads everything: ${part.doubt}`);
  }
  const previous = await previousReading(deps);
  const tenants = await tenantPair(deps, context.signal, previous);
  const memory = await deps.store.memory.load(tenants);
  const [directory, devin] = await readBoth(deps, context, ofTenant(previous, tenants));
  refuseEmpty(directory);
  const input: DecideInput = {
    directory,
    devin,
    memory,
    tenants,
    evidence: NO_EVIDENCE,
    settings: settingsNow(deps),
    configHash: deps.configHash,
    maxPerSecond: deps.maxPerSecond,
    ...onlyOf(options.only),
    now: deps.clock(),
  };
  const turn = await enriched(deps, await prove(deps, input, context), context);
  if (options.keep) {
    // First of all, so that no plan is ever carried out without the reading it came from.
    await deps.store.snapshots.put(goOnFrom(turn.input), { at: input.now, source: deps.sourceHash });
    await keep(deps, memory, turn.decision);
    await keepStanding(deps, turn.decision);
  }
  return turn;
}

/** A reading that the answers by id contradict is no base for a cheap turn: it would repeat what is wrong. */
function goOnFrom({ directory, evidence }: DecideInput): DirectorySnapshot {
  return contradicts(directory, evidence) ? directory.doubted() : directory;
}

/** Both sides from the beginning, whatever the store is bound to. @throws as `takeTurn`. */
export async function readSides(
  deps: LoopDeps,
  context: ReadContext,
): Promise<{ tenants: TenantPair; directory: DirectorySnapshot; devin: DevinState; settings: Settings }> {
  const tenants = await tenantPair(deps, context.signal, null);
  const [directory, devin] = await readBoth(deps, context, null);
  refuseEmpty(directory);
  return { tenants, directory, devin, settings: settingsNow(deps) };
}

async function enriched(deps: LoopDeps, turn: Turn, context: ReadContext): Promise<Turn> {
  const plan = await enrich(deps, turn.decision.plan, context);
  return plan === turn.decision.plan ? turn : { ...turn, decision: { ...turn.decision, plan } };
}

/** A stored reading that cannot be used costs a full one; it is never taken for a smaller company. */
async function previousReading({
  store,
  source,
  sourceHash,
  note,
}: LoopDeps): Promise<DirectorySnapshot | null> {
  if (source.update === undefined) return null;
  try {
    return await store.snapshots.latest(sourceHash);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    note(`the last reading cannot be gone on from, so everything is read: ${errorText(error)}`);
    return null;
  }
}

function ofTenant(previous: DirectorySnapshot | null, tenants: TenantPair): DirectorySnapshot | null {
  return previous?.tenant === tenants.directory && previous.scope.kind === 'all' ? previous : null;
}

/** An empty scope is everything. */
function onlyOf(scope: RunScope | undefined): Pick<DecideInput, 'only'> {
  return scope === undefined || Object.keys(scope).length === 0 ? {} : { only: scope };
}

/** Both readings at once; when one fails the other is not waited for. */
async function readBoth(
  deps: LoopDeps,
  context: ReadContext,
  previous: DirectorySnapshot | null,
): Promise<[DirectorySnapshot, DevinState]> {
  const failed = new AbortController();
  const either = { ...context, signal: AbortSignal.any([context.signal, failed.signal]) };
  try {
    return await Promise.all([
      inSpan('read directory', { source: deps.source.kind }, () =>
        readDirectory(deps.source, either, previous),
      ),
      inSpan('read devin', {}, () => deps.target.read(either)),
    ]);
  } catch (error) {
    failed.abort(error);
    throw error;
  }
}

/** From the last reading on, where there is one and the source can; else from the beginning. */
function readDirectory(
  source: DirectorySource,
  context: ReadContext,
  previous: DirectorySnapshot | null,
): Promise<DirectorySnapshot> {
  if (previous === null || source.update === undefined) return source.read({ kind: 'all' }, context);
  return source.update(previous, context);
}

/** The same readings, decided with changed memory: after an approval, say. `memory` comes from `turn.decision`. */
export async function decideAgain(deps: LoopDeps, turn: Turn, memory: Memory): Promise<Turn> {
  const input = { ...turn.input, memory };
  const decision = await decideBreathing(input);
  const known = turn.decision.plan;
  const plan = { ...decision.plan, notices: withKnownAuthors(decision.plan.notices, known.notices) };
  const withImpact = known.impact === undefined ? plan : { ...plan, impact: known.impact };
  const next = { input, decision: { ...decision, plan: withImpact } };
  await keep(deps, turn.decision.memory, next.decision);
  return next;
}

/** Nobody at all, or no group at all, is a failed read whatever the answer's status was. */
function refuseEmpty(directory: DirectorySnapshot): void {
  const missing = directory.listedCount === 0 ? 'no people' : directory.groupCount === 0 ? 'no groups' : null;
  if (missing === null) return;
  throw new SourceReadError(
    `${directory.tenant} lists ${missing}: an empty list is not taken for an empty company. ` +
      'Check the scopes and admin role of the credential and the include/exclude patterns, then run again; nothing was written.',
  );
}

/** Decides, asks by id for whoever is missing, and decides again with the answers. */
async function prove(deps: LoopDeps, input: DecideInput, context: ReadContext): Promise<Turn> {
  const first = await decideBreathing(input);
  refuseProblems(first);
  const { people, groups } = first.questions;
  if (people.length === 0 && groups.length === 0) return { input, decision: first };
  const asked = { people: people.length, groups: groups.length };
  const ask = (): Promise<Evidence> => deps.source.confirm(first.questions, context);
  const evidence = await inSpan('ask for proof', asked, ask);
  const proven = { ...input, evidence };
  return { input: proven, decision: await decideBreathing(proven) };
}

async function keep(deps: LoopDeps, before: Memory, decision: Decision): Promise<void> {
  await deps.store.plans.put(decision.plan);
  await deps.store.memory.save(before, decision.memory);
}

/** After the plan: a run about one person counts what this one has found. */
async function keepStanding({ store, sourceHash }: LoopDeps, { plan, standing }: Decision): Promise<void> {
  const places = plan.only === null ? await countPlaces(plan, standing) : await placesBefore(store);
  await store.standing.put({ source: sourceHash, standing, ...(places === undefined ? {} : { places }) });
}

/** A plan about a part says nothing of the rest, so what the last one about everything said stays. */
async function placesBefore({ standing }: LoopDeps['store']): Promise<PlaceCounts | undefined> {
  try {
    return (await standing.get())?.places;
  } catch (error) {
    // What cannot be read is about to be written anew.
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** True when the plan has writes that nothing holds back: the one question before anything is sent. */
export function mayApply(plan: Plan): boolean {
  return plan.operations.length > 0;
}
