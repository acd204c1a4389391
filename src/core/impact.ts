/** Who would lose access by a plan, and which drift is new: what is worth asking Devin more about. Pure. */
import type { Change, Notice, Plan } from './model/change.ts';
import { effectOf } from './policy.ts';

/** As many people are looked up; a reviewer of more looks at the guards instead. */
export const MOST_LOOKED_UP = 50;

export interface Loser {
  readonly devinId: string;
  readonly email: string;
}

/** People whom something is taken from now or once somebody approves it, each once. */
export function losersOf({ changes }: Pick<Plan, 'changes'>): Loser[] {
  const losers = new Map<string, Loser>();
  for (const change of changes) {
    const { devinId, label, type } = change.subject;
    if (type !== 'person' || devinId === null || !takes(change)) continue;
    losers.set(devinId, { devinId, email: label });
  }
  return [...losers.values()];
}

function takes(change: Change): boolean {
  const { state } = change.verdict;
  return (state === 'ready' || state === 'held') && effectOf(change) === 'revoke';
}

/** Two notices about the same drift; what an earlier plan learnt of it stays true. */
export function driftKey({ kind, message }: Notice): string {
  return `${kind} ${message}`;
}

/** Notices with what an earlier plan had found out about them. */
export function withKnownAuthors(notices: readonly Notice[], known: readonly Notice[]): readonly Notice[] {
  const found = new Map(known.flatMap((one) => (one.by === undefined ? [] : [[driftKey(one), one.by]])));
  const named = notices.map((notice) => {
    const by = notice.edge === undefined ? undefined : found.get(driftKey(notice));
    return by === undefined ? notice : { ...notice, by };
  });
  return withUntold(named, known.find(({ kind }) => kind === 'not-told')?.message ?? null);
}

/** Why nobody is named beside the drift: said once, and only while there is drift. `why` null: everybody may be named. */
export function withUntold(notices: readonly Notice[], why: string | null): readonly Notice[] {
  const others = notices.filter(({ kind }) => kind !== 'not-told');
  if (why === null || !others.some(({ edge }) => edge !== undefined)) return others;
  return [...others, { kind: 'not-told', subject: 'who made the drift', message: why }];
}
