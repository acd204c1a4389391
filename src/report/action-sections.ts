/** What applying a plan costs, what to type next, and the exact requests. */
import type { Plan } from '../core/model/change.ts';
import type { Operation } from '../core/model/operation.ts';
import { ifAllowed } from '../core/plan.ts';
import type { Commands, RequestView, Section } from './document.ts';
import { callsTable } from './figures.ts';
import { looksOnly } from './shelves.ts';
import { duration, plural, shortId } from './text.ts';

const PROGRAM = 'devin-idp-sync';

export function costSection(plan: Plan): Section {
  const whole = ifAllowed(plan);
  const more = whole.operations.length > plan.operations.length;
  const now = `${costWords(plan.budget)}.`;
  const then = `With everything that is held or not allowed: ${costWords(whole.budget)}.`;
  return {
    ...background('cost', 'Cost'),
    note: more ? `${now} ${then}` : now,
    blocks: whole.operations.length === 0 ? [] : [callsTable(more ? whole : plan)],
  };
}

function costWords({ writes, proofs, etaSeconds }: Plan['budget']): string {
  const checks = proofs === 0 ? '' : ` and ${plural(proofs, 'check')} by id`;
  const eta = etaSeconds === null || writes === 0 ? '' : `, ${about(etaSeconds)} at the configured rate`;
  return `${plural(writes, 'API write')}${checks}${eta}`;
}

function about(seconds: number): string {
  const words = duration(seconds);
  return words.startsWith('under') ? words : `about ${words}`;
}

/** What a reader may do now. */
export function nextSection(plan: Plan): Section {
  const email = someone(plan);
  const steps = [
    ...(looksOnly(plan) ? [RAISE] : applySteps(plan)),
    ...(email === null
      ? []
      : [{ purpose: 'See why for one person', command: `${PROGRAM} explain ${email}` }]),
  ];
  return {
    ...background('next', 'What to do next'),
    blocks: steps.length === 0 ? [] : [{ type: 'commands', steps }],
  };
}

const RAISE = {
  purpose:
    'Allow writes: raise "policy" in the configuration (create-only, no-remove, leavers, full), then plan again',
  command: `${PROGRAM} plan`,
};

function applySteps({ id, changes, only }: Plan): Commands['steps'] {
  const apply =
    only?.rollback === undefined ? `${PROGRAM} apply ${shortId(id)}` : `${PROGRAM} rollback ${only.rollback}`;
  const guards = changes.flatMap(({ verdict }) => (verdict.state === 'held' ? [verdict.by] : []));
  const first = guards.some((by) => by.every(isFirst));
  const open = guards.some((by) => !by.every(isFirst) && !by.some((guard) => FIRM.has(guard)));
  const steps: Commands['steps'][number][] = [];
  if (first) {
    steps.push({ purpose: 'Approve the first plan of this configuration and apply it', command: apply });
  } else if (changes.some(({ verdict }) => verdict.state === 'ready')) {
    const what = guards.length === 0 ? 'exactly this plan' : 'what is ready in exactly this plan';
    steps.push({ purpose: `Apply ${what}`, command: apply });
  }
  if (open) {
    const purpose = 'Approve what guards hold, under your own name, and apply this plan';
    steps.push({ purpose, command: `${apply} --approve-held` });
  }
  return steps;
}

// `apply` asks for this approval itself.
function isFirst(guard: string): boolean {
  return guard === 'first-plan';
}

// An approval lifts neither of them: one waits for a cleaner directory, the other for another admin.
const FIRM = new Set(['collision', 'minAdmins', 'role-ceiling']);

// A command is made to be pasted into a shell, so an address that a shell could read otherwise is never put in one.
const PASTABLE = /^[a-z0-9][a-z0-9._+-]*@[a-z0-9][a-z0-9.-]*$/i;

function someone({ changes, residual }: Plan): string | null {
  const people = changes
    .filter(({ subject }) => subject.type === 'person')
    .map(({ subject }) => subject.label);
  const found = [...people, ...residual.map(({ email }) => email)].find((label) => PASTABLE.test(label));
  return found ?? (people.length > 0 ? 'EMAIL' : null);
}

export function requestsSection(
  plan: Plan,
  describe: ((operation: Operation) => RequestView) | undefined,
): Section {
  const { operations } = ifAllowed(plan);
  const empty = background('requests', 'Requests');
  if (describe === undefined || operations.length === 0) return empty;
  return {
    ...empty,
    count: operations.length,
    note:
      operations.length === plan.operations.length
        ? 'Exactly what applying this plan sends to Devin.'
        : `Exactly what is sent once everything is allowed; ${plural(plan.operations.length, 'request')} of it now.`,
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
