/** Exit codes for pipelines: without `--fail-on` a command that did what was asked ends with 0. */
import { InvalidArgumentError } from 'commander';
import type { Plan } from '../core/model/change.ts';
import { countVerdicts } from '../core/plan.ts';

const ALLOWED = ['changes', 'held', 'residual'] as const;

export type FailOn = (typeof ALLOWED)[number];

export function parseFailOn(value: string): readonly FailOn[] {
  return value.split(',').map((part) => {
    const found = ALLOWED.find((one) => one === part.trim());
    if (found === undefined)
      throw new InvalidArgumentError(`--fail-on takes ${ALLOWED.join(', ')}, separated by commas.`);
    return found;
  });
}

/** 3 held, else 2 changes, else 4 residual; 0 when nothing that was asked for is there. */
export function failOnCode(plan: Plan, failOn: readonly FailOn[]): number {
  const { ready, held, barred } = countVerdicts(plan.changes);
  if (failOn.includes('held') && held > 0) return 3;
  if (failOn.includes('changes') && ready + held + barred > 0) return 2;
  if (failOn.includes('residual') && plan.residual.length > 0) return 4;
  return 0;
}
