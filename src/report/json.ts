/**
 * A plan as one JSON document: fixed key order, one change a line, so that two of them compare with any diff tool.
 * `version` rises when a key changes its meaning or goes; new keys may be added without.
 */
import type {
  Change,
  Impact,
  ImpactReading,
  NamedRef,
  Notice,
  Plan,
  Residual,
  RoleIn,
  Subject,
  Violation,
} from '../core/model/change.ts';
import type { ReadReport } from '../core/model/directory.ts';
import type { Operation } from '../core/model/operation.ts';
import type { ScimIds } from '../core/model/scim.ts';
import type { DeclaredOrg } from '../core/model/settings.ts';
import type { RequestView } from './document.ts';
import { jsonText } from './json-text.ts';
import { tally } from './shelves.ts';
import { headline } from './verdict.ts';
import { PERSON_BUCKETS, RESOURCES, USER_BUCKETS } from './words.ts';

export const REPORT_VERSION = 1;

export interface JsonOptions {
  /** With it each operation carries the `request` that it sends. */
  readonly requests?: (operation: Operation) => RequestView;
}

/** Every key of `T`, so that a field added to the plan cannot be forgotten here. */
export type Every<T> = { readonly [Key in keyof Required<T>]: unknown };

export function* renderPlanJson(plan: Plan, { requests }: JsonOptions = {}): Generator<string> {
  const counts = tally(plan.changes);
  const { state, word, sentence } = headline(plan, counts);
  yield `{\n"version":${REPORT_VERSION}`;
  yield entry('verdict', { state, sentence: `${word}. ${sentence}` });
  yield entry('id', plan.id);
  yield entry('createdAt', new Date(plan.createdAt).toISOString());
  yield entry('tenants', { directory: plan.tenants.directory, devin: plan.tenants.devin });
  yield entry('configHash', plan.configHash);
  yield entry('policy', picked(plan.policy, RESOURCES));
  yield entry('only', plan.only);
  yield entry('declaredOrgs', plan.declaredOrgs.map(declaredOrg));
  yield entry('reads', { directory: plan.reads.directory.map(read), devin: plan.reads.devin.map(read) });
  const { size } = plan;
  if (size !== undefined)
    yield entry('size', { people: size.people, groups: size.groups, edges: size.edges });
  yield entry('buckets', {
    people: picked(plan.buckets.people, PERSON_BUCKETS),
    users: picked(plan.buckets.users, USER_BUCKETS),
  });
  yield entry('counts', counts);
  yield* entries('violations', plan.violations, violation);
  yield* entries('changes', plan.changes, changeJson);
  yield* entries('residual', plan.residual, residualJson);
  yield* entries('notices', plan.notices, noticeJson);
  if (plan.impact !== undefined) yield entry('impact', impactJson(plan.impact));
  const { writes, proofs, perSecond, etaSeconds } = plan.budget;
  yield entry('budget', { writes, proofs, perSecond, etaSeconds });
  yield* entries('operations', plan.operations, (one) => operation(one, requests));
  yield '\n}\n';
}

function entry(key: string, value: unknown): string {
  return `,\n"${key}":${jsonText(value)}`;
}

function* entries<T>(key: string, things: readonly T[], toJson: (thing: T) => unknown): Generator<string> {
  yield `,\n"${key}":[`;
  for (const [index, thing] of things.entries())
    yield `${index === 0 ? '\n' : ',\n'}${jsonText(toJson(thing))}`;
  yield ']';
}

function picked<K extends string>(from: Readonly<Record<K, unknown>>, keys: Readonly<Record<K, unknown>>) {
  return Object.fromEntries((Object.keys(keys) as K[]).map((key) => [key, from[key]]));
}

function declaredOrg(org: DeclaredOrg): Every<DeclaredOrg> {
  const { name, create, maxSessionAcuLimit, maxCycleAcuLimit } = org;
  return { name, create, maxSessionAcuLimit, maxCycleAcuLimit };
}

function read({ what, pages, items, calls }: ReadReport): Every<ReadReport> {
  return { what, pages, items, calls };
}

/** One change with its keys in their fixed order; explanations use it as well. */
export function changeJson(change: Change): Omit<Every<Change>, 'left' | 'loses' | 'owner' | 'scim'> {
  const { verdict } = change;
  return {
    key: change.key,
    kind: change.kind,
    subject: subject(change.subject),
    org: namedJson(change.org),
    before: namedJson(change.before),
    after: namedJson(change.after),
    cause: change.cause,
    reason: change.reason,
    privileged: change.privileged,
    people: change.people,
    ...(change.left === undefined ? {} : { left: change.left.map(namedJson) }),
    ...(change.loses === undefined ? {} : { loses: change.loses.map(roleInJson) }),
    ...(change.owner === undefined ? {} : { owner: change.owner }),
    ...(change.scim === undefined ? {} : { scim: scimJson(change.scim) }),
    verdict: {
      state: verdict.state,
      ...(verdict.state === 'held' ? { by: verdict.by } : {}),
      ...(verdict.state === 'waiting' ? { until: until(verdict.until) } : {}),
      ...('why' in verdict ? { why: verdict.why } : {}),
    },
  };
}

function scimJson({ url, user, group }: ScimIds): Every<ScimIds> {
  return { url, user, group };
}

function until(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function subject({ type, directoryId, devinId, label }: Subject): Every<Subject> {
  return { type, directoryId, devinId, label };
}

function roleInJson({ org, role }: RoleIn): Every<RoleIn> {
  return { org: namedJson(org), role: namedJson(role) };
}

export function namedJson(ref: NamedRef | null): Every<NamedRef> | null {
  return ref === null ? null : { id: ref.id, name: ref.name };
}

export function residualJson(residual: Residual): Every<Residual> {
  const { email, devinId, group, org, role, lever } = residual;
  return { email, devinId, group, org, role, lever };
}

export function noticeJson({ kind, subject, message, edge, by }: Notice): Omit<Every<Notice>, 'edge' | 'by'> {
  return {
    kind,
    subject,
    message,
    ...(edge === undefined ? {} : { edge: { holder: edge.holder, org: edge.org } }),
    ...(by === undefined ? {} : { by }),
  };
}

function impactJson({ people, since, lacks, leftOut }: ImpactReading): Every<ImpactReading> {
  return { people: people.map(impactOf), since: until(since), lacks, leftOut };
}

function impactOf({ devinId, email, lastActiveAt, sessions, acus }: Impact): Every<Impact> {
  return { devinId, email, lastActiveAt: until(lastActiveAt), sessions, acus };
}

function violation({ guard, message, place, count, base, limit, items }: Violation): Every<Violation> {
  return { guard, message, place, count, base, limit, items };
}

function operation(
  one: Operation,
  requests: JsonOptions['requests'],
): Every<Operation> & { request?: unknown } {
  const { create } = one;
  const known = {
    key: one.key,
    kind: one.kind,
    lane: one.lane,
    phase: one.phase,
    subject: one.subject,
    user: one.user,
    group: one.group,
    org: one.org,
    role: one.role,
    batch: one.batch,
    create:
      create === null
        ? null
        : {
            name: create.name,
            maxSessionAcuLimit: create.maxSessionAcuLimit,
            maxCycleAcuLimit: create.maxCycleAcuLimit,
          },
    before: one.before,
    items: one.items,
  };
  if (requests === undefined) return known;
  const { method, path, body } = requests(one);
  return { ...known, request: { method, path, body: body ?? null } };
}
