/** One process, the same tenant as plain objects, the naive plan, and what that took. */
import { cpuSeconds } from './cpu.ts';
import { type NaiveInput, naivePlan } from './naive.ts';
import type { PlannerRun } from './planner-run.ts';
import { SIZES, type SizeName, shapeOf } from './shape.ts';
import { devinId, emailOf, groupName, heldRoles, personId, statusOf } from './tenant.ts';

const [name, runs] = process.argv.slice(2) as [SizeName, string];
const shape = shapeOf(SIZES[name]);
const roles = heldRoles(shape);
const numbers = Array.from({ length: shape.people }, (_, person) => person);
const input: NaiveInput = {
  people: numbers.map((person) => ({
    id: personId(person),
    email: emailOf(person),
    status: statusOf(shape, person),
  })),
  groups: Array.from({ length: shape.groups }, (_, group) => {
    const members = shape.members.subarray(shape.offsets[group], shape.offsets[group + 1]);
    return { name: groupName(shape, group), members: Array.from(members, personId) };
  }),
  users: numbers.flatMap((person) => {
    const held = roles(person);
    if (held === null) return [];
    const places = Object.fromEntries([['', 'account_member'], ...held]);
    return [{ id: devinId(person), email: emailOf(person), roles: places }];
  }),
  rules: [
    { pattern: /^org-(?<org>\d+)-team-\d+$/, role: 'org_member', rank: 1 },
    { pattern: /^org-(?<org>\d+)-leads-\d+$/, role: 'role-lead', rank: 2 },
  ],
};
const heldMb = process.memoryUsage().rss / 2 ** 20;
const seconds: number[] = [];
const wallSeconds: number[] = [];
let last: ReturnType<typeof naivePlan> = { changes: [], id: '' };
for (let run = 0; run < Number(runs); run++) {
  const started = performance.now();
  const cpu = cpuSeconds();
  last = naivePlan(input);
  seconds.push(cpu());
  wallSeconds.push((performance.now() - started) / 1000);
}
const run: PlannerRun = {
  people: shape.people,
  edges: shape.members.length,
  changes: last.changes.length,
  planId: last.id,
  seconds,
  wallSeconds,
  blocks: wallSeconds.map((one) => one * 1000),
  sealMs: 0,
  heldMb,
  peakMb: process.resourceUsage().maxRSS / 1024,
};
console.log(JSON.stringify(run));
