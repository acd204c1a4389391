/** What every turn of the loop works with, and how it decides. */

import { type DecideInput, type Decision, decideSteps } from '../core/decide.ts';
import type { TenantPair } from '../core/model/change.ts';
import type { DirectorySnapshot } from '../core/model/directory.ts';
import type { PersonalLists } from '../core/model/grants.ts';
import type { Settings } from '../core/model/settings.ts';
import type { DevinTarget } from '../devin/target.ts';
import type { DirectorySource } from '../directory/source.ts';
import { calmly } from '../lib/calmly.ts';
import { ConfigError } from '../lib/errors.ts';
import { inSpan } from '../lib/spans.ts';
import type { Store } from '../state/store.ts';

export interface LoopDeps {
  readonly source: DirectorySource;
  readonly target: DevinTarget;
  readonly store: Store;
  readonly settings: Settings;
  /** More grants and denies than the settings have, as they are now. @throws ConfigError. */
  readonly personal?: () => PersonalLists;
  /** Base URL of Devin, as configured. */
  readonly devinUrl: string;
  readonly configHash: string;
  /** Where rules stand in the configuration, in their order; absent: not known. */
  readonly origin?: { readonly file: string; readonly ruleLines: readonly number[] };
  /** Of what is read and from where: a reading that was stored under another one is not gone on from. */
  readonly sourceHash: string;
  readonly maxPerSecond: number;
  /** Epoch ms. */
  readonly clock: () => number;
  /** Told what a person should know but no error says; must not throw. */
  readonly note: (message: string) => void;
}

/** Both readings and what was decided on them; deciding again with other memory needs no new reading. */
export interface Turn {
  readonly input: DecideInput;
  readonly decision: Decision;
}

export function settingsNow({ settings, personal }: LoopDeps): Settings {
  if (personal === undefined) return settings;
  const { grants, denies } = personal();
  return { ...settings, grants: [...settings.grants, ...grants], denies: [...settings.denies, ...denies] };
}

/** Lets the event loop run between strides, so that locks and probes are never late. */
export function decideBreathing(input: DecideInput): Promise<Decision> {
  const { directory, devin } = input;
  const sizes = { people: directory.listedCount, groups: directory.groupCount, users: devin.userCount };
  return inSpan('decide', sizes, async (note) => {
    const decision = await calmly(decideSteps(input));
    const { id, changes, operations } = decision.plan;
    note({ plan: id, changes: changes.length, operations: operations.length });
    return decision;
  });
}

export function refuseProblems(decision: Decision): void {
  if (decision.problems.length > 0) throw new ConfigError(decision.problems);
}

export async function tenantPair(
  deps: LoopDeps,
  signal: AbortSignal,
  previous: DirectorySnapshot | null,
): Promise<TenantPair> {
  const [directory, principal] = await Promise.all([
    deps.source.tenant(signal, previous),
    deps.target.identify(signal),
  ]);
  return { directory, devin: `${deps.devinUrl} as ${principal.id}` };
}
