/** Budgets: what a person lets guards pass in one window, ahead of it. */
import { approvalOf, budgetTerms } from '../core/calendar.ts';
import type { Budget } from '../core/model/calendar.ts';
import type { BudgetApproval } from '../core/model/memory.ts';
import { ConfigError } from '../lib/errors.ts';
import { entryOf } from '../state/store.ts';
import type { LoopDeps } from '../sync/run.ts';

export interface BudgetRow {
  readonly budget: Budget;
  readonly approval: BudgetApproval | null;
}

export async function listBudgets({
  store,
  settings,
}: Pick<LoopDeps, 'store' | 'settings'>): Promise<readonly BudgetRow[]> {
  const { budgets } = await store.memory.loadBound();
  return settings.budgets.map((budget) => ({ budget, approval: approvalOf(budget, budgets) ?? null }));
}

/**
 * Holds for exactly these terms: another date or number needs another approval.
 * @throws ConfigError when the configuration has no such budget, or its window is over.
 */
export async function approveBudget(
  { store, settings, clock }: Pick<LoopDeps, 'store' | 'settings' | 'clock'>,
  { name, by, why }: { readonly name: string; readonly by: string; readonly why: string },
): Promise<Budget> {
  const budget = settings.budgets.find((one) => one.name === name);
  const at = clock();
  if (budget === undefined) {
    const known = settings.budgets.map((one) => `"${one.name}"`).join(', ');
    throw new ConfigError([
      `the configuration has no budget "${name}"; it has ${known === '' ? 'none' : known}`,
    ]);
  }
  if (at > budget.to) throw new ConfigError([`the window of budget "${name}" is over`]);
  const before = await store.memory.loadBound();
  const approval = { name, terms: budgetTerms(budget), by, at, why };
  const others = before.budgets.filter(({ terms }) => terms !== approval.terms);
  await store.memory.save(before, { ...before, budgets: [...others, approval] });
  await store.journal.append([
    entryOf({ at, kind: 'budget', subject: name, actor: by, after: approval.terms, reason: why }),
  ]);
  return budget;
}
