/** What applying a plan costs, what to type next, and the exact requests. */
import type { Plan } from '../core/model/change.ts';
import type { Operation } from '../core/model/operation.ts';
import type { Commands, RequestView, Section } from './document.ts';
import { callsTable } from './figures.ts';
import type { totals } from './shelves.ts';
import { duration, plural } from './text.ts';

const PROGRAM = 'devin-idp-sync';

export function costSection(plan: Plan): Section {
  const { writes, proofs, etaSeconds } = plan.budget;
  const checks = proofs === 0 ? '' : ` and ${plural(proofs, 'check')} by id`;
  const eta = etaSeconds === null ? '' : `, ${about(etaSeconds)} at the configured rate`;
  return {
    ...background('cost', 'Cost'),
    note: `${plural(writes, 'API write')}${checks}${eta}.`,
    blocks: writes === 0 ? [] : [callsTable(plan)],
  };
}

function about(seconds: number): string {
  const words = duration(seconds);
  return words.startsWith('under') ? words : `about ${words}`;
}

/** What a reader may do now, given how many changes are ready and held. */
export function nextSection(plan: Plan, sums: ReturnType<typeof totals>): Section {
  const steps: Commands['steps'][number][] = [];
  if (sums.ready > 0) {
    const purpose = sums.held === 0 ? 'Apply exactly this plan' : 'Apply what is ready in exactly this plan';
    steps.push({ purpose, command: `${PROGRAM} apply ${plan.id}` });
  }
  if (sums.held > 0) {
    steps.push({
      purpose: 'Held changes are not written before a named person approves them',
      command: null,
    });
  }
  const email = someone(plan);
  if (email !== null)
    steps.push({ purpose: 'See why for one person', command: `${PROGRAM} explain ${email}` });
  return {
    ...background('next', 'What to do next'),
    blocks: steps.length === 0 ? [] : [{ type: 'commands', steps }],
  };
}

// A command is made to be pasted into a shell, so an address that a shell could read otherwise is never put in one.
const PASTABLE = /^[a-z0-9][a-z0-9._+-]*@[a-z0-9][a-z0-9.-]*$/i;

function someone(plan: Plan): string | null {
  const { changes, residual } = plan;
  const label = changes.find(({ subject }) => subject.type === 'person' && PASTABLE.test(subject.label))
    ?.subject.label;
  return (
    label ??
    residual.find(({ email }) => PASTABLE.test(email))?.email ??
    (changes.length > 0 ? 'EMAIL' : null)
  );
}

export function requestsSection(
  plan: Plan,
  describe: ((operation: Operation) => RequestView) | undefined,
): Section {
  const { operations } = plan;
  const empty = background('requests', 'Requests');
  if (describe === undefined || operations.length === 0) return empty;
  return {
    ...empty,
    count: operations.length,
    note: 'Exactly what applying this plan sends to Devin.',
    folded: true,
    blocks: [
      {
        type: 'requests',
        count: operations.length,
        requests: () => Iterator.from(operations).map(describe),
      },
    ],
  };
}

function background(id: string, title: string): Section {
  return { id, title, tone: 'quiet', count: null, note: null, folded: false, blocks: [] };
}
