/** What the review pages and their API ask of the rooms: stored rows, and a look at both sides on demand. */

import type { Writes } from '../actions/apply.ts';
import { approvalView } from '../actions/approval-view.ts';
import { approveItems, pause, rejectItems, resume } from '../actions/decisions.ts';
import { asLetGo } from '../actions/find-plan.ts';
import { groupPeopleOf } from '../actions/group-people.ts';
import { explainPerson, historyOf } from '../actions/history.ts';
import { placesView } from '../actions/places.ts';
import { look } from '../actions/plan.ts';
import { rollbackRemotely } from '../actions/rollback.ts';
import { shownConfig } from '../config/shown.ts';
import type { ServerDeps } from '../server/deps.ts';
import { describeOperation } from './describe.ts';
import { orgPeopleNow } from './devin-now.ts';
import type { Generation } from './generation.ts';
import { sharedLooks } from './look-now.ts';
import type { StateRoom } from './state-room.ts';
import { whatIfDesk } from './what-if.ts';

type ReviewDeps = Pick<
  ServerDeps,
  | 'approvalView'
  | 'approve'
  | 'asLetGo'
  | 'configuration'
  | 'describe'
  | 'explain'
  | 'history'
  | 'rollback'
  | 'failures'
  | 'groupPeople'
  | 'journal'
  | 'listPlans'
  | 'orgPeople'
  | 'outcomes'
  | 'pause'
  | 'places'
  | 'reject'
  | 'resume'
  | 'whatIf'
>;

export function reviewDeps(
  current: () => Generation,
  { store }: StateRoom,
  submit: Writes['submit'],
): ReviewDeps {
  const lookNow = sharedLooks(
    () => current().loop,
    (loop) => look(loop, { signal: AbortSignal.timeout(LOOK_MS), onProgress: () => {} }, false),
  );
  const decisions = { store, clock: Date.now };
  const groupPeople = groupPeopleOf(store.snapshots);
  return {
    listPlans: (limit) => store.plans.list(limit),
    describe: (operation) => describeOperation(current().config.devin, operation),
    asLetGo: (plan) => asLetGo(store, plan),
    outcomes: (planId, opKeys) => store.writes.outcomes(planId, opKeys),
    failures: (planId) => store.writes.failures(planId),
    journal: (range) => store.journal.read(range),
    explain: async (email, signal) => {
      const { loop, turn } = await untilAborted(lookNow(), signal);
      return explainPerson(loop, turn, email);
    },
    whatIf: whatIfDesk(current, lookNow),
    history: (email) => historyOf(current().loop, { email }),
    rollback: (request) => rollbackRemotely(current().loop, submit, request),
    approve: (request) => approveItems({ ...decisions, rules: current().config.settings.approvals }, request),
    approvalView: (plan, by) =>
      approvalView({ ...decisions, rules: current().config.settings.approvals }, plan, by),
    reject: (request) => rejectItems(decisions, request),
    pause: (request) => pause(decisions, request),
    resume: (request) => resume(decisions, request),
    groupPeople: (id, search) => groupPeople(current().config.sourceHash, id, search),
    orgPeople: orgPeopleNow(() => current().target),
    places: () => placesView(store.standing, current().config.settings),
    configuration: () => shownConfig(current().config),
  };
}

/** A look that takes longer than this has hung. */
const LOOK_MS = 15 * 60_000;

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
