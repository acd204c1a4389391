/** A fake Devin, a store, a queue and writers for one test; everything is closed after it. */
import type { Redis } from 'ioredis';
import { afterEach } from 'vitest';
import type { Change, Plan } from '../../src/core/model/change.ts';
import { invitePlaceholder, type Operation } from '../../src/core/model/operation.ts';
import type { DevinTarget } from '../../src/devin/target.ts';
import { openGate } from '../../src/queue/gate.ts';
import { startWriter, type Writer, type WriterOptions } from '../../src/queue/worker.ts';
import { openWriteQueue, type WriteQueue } from '../../src/queue/writes.ts';
import { type FakeDevin, type FakeDevinOptions, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import type { Store } from '../../src/state/store.ts';
import { change, operation, plan } from '../lib/plan-builder.ts';
import type { PrivateRedis } from '../lib/private-redis.ts';
import { IMPATIENT, OWNER, restTarget, STEADY, v2Target } from './timing.ts';

export const TENANTS = { directory: 'okta:corp', devin: 'https://devin.example#svc' };

export const MEMBER = 'org_member';
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

export interface Desk {
  readonly devin: FakeDevin;
  readonly target: DevinTarget;
  readonly store: Store;
  readonly queue: WriteQueue;
  readonly prefix: string;
  writer(over?: Partial<WriterOptions>): Writer;
  /** Submits and waits until nothing is left to do. */
  run(plan: Plan): Promise<Awaited<ReturnType<WriteQueue['settled']>>>;
}

export type Api = 'v3' | 'v2';

export interface DeskOptions {
  readonly devin?: FakeDevinOptions;
  /** Which API is written through; v3 unless given. */
  readonly api?: Api;
  readonly maxPerSecond?: number;
  readonly clock?: () => number;
}

export async function desk(redis: PrivateRedis, options: DeskOptions = {}): Promise<Desk> {
  const prefix = redis.prefix();
  const connection = redis.client();
  const clock = options.clock ?? Date.now;
  const keys = options.api === 'v2' ? { keyOwner: OWNER } : {};
  const devin = await startFakeDevin({ orgs: ['Payments', 'Search'], ...keys, ...options.devin });
  closing.push(() => devin.close());
  const store = await openStore(connection, prefix, Date.now());
  const gate = openGate({ connection, prefix, maxPerSecond: options.maxPerSecond ?? 2000 });
  const target =
    options.api === 'v2'
      ? v2Target(devin.url, devin.personalKey, gate)
      : restTarget(devin.url, devin.key, gate);
  const queue = openWriteQueue({ connection, prefix, store, gate, clock });
  const writer = (over: Partial<WriterOptions> = {}): Writer => {
    const settings = {
      locks: STEADY,
      patience: IMPATIENT,
      clock,
      actor: 'svc',
      pace: gate,
      closeMs: 60_000,
      ...over,
    };
    const started = startWriter({ connection, prefix, store, target, ...settings });
    let closed: Promise<void> | null = null;
    const close = (): Promise<void> => (closed ??= started.close());
    closing.push(close);
    return { ...started, close };
  };
  const run: Desk['run'] = async (what) => {
    await queue.submit(what);
    return queue.settled(what.id, { signal: new AbortController().signal });
  };
  return { devin, target, store, queue, prefix, writer, run };
}

/** Changes and the operations that carry them out, one for one but for invites. */
export interface Part {
  readonly changes: readonly Change[];
  readonly operation: Operation;
}

export function planOf(id: string, ...parts: readonly Part[]): Plan {
  return plan(
    id,
    parts.map((part) => part.operation),
    parts.flatMap((part) => part.changes),
  );
}

export function email(who: string): string {
  return `${who}@corp.example`;
}

function person(who: string, devinId: string | null): Change['subject'] {
  return { type: 'person', directoryId: `idp-${who}`, devinId, label: email(who) };
}

export function invite(people: readonly string[], phase = 2): Part {
  const changes = people.map((who) =>
    change({ key: `invite-${who}`, kind: 'invite', subject: person(who, null) }),
  );
  const key = `invite/${people[0]}:${people.length}`;
  const items = changes.map((one) => one.key);
  const batch = people.map(email);
  return {
    changes,
    operation: operation({ key, kind: 'invite', phase, role: 'account_member', batch, items }),
  };
}

interface OrgRole {
  readonly who: string;
  /** null: this plan's invite makes the user. */
  readonly user: string | null;
  readonly org: string;
}

export function addToOrg({ who, user, org }: OrgRole, over: Partial<Operation> = {}): Part {
  const key = `add/${who}:${org}`;
  const named = { id: org, name: org };
  const made = change({ key, kind: 'add-to-org', subject: person(who, user), org: named });
  const userOrPlaceholder = user ?? invitePlaceholder(email(who));
  const subject = `person:idp-${who}`;
  const base = { key, kind: 'add-to-org', phase: 4, subject, org, role: MEMBER, items: [key] } as const;
  return { changes: [made], operation: operation({ ...base, user: userOrPlaceholder, ...over }) };
}

export function removeFromOrg({ who, user, org }: OrgRole & { user: string }): Part {
  const key = `remove/${who}:${org}`;
  const base = { key, subject: person(who, user), org: { id: org, name: org } };
  const before = { id: MEMBER, name: 'Member' };
  const made = change({ ...base, kind: 'remove-from-org', before, after: null, cause: 'left-group' });
  const subject = `person:idp-${who}`;
  const one = operation({
    key,
    kind: 'remove-from-org',
    lane: 3,
    phase: 5,
    subject,
    user,
    org,
    items: [key],
  });
  return { changes: [made], operation: one };
}

/** From admin to member of an org, because the person left the admins' group. */
export function downgrade({ who, user, org }: OrgRole & { user: string }): Part {
  const key = `lower/${who}:${org}`;
  const base = { key, subject: person(who, user), org: { id: org, name: org } };
  const before = { id: 'org_admin', name: 'Admin' };
  const after = { id: MEMBER, name: 'Member' };
  const made = change({ ...base, kind: 'change-org-role', before, after, cause: 'left-group' });
  const subject = `person:idp-${who}`;
  const where = { subject, user, org, role: MEMBER, before: 'org_admin', items: [key] };
  return {
    changes: [made],
    operation: operation({ key, kind: 'change-org-role', lane: 3, phase: 5, ...where }),
  };
}

export function removeUser(who: string, user: string): Part {
  const key = `leave/${who}`;
  const before = { id: 'account_member', name: 'Member' };
  const base = { key, subject: person(who, user), before, after: null };
  const made = change({ ...base, kind: 'remove-user', cause: 'deactivated' });
  const one = operation({
    key,
    kind: 'remove-user',
    lane: 1,
    subject: `person:idp-${who}`,
    user,
    items: [key],
  });
  return { changes: [made], operation: one };
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Once progress says in such words what the plan waits for; it may wait for a writer before. */
export async function waitsFor({ queue }: Pick<Desk, 'queue'>, planId: string, words: RegExp): Promise<void> {
  await until(async () => words.test((await queue.progress(planId)).waiting ?? ''));
}

/** As if so much time had passed that every lock had lapsed which a dead writer left behind; no other one may live. */
export async function lapse(client: Redis, prefix: string): Promise<void> {
  const writes = `{${prefix}}:writes`;
  const locks = [...(await client.keys(`${writes}:*:lock`)), ...(await client.keys(`${writes}:lock:*`))];
  await client.del(`${writes}:feeder`, ...locks);
}

/** The writes that reached Devin. */
export function writesOf(devin: FakeDevin): { method: string; path: string; status: number }[] {
  return devin.requests.filter(({ method }) => method !== 'GET');
}
