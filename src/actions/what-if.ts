/** What another configuration would do to the same company: decided on one look at both sides, and nothing is stored. */
import type { Plan } from '../core/model/change.ts';
import type { Evidence } from '../core/model/evidence.ts';
import type { Settings } from '../core/model/settings.ts';
import { ConfigError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import { slowPattern } from '../lib/slow-pattern.ts';
import { decideBreathing, refuseProblems, settingsNow } from '../sync/deciding.ts';
import type { LoopDeps } from '../sync/run.ts';
import { look, type Turn } from './plan.ts';

/** The part of a configuration that decides. */
export interface Deciding {
  readonly settings: Settings;
  readonly configHash: string;
  readonly sourceHash: string;
}

export interface WhatIf {
  readonly current: Plan;
  readonly proposed: Plan;
}

/** Another configuration, sent to a running daemon. */
export interface WhatIfRequest {
  /** YAML text, or values as JSON has them; only the keys that decide. */
  readonly config: unknown;
  /** What a key that is left out means. */
  readonly others: 'in-use' | 'default';
}

/** Which keys of a configuration were taken from where. */
export interface KeysTaken {
  readonly proposed: readonly string[];
  readonly default: readonly string[];
  readonly inUse: readonly string[];
}

export type WhatIfAnswer =
  | ({ readonly state: 'judged'; readonly keys: KeysTaken } & WhatIf)
  /** It is no configuration; `path` leads to what is wrong. */
  | {
      readonly state: 'refused';
      readonly problems: readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
    }
  /** Another one is under way. */
  | { readonly state: 'busy' };

/**
 * Both are judged as if their first plan had been approved, so that the guards of each show.
 * @param loop of the current configuration, with its state.
 * @throws ConfigError when the other one reads another directory: what it would see is not known here.
 */
export async function whatIf(loop: LoopDeps, proposed: Deciding, context: ReadContext): Promise<WhatIf> {
  if (proposed.sourceHash !== loop.sourceHash)
    throw new ConfigError([
      'the two configurations read different directories, or different parts of one: plan each by itself (plan --what-if)',
    ]);
  return whatIfAt(loop, await look(loop, context, false), proposed, context);
}

/** On a look that was taken already. @throws ConfigError when the proposed configuration does not fit what was seen. */
export async function whatIfAt(
  loop: LoopDeps,
  turn: Turn,
  proposed: Pick<Deciding, 'settings' | 'configHash'>,
  context: ReadContext,
): Promise<WhatIf> {
  await refuseSlowPatterns(loop, turn, proposed.settings);
  const under = ({ settings, configHash }: Pick<Deciding, 'settings' | 'configHash'>) => ({
    ...turn.input,
    settings: settingsNow({ ...loop, settings }),
    configHash,
    memory: { ...turn.input.memory, approvedConfig: configHash },
  });
  const decided = async (input: Turn['input']) => {
    context.signal.throwIfAborted();
    return decideBreathing(input);
  };
  const current = await decided(under(loop));
  const input = under(proposed);
  const first = await decided(input);
  refuseProblems(first);
  const { people, groups } = first.questions;
  if (people.length + groups.length === 0) return { current: current.plan, proposed: first.plan };
  const evidence = both(input.evidence, await loop.source.confirm(first.questions, context));
  return { current: current.plan, proposed: (await decided({ ...input, evidence })).plan };
}

/** An expression that never ends would stop the whole daemon; those in use are known to end. */
async function refuseSlowPatterns(loop: LoopDeps, { input }: Turn, { rules }: Settings): Promise<void> {
  const known = new Set(patternsOf(loop.settings.rules));
  const patterns = patternsOf(rules).filter((pattern) => !known.has(pattern));
  const { directory, memory } = input;
  const then = Object.values(memory.bindings).flatMap((names) => Object.values(names));
  const now = Array.from({ length: directory.groupCount }, (_, group) => directory.group(group).name);
  const slow = await slowPattern(new Set(patterns), [...now, ...then]);
  if (slow === null) return;
  throw new ConfigError([
    `the pattern "${slow}" takes too long on the names of ${now.length} groups: write it so that it can match in one way only`,
  ]);
}

function patternsOf(rules: Settings['rules']): string[] {
  return rules.flatMap(({ match }) => (match.by === 'pattern' ? [match.pattern] : []));
}

function both(one: Evidence, other: Evidence): Evidence {
  return {
    people: new Map([...one.people, ...other.people]),
    groups: new Map([...one.groups, ...other.groups]),
  };
}
