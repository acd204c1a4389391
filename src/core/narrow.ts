/** A plan about one person, group or organization: cut out of the whole, which was judged first. */
import { follow } from './follow.ts';
import { normaliseEmail } from './identity.ts';
import type { Change, Plan } from './model/change.ts';
import type { RunScope } from './model/run.ts';
import { placeRef } from './places.ts';
import type { Scene } from './scene.ts';
import { type Closure, peopleIn } from './want.ts';

type Parts = Pick<Plan, 'changes' | 'violations' | 'residual' | 'notices'>;

/** Several keys narrow further. What is left out is neither written nor shown. */
export function narrow(scene: Scene, only: RunScope | null, parts: Parts): Parts {
  if (only === null) return parts;
  const address = only.user === undefined ? null : addressOf(scene, only.user);
  const tests = [
    ...(address === null ? [] : [(change: Change) => isPerson(scene, change, address)]),
    ...(only.org === undefined ? [] : [inOrg(parts.changes, only.org)]),
    ...(only.group === undefined ? [] : [ofGroup(scene, only.group)]),
  ];
  const changes = follow(parts.changes.filter((change) => tests.every((test) => test(change))));
  const kept = new Set(changes.map(({ key }) => key));
  const shown = new Set(changes.map(({ subject }) => subject.label));
  const about = (label: string) => shown.has(label) || addressOf(scene, label) === address;
  return {
    changes,
    violations: parts.violations.flatMap((violation) => {
      const items = violation.items.filter((item) => kept.has(item));
      return items.length === 0 ? [] : [{ ...violation, items }];
    }),
    residual: parts.residual.filter(({ email }) => about(email)),
    notices: parts.notices.filter(({ subject }) => about(subject)),
  };
}

function addressOf({ settings }: Scene, text: string): string {
  return normaliseEmail(text, settings.domainAliases) ?? text;
}

function isPerson(scene: Scene, { subject }: Change, address: string): boolean {
  return subject.type === 'person' && addressOf(scene, subject.label) === address;
}

/** Changes in the org, and the invites without which nobody could get a role there. */
function inOrg(changes: readonly Change[], org: string): (change: Change) => boolean {
  const named = (change: Change) => change.org !== null && (change.org.id === org || change.org.name === org);
  const newcomers = new Set(changes.filter(named).map(({ subject }) => subject.directoryId));
  return (change) =>
    named(change) ||
    (change.kind === 'create-org' && change.subject.label === org) ||
    (change.kind === 'invite' && newcomers.has(change.subject.directoryId));
}

/** Changes of the group itself, of the people in it, and of people who lose a place that it gives. */
function ofGroup(scene: Scene, group: string): (change: Change) => boolean {
  const people = new Set<string>();
  const places = new Set<string | null>();
  const names = new Set<string>();
  const ids = new Set<string>();
  for (const [index, binding] of scene.want.bindings.entries()) {
    const { id, name } = scene.directory.group(binding.group);
    if (id !== group && name !== group) continue;
    names.add(name);
    ids.add(id);
    places.add(placeRef(scene.atlas, binding.place)?.name ?? null);
    for (const person of peopleIn(scene.directory, scene.want.closures[index] as Closure))
      people.add(scene.directory.person(person).id);
  }
  return ({ kind, subject, org, before, after }) => {
    if (isMembership(kind)) return ids.has((before ?? after)?.id as string);
    if (subject.type === 'group') return names.has(subject.label);
    const leaves = after === null && places.has(org?.name ?? null);
    return leaves || (subject.directoryId !== null && people.has(subject.directoryId));
  };
}

function isMembership(kind: Change['kind']): boolean {
  return kind === 'scim-add-member' || kind === 'scim-remove-member';
}
