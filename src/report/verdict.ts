/** The first line of every report: may this be applied, is it held, or can nothing be done. */
import { isImpossible } from '../core/key-limits.ts';
import type { Plan } from '../core/model/change.ts';
import type { Document } from './document.ts';
import { people, type Tally, totals, users } from './shelves.ts';
import { count, list, plural } from './text.ts';

export type VerdictState = 'nothing' | 'look-only' | 'safe' | 'held' | 'cannot-act';

export type Headline = Document['verdict'] & { readonly state: VerdictState };

export function headline(plan: Plan, counts: Tally): Headline {
  const sums = totals(counts);
  if (sums.all === 0) return nothing(plan);
  const impossible = plan.changes.filter(isImpossible).length;
  if (sums.barred === sums.all && impossible === 0) return lookOnly(sums.all);
  const rest = later(sums.waiting, sums.barred - impossible, impossible);
  if (sums.held > 0) {
    const apply = sums.ready === 0 ? 'none may be applied now' : `${count(sums.ready)} may be applied now`;
    const waits = sums.held === 1 ? 'waits' : 'wait';
    const sentence = `${count(sums.held)} of ${plural(sums.all, 'change')} ${waits} for approval; ${apply}${rest}.`;
    return { state: 'held', word: 'Held', tone: 'alarm', sentence };
  }
  if (sums.ready === 0) {
    const none = sums.all === 1 ? 'The one change' : `None of the ${count(sums.all)} changes`;
    const may = sums.all === 1 ? 'may not be written now' : 'may be written now';
    return { state: 'cannot-act', word: 'Cannot act', tone: 'caution', sentence: `${none} ${may}${rest}.` };
  }
  const sentence = `${plural(sums.ready, 'change')} may be applied, nothing is held${rest}.`;
  return { state: 'safe', word: 'Safe', tone: 'calm', sentence };
}

function lookOnly(all: number): Headline {
  const needed = `${plural(all, 'change is', 'changes are')} needed`;
  const sentence = `${needed}; the policy allows none of ${all === 1 ? 'it' : 'them'}, so nothing will be written.`;
  return { state: 'look-only', word: 'Look only', tone: 'calm', sentence };
}

function later(waiting: number, barred: number, impossible: number): string {
  const parts: string[] = [];
  if (waiting > 0)
    parts.push(`${count(waiting)} ${waiting === 1 ? 'needs' : 'need'} time or another reading`);
  if (barred > 0) parts.push(`${count(barred)} ${barred === 1 ? 'is' : 'are'} not allowed by the policy`);
  if (impossible > 0)
    parts.push(`${count(impossible)} ${impossible === 1 ? 'is' : 'are'} not possible with this key`);
  return parts.length === 0 ? '' : `; ${list(parts)}`;
}

function nothing(plan: Plan): Headline {
  const both = `${plural(people(plan), 'person', 'people')} and ${plural(users(plan), 'Devin user')}`;
  const stays = new Set(plan.residual.map((residual) => residual.email)).size;
  const sentence =
    stays === 0
      ? `${both} agree.`
      : `${both} were compared, but ${plural(stays, 'person keeps', 'people keep')} access through groups.`;
  return {
    state: 'nothing',
    word: 'Nothing to do',
    tone: stays === 0 ? 'calm' : 'caution',
    sentence,
  };
}
