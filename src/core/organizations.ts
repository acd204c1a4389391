/** Organizations as configuration declares them: name and limits, whether anything is given there, and up to which role. */

import type { Change, NamedRef } from './model/change.ts';
import type { AcuLimits, Org } from './model/devin.ts';
import { orgCode } from './model/org-code.ts';
import type { OrgSettings } from './model/settings.ts';
import { NEEDED_BY_ORG } from './people.ts';
import { findRole, isDeclared, type Place, type RankedRole } from './places.ts';
import { effectOf } from './policy.ts';
import { emitOfOrg, note, READY, type Scene } from './scene.ts';

/** A name or limit that differs is drift, changed where the policy of organizations allows it. */
export function diffOrganizations(scene: Scene): void {
  for (const declared of scene.settings.organizations) {
    const index = scene.devin.head.orgs.findIndex((org) => isDeclared(org, declared));
    if (index >= 0) diffOrg(scene, index, declared);
  }
}

function diffOrg(scene: Scene, place: number, declared: OrgSettings): void {
  const org = scene.devin.head.orgs[place] as Org;
  const { maxSessionAcuLimit: session, maxCycleAcuLimit: cycle } = declared;
  if (org.limits === undefined && (session !== null || cycle !== null)) {
    const message = `ACU limits of ${declared.name} are declared, but this key does not read them`;
    note(scene, 'not-possible', declared.name, message);
  }
  const wanted: AcuLimits = {
    maxSessionAcuLimit: session ?? org.limits?.maxSessionAcuLimit ?? null,
    maxCycleAcuLimit: cycle ?? org.limits?.maxCycleAcuLimit ?? null,
  };
  // By its id as its name, it may be called anything.
  const name = declared.id === undefined ? org.name : declared.name;
  const before = orgRef(org.name, org.limits ?? wanted);
  const after = orgRef(name, wanted);
  if (before.id === after.id) return;
  emitOfOrg(scene, {
    kind: 'update-org',
    subject: { type: 'org', directoryId: null, devinId: org.id, label: declared.name },
    place,
    before,
    after,
    cause: 'rule',
    reason: 'declared otherwise under organizations',
    people: 0,
    verdict: READY,
  });
}

function orgRef(name: string, { maxSessionAcuLimit: session, maxCycleAcuLimit: cycle }: AcuLimits): NamedRef {
  const limit = (value: number | null) => (value === null ? 'no limit' : `${value} ACU`);
  const shown = `"${name}", ${limit(session)} a session, ${limit(cycle)} a cycle`;
  return { id: orgCode(name, session, cycle), name: shown };
}

/** Bars what is given in an organization that is not active, and holds what is above a ceiling. */
export function withinOrgs(scene: Scene, changes: readonly Change[]): readonly Change[] {
  const lines = scene.settings.organizations.filter(
    ({ state = 'active', roleCeiling }) => state !== 'active' || roleCeiling !== undefined,
  );
  if (lines.length === 0) return changes;
  const lineOf = (org: NamedRef) => lines.find((line) => isDeclared(org as Place, line));
  const judged = changes.map((change) => {
    const line = change.org === null ? undefined : lineOf(change.org);
    return line === undefined || effectOf(change) === 'revoke' ? change : judge(scene, change, line);
  });
  return withoutIdleInvites(judged, changes);
}

function judge(scene: Scene, change: Change, { name, state = 'active', roleCeiling }: OrgSettings): Change {
  if (change.verdict.state === 'barred' || change.kind === 'update-org') return change;
  if (state !== 'active') {
    const why = `organization "${name}" is marked ${state}: nothing is given there`;
    return { ...change, verdict: { state: 'barred', why } };
  }
  if (roleCeiling === undefined || !isAbove(scene, change, roleCeiling)) return change;
  const by = change.verdict.state === 'held' ? change.verdict.by : [];
  return { ...change, verdict: { state: 'held', by: [...by, 'role-ceiling'] } };
}

function isAbove({ atlas }: Scene, { after }: Change, ceiling: string): boolean {
  const highest = atlas.roles[findRole(atlas.roles, ceiling, 'org') as number];
  const given = atlas.roles.find(({ id }) => id === after?.id);
  return given !== undefined && given.strength > (highest as RankedRole).strength;
}

/** Whoever would be let in for such an organization alone is not let in at all. */
function withoutIdleInvites(judged: readonly Change[], before: readonly Change[]): readonly Change[] {
  const barred = new Map<string, Change['verdict']>();
  const others = new Set<string>();
  for (const [index, change] of judged.entries()) {
    const { kind, subject, verdict } = change;
    if (kind !== 'add-to-org' || subject.devinId !== null) continue;
    if (verdict.state === 'barred' && verdict !== before[index]?.verdict) barred.set(subject.label, verdict);
    else others.add(subject.label);
  }
  if (barred.size === 0) return judged;
  return judged.map((change) => {
    const verdict = others.has(change.subject.label) ? undefined : barred.get(change.subject.label);
    const idle = change.kind === 'invite' && change.reason === NEEDED_BY_ORG;
    return idle && verdict !== undefined ? { ...change, verdict } : change;
  });
}
