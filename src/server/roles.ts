/** What a caller may do; each role may do what the ones before it may. */
export const ROLES = ['viewer', 'operator', 'approver'] as const;

/** `viewer` reads · `operator` asks for runs, pauses and resumes · `approver` lets held changes go or refuses them. */
export type Role = (typeof ROLES)[number];

export function mayAct(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
