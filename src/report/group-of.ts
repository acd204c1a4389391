/** Which directory groups a change comes from. */
import type { Change } from '../core/model/change.ts';

/** Ends every reason that a rule gives: see `grantReason` of core. */
const MEMBER = ', member of ';
const BELOW = ' > ';

/**
 * Names of the groups that a change may come from: the group itself, those that a person left, and the one at the
 * top of the path in its reason. That path has ` > ` between its groups, and a name may have it too, so every
 * beginning of the path is among them.
 */
export function groupsOf({ subject, left = [], reason }: Change): Set<string> {
  const names = new Set<string>();
  if (subject.type === 'group') names.add(subject.label);
  for (const { name } of left) names.add(name);
  const from = reason.lastIndexOf(MEMBER);
  if (from < 0) return names;
  const path = reason.slice(from + MEMBER.length);
  for (let end = path.indexOf(BELOW); end >= 0; end = path.indexOf(BELOW, end + 1))
    names.add(path.slice(0, end));
  return names.add(path);
}
