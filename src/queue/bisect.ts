/** A batch that Devin refuses is halved and halved again, so that one bad address costs itself only. */
import type { End } from './outcomes.ts';
import { narrowed } from './plan-index.ts';
import { type Course, failed, type Task } from './task.ts';

/** Calls that one refused batch may cost: enough to single out three or four, too few to try a hundred in vain. */
const MOST_PARTS = 40;

export type SendPart = (part: Task) => Promise<Course>;

export async function bisect(task: Task, end: End, send: SendPart): Promise<Course> {
  const { batch } = task.operation;
  const parts = task.parts ?? { left: MOST_PARTS };
  if (batch.length < 2 || parts.left < 2) return end;
  parts.left -= 2;
  const middle = Math.ceil(batch.length / 2);
  const ends: { readonly batch: readonly string[]; readonly end: End }[] = [];
  for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
    const operation = narrowed(task.index, task.operation, half);
    const course = await send({ ...task, operation, parts });
    if (course === 'later') return 'later';
    ends.push({ batch: half, end: course });
  }
  return joined(batch.length, end, ends);
}

function joined(
  total: number,
  whole: End,
  ends: readonly { readonly batch: readonly string[]; readonly end: End }[],
): End {
  const refused = new Map<string, string>();
  let attempts = whole.attempts;
  let users: Readonly<Record<string, string>> = {};
  for (const { batch, end } of ends) {
    attempts += end.attempts;
    users = { ...users, ...end.result?.users };
    const isDone = end.state === 'done' || end.state === 'already';
    const why = end.reason ?? 'for a reason that is not known';
    for (const [name, words] of end.refused ?? (isDone ? [] : batch.map((name) => [name, why] as const)))
      refused.set(name, words);
  }
  const result = { users, orgId: null };
  if (refused.size === 0) return { state: 'done', result, attempts, status: null, reason: null };
  if (refused.size === total) return { ...failed(attempts, whole.status, whole.reason ?? ''), refused };
  const [name, why] = [...refused][0] as [string, string];
  const others = refused.size === 1 ? '' : ` and ${refused.size - 1} more`;
  const reason = `${refused.size} of ${total} refused: ${name}${others} (${why})`;
  return { state: 'failed', result, attempts, status: whole.status, reason, refused };
}
