/** The plan of a proposed configuration, with what it changes against the current one in front: fit for a review comment. */
import { comparePlans } from '../core/compare-plans.ts';
import type { Change, Plan } from '../core/model/change.ts';
import type { Document, Section, Tone } from './document.ts';
import { changeLine, items } from './lines.ts';
import { planDocument } from './plan-document.ts';
import { byEffect } from './shelves.ts';
import { count, plural } from './text.ts';

export interface Compared {
  readonly current: Plan;
  readonly proposed: Plan;
  /** How the two configurations are called. */
  readonly currentName: string;
  readonly proposedName: string;
}

export function whatIfDocument({ current, proposed, currentName, proposedName }: Compared): Document {
  const { added, dropped, judged } = comparePlans(current, proposed);
  const own = planDocument(proposed);
  const total = added.length + dropped.length + judged.length;
  const sentence =
    total === 0
      ? `Against ${currentName}, ${proposedName} asks for the same: ${plural(proposed.changes.length, 'change')}.`
      : `Against ${currentName}, ${proposedName} adds ${plural(added.length, 'change')} to the plan, drops ${count(dropped.length)} and judges ${count(judged.length)} differently.`;
  const differences = [
    section('added', `Only with ${proposedName}`, 'caution', added),
    section('dropped', `Only with ${currentName}`, 'caution', dropped),
    section('judged', `Judged differently with ${proposedName}`, 'caution', judged),
  ];
  const kept = own.sections.filter(({ id }) => id !== 'next');
  return {
    ...own,
    title: `What if: ${proposedName} against ${currentName}`,
    verdict: {
      word: total === 0 ? 'No difference' : 'Different',
      tone: total === 0 ? 'calm' : 'caution',
      sentence,
    },
    facts: [
      {
        label: 'Stored',
        value: 'nothing: no plan, no memory. A changed configuration waits for an approval first',
      },
      ...own.facts,
    ],
    brief: total === 0,
    sections: [...differences, ...kept].filter(({ blocks }) => blocks.length > 0),
  };
}

function section(id: string, title: string, tone: Tone, changes: readonly Change[]): Section {
  const toLine = (change: Change) => changeLine(change, { withCause: true, withStatus: true });
  const blocks = changes.length === 0 ? [] : [items(null, null, changes.toSorted(byEffect), toLine)];
  return { id, title, tone, count: changes.length, note: null, folded: false, blocks };
}
