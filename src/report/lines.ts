/** Changes, guards, access that stays and notices, each as one line with its reason. */
import {
  CHANGE_KINDS,
  type Change,
  type Notice,
  type Residual,
  type Violation,
} from '../core/model/change.ts';
import type { Items, Line } from './document.ts';
import { capital, plural } from './text.ts';
import { actionOf, guardName, reasonOf, statusOf } from './words.ts';

export interface ChangeLineOptions {
  /** false under a heading that names the cause. */
  readonly withCause: boolean;
  /** false in a section whose verdict is said once for all. */
  readonly withStatus: boolean;
}

export function changeLine(change: Change, { withCause, withStatus }: ChangeLineOptions): Line {
  return {
    key: change.verdict.state === 'held' ? change.key : null,
    effect: CHANGE_KINDS[change.kind].effect,
    subject: change.subject.label,
    action: actionOf(change),
    reason: reasonOf(change, withCause),
    status: withStatus ? statusOf(change.verdict) : null,
    privileged: change.privileged,
  };
}

export function residualLine(residual: Residual): Line {
  const place = residual.org ?? 'the enterprise';
  return plain(
    residual.email,
    `Keeps ${residual.role} in ${place}`,
    `through the group ${residual.group}; what ends it: ${residual.lever}`,
  );
}

export function noticeLine(notice: Notice): Line {
  const by = notice.by ?? null;
  return plain(notice.subject, '', by === null ? notice.message : `${notice.message}; ${by}`);
}

export function violationLine({ guard, place, items, message }: Violation): Line {
  const where = place === null ? '' : ` in ${place === '' ? 'the enterprise' : place}`;
  return plain(capital(guardName(guard)), `Holds ${plural(items.length, 'change')}${where}`, message);
}

function plain(subject: string, action: string, reason: string): Line {
  return { key: null, effect: null, subject, action, reason, status: null, privileged: false };
}

/** A block of lines that are made when a renderer asks for them. */
export function items<T>(
  title: string | null,
  note: string | null,
  things: readonly T[],
  toLine: (thing: T) => Line,
): Items {
  return {
    type: 'items',
    title,
    note,
    count: things.length,
    lines: function* () {
      for (const thing of things) yield toLine(thing);
    },
  };
}
