/** One API write as a line of a page. */
import type { Plan } from '../../core/model/change.ts';
import type { Operation } from '../../core/model/operation.ts';
import type { Line } from '../../report/document.ts';
import { count, time } from '../../report/text.ts';
import { OPERATIONS } from '../../report/words.ts';
import type { OperationOutcome } from '../records.ts';

export function writeLine(operation: Operation, plan: Plan, outcome: OperationOutcome | null): Line {
  return outcomeLine(subjectOf(operation, plan), OPERATIONS[operation.kind], outcome);
}

/** Whom a write is about, in the words of the plan where the write only knows an id. */
function subjectOf({ items, batch, group, create, subject, key }: Operation, { changes }: Plan): string {
  if (create !== null) return create.name;
  if (batch.length > 0)
    return batch.length > 3 ? `${batch.slice(0, 3).join(', ')} … (${count(batch.length)})` : batch.join(', ');
  const first = items[0];
  const change = first === undefined ? undefined : changes.find((one) => one.key === first);
  return change?.subject.label ?? group ?? subject ?? key;
}

const OUTCOMES: Readonly<Record<OperationOutcome['state'], string>> = {
  done: 'Done',
  already: 'Was so already',
  failed: 'Failed',
  skipped: 'Skipped',
};

export function outcomeLine(subject: string, action: string, outcome: OperationOutcome | null): Line {
  const reason =
    outcome === null
      ? 'not ended yet'
      : [time(outcome.at), outcome.reason, outcome.status === null ? null : `status ${outcome.status}`]
          .filter((part) => part !== null)
          .join(', ');
  const status = outcome === null ? 'Open' : OUTCOMES[outcome.state];
  return { key: null, effect: null, subject, action, reason, status, privileged: false };
}
