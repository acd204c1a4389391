/** Names of attributes are compared without regard to case (RFC 7643 section 2.1). */
import { bad, shown } from './fault.ts';
import type { ScimObject, ScimValue } from './store.ts';

/** So one may stand there once only. @throws ScimFault invalidSyntax */
export function entriesOnce(raw: ScimObject): [string, ScimValue][] {
  const entries = Object.entries(raw);
  const seen = new Set<string>();
  for (const [name] of entries) {
    if (seen.has(name.toLowerCase())) throw bad('invalidSyntax', `${shown(name)} is given twice.`);
    seen.add(name.toLowerCase());
  }
  return entries;
}
