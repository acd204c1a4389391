/** What another configuration would do to the same company: decided on one look at both sides, and nothing is stored. */
import type { Plan } from '../core/model/change.ts';
import type { Evidence } from '../core/model/evidence.ts';
import type { Settings } from '../core/model/settings.ts';
import { ConfigError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import { decideBreathing, refuseProblems, settingsNow } from '../sync/deciding.ts';
import type { LoopDeps } from '../sync/run.ts';
import { look } from './plan.ts';

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
  const turn = await look(loop, context, false);
  const under = ({ settings, configHash }: Deciding) => ({
    ...turn.input,
    settings: settingsNow({ ...loop, settings }),
    configHash,
    memory: { ...turn.input.memory, approvedConfig: configHash },
  });
  const current = await decideBreathing(under(loop));
  const input = under(proposed);
  const first = await decideBreathing(input);
  refuseProblems(first);
  const { people, groups } = first.questions;
  if (people.length + groups.length === 0) return { current: current.plan, proposed: first.plan };
  const evidence = both(input.evidence, await loop.source.confirm(first.questions, context));
  return { current: current.plan, proposed: (await decideBreathing({ ...input, evidence })).plan };
}

function both(one: Evidence, other: Evidence): Evidence {
  return {
    people: new Map([...one.people, ...other.people]),
    groups: new Map([...one.groups, ...other.groups]),
  };
}
