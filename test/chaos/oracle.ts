/** What must hold whatever happened on the way; each thing that does not is one complaint. */
import type { WriteProgress } from '../../src/core/model/run.ts';
import type { JournalRow } from '../../src/state/store.ts';
import type { World } from './world.ts';

export async function complaints(world: World, progress: WriteProgress): Promise<string[]> {
  const rows = await wholeJournal(world);
  return [
    ...progressComplaints(world, progress),
    ...effectComplaints(world),
    ...stateComplaints(world),
    ...journalComplaints(world, rows),
    ...callComplaints(world),
    ...world.devin.faults.unfired().map(({ action }) => `a planned ${action.kind} did not fire`),
    ...world.owed.map((what) => `a planned ${what} did not happen`),
  ];
}

/** Where a plan was submitted again with other operations: some calls are made twice, but no effect is. */
export async function complaintsOfEditions(world: World, progress: WriteProgress): Promise<string[]> {
  const rows = await wholeJournal(world);
  const ends = new Set(rows.map(({ item, outcome }) => `${item} ${outcome}`));
  return [
    ...progressComplaints(world, progress),
    ...effectComplaints(world),
    ...stateComplaints(world),
    ...world.expected
      .filter(({ item }) => !ends.has(`${item} done`))
      .map(({ item }) => `not journalled: ${item}`),
    ...rows
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ item, reason }) => `failed: ${item} (${reason})`),
  ];
}

function progressComplaints({ plan }: World, { done, failed, skipped, total }: WriteProgress): string[] {
  const whole = total === plan.operations.length && done === total && failed === 0 && skipped === 0;
  return whole ? [] : [`${done} of ${total} done, ${failed} failed, ${skipped} skipped`];
}

/** Names of the effects in the fake's own log. */
function effectNames({ devin }: World): string[] {
  return devin.state.effects.map(({ kind, label, org }) => `${kind} ${label} ${org}`);
}

function effectComplaints(world: World): string[] {
  const names = effectNames(world);
  const seen = new Set(names);
  const wanted = new Set(world.expected.map(({ name }) => name));
  return [
    ...names.filter((name, at) => names.indexOf(name) !== at).map((name) => `twice: ${name}`),
    ...[...wanted].filter((name) => !seen.has(name)).map((name) => `never: ${name}`),
    ...[...seen].filter((name) => !wanted.has(name)).map((name) => `outside the plan: ${name}`),
  ];
}

/** The end state, from what each person is called: the log of effects alone could lie. */
function stateComplaints({ devin }: World): string[] {
  const [org, other] = [devin.state.org('Payments').id, devin.state.org('Search').id];
  const wanted: Readonly<Record<string, readonly (string | undefined)[]>> = {
    new: ['org_member', undefined],
    take: [undefined, undefined],
    lower: [undefined, 'org_member'],
  };
  return [...devin.state.users.values()].flatMap(({ email, direct }) => {
    const want = wanted[/^[a-z]+/.exec(email ?? '')?.[0] ?? ''];
    const isRight = want?.[0] === direct.get(org) && want?.[1] === direct.get(other);
    return want !== undefined && isRight ? [] : [`${email} ended with ${JSON.stringify([...direct])}`];
  });
}

/** Each effect has one journalled change, and before it a note that it was about to be made. */
function journalComplaints({ plan, expected }: World, rows: readonly JournalRow[]): string[] {
  const operationOf = new Map(plan.operations.flatMap(({ key, items }) => items.map((item) => [item, key])));
  const noted = new Set<string | null>();
  const ends = new Map<string, number>();
  const found: string[] = [];
  for (const { kind, item, opKey, outcome, reason, actor } of rows) {
    if (kind === 'sending') noted.add(opKey);
    if (kind !== 'write' || item === null) continue;
    ends.set(item, (ends.get(item) ?? 0) + 1);
    if (outcome !== 'done')
      found.push(`journalled as ${outcome} by ${actor} (${reason}): ${item}; ${storyOf(rows, opKey)}`);
    if (!noted.has(operationOf.get(item) ?? null)) found.push(`sent without a note: ${item}`);
  }
  for (const { item } of expected)
    if (ends.get(item) !== 1) found.push(`journalled ${ends.get(item) ?? 0} times: ${item}`);
  return found;
}

/** Refusals that nobody scripted are calls that should not have been made. */
function callComplaints({ devin }: World): string[] {
  const writes = devin.requests.filter(({ method }) => method !== 'GET');
  const accepted = writes.filter(({ status }) => status >= 200 && status < 300);
  const names = accepted.map(({ method, path, body }) => `${method} ${path} ${JSON.stringify(body)}`);
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [
    ...devin.requests
      .filter(({ status, fault }) => status === 429 && fault === null)
      .map(({ method, path }) => `too fast: ${method} ${path}`),
    ...writes
      .filter(({ status, fault }) => status >= 400 && status !== 429 && fault === null)
      .map(({ method, path, status }) => `sent, and refused with ${status}: ${method} ${path}`),
    ...[...counts]
      .filter(([, count]) => count > 1)
      .map(([name, count]) => `accepted ${count} times: ${name}`),
  ];
}

/** What the journal says of one operation, in order. */
function storyOf(rows: readonly JournalRow[], key: string | null): string {
  const own = rows.filter(({ opKey }) => opKey === key);
  return own.map(({ id, kind, outcome }) => `${id} ${outcome ?? kind}`).join(', ');
}

async function wholeJournal({ store }: World): Promise<JournalRow[]> {
  const rows: JournalRow[] = [];
  for (;;) {
    const last = rows.at(-1)?.id;
    const page = await store.journal.read({ limit: 2000, ...(last === undefined ? {} : { after: last }) });
    if (page.length === 0) return rows;
    rows.push(...page);
  }
}
