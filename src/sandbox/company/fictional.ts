/** A believable company out of a seed: teams of very different sizes, overlaps, leavers, and people without Devin. */
import { type Company, type CompanyGroup, type CompanyPerson, emptyCompany } from './model.ts';
import { FIRST_NAMES, LAST_NAMES, MAX_TEAMS, teamName } from './names.ts';
import { type Random, seededRandom } from './random.ts';

export interface FictionalOptions {
  seed: number;
  people: number;
  /** One for every 15 people when absent; at most `MAX_TEAMS`. */
  teams?: number;
}

/** The company of the demo. */
export const DEMO_COMPANY: FictionalOptions = { seed: 7, people: 120, teams: 8 };

const PEOPLE_PER_TEAM = 15;
/** Everybody starts a team of three before size decides. */
const SMALLEST_TEAM = 3;

/**
 * Groups: `devin-users`, and `devin-<team>` with `devin-<team>-admins` for each team; `all-staff` and
 * `office-<city>` have nothing to do with Devin. The same options give the same company, ids included.
 */
export function fictionalCompany(options: FictionalOptions): Company {
  const random = seededRandom(options.seed);
  const company = emptyCompany();
  const people = hirePeople(company, options.people, random);
  const engineers = people.filter(() => random.chance(0.85));
  const users = addGroup(company, 'devin-users');
  const wanted = options.teams ?? Math.max(1, Math.round(options.people / PEOPLE_PER_TEAM));
  formTeams(company, engineers, Math.min(wanted, MAX_TEAMS), random);
  for (const person of engineers) users.members.add(person.id);
  const staff = addGroup(company, 'all-staff');
  const offices = ['lisbon', 'toronto', 'nairobi'].map((city) => addGroup(company, `office-${city}`));
  for (const person of people) {
    staff.members.add(person.id);
    random.pick(offices).members.add(person.id);
  }
  return company;
}

function hirePeople(company: Company, count: number, random: Random): CompanyPerson[] {
  const taken = new Map<string, number>();
  const people: CompanyPerson[] = [];
  for (let number = 1; number <= count; number += 1) {
    const firstName = random.pick(FIRST_NAMES);
    const lastName = random.pick(LAST_NAMES);
    const address = `${firstName}.${lastName}`.toLowerCase();
    const namesakes = (taken.get(address) ?? 0) + 1;
    taken.set(address, namesakes);
    const person: CompanyPerson = {
      id: `00u${number.toString(36).padStart(17, '0')}`,
      email: `${address}${namesakes === 1 ? '' : namesakes}@corp.example`,
      firstName,
      lastName,
      status: status(random),
    };
    company.people.set(person.id, person);
    people.push(person);
  }
  return people;
}

function status(random: Random): CompanyPerson['status'] {
  const draw = random.next();
  if (draw < 0.04) return 'deactivated';
  if (draw < 0.06) return 'suspended';
  return draw < 0.08 ? 'staged' : 'active';
}

function formTeams(company: Company, people: readonly CompanyPerson[], count: number, random: Random): void {
  const teams = Array.from({ length: count }, (_, index) => addGroup(company, `devin-${teamName(index)}`));
  const pick = heavyTailed(teams, random);
  for (const [index, person] of people.entries()) {
    const founding = index < SMALLEST_TEAM * count;
    const team = founding ? (teams[index % count] as CompanyGroup) : pick();
    team.members.add(person.id);
    if (random.chance(0.25)) pick().members.add(person.id);
    if (random.chance(0.05)) pick().members.add(person.id);
  }
  for (const team of teams) {
    const admins = addGroup(company, `${team.name}-admins`);
    const active = [...team.members].filter((id) => company.people.get(id)?.status === 'active');
    const wanted = Math.min(active.length, 2 + Math.floor(active.length / 20));
    for (const id of active.slice(0, wanted)) admins.members.add(id);
  }
}

/** Team n is drawn with weight 1/(n+1): a few teams are many times the size of most. */
function heavyTailed(teams: readonly CompanyGroup[], random: Random): () => CompanyGroup {
  const bounds: number[] = [];
  let sum = 0;
  for (const index of teams.keys()) {
    sum += 1 / (index + 1);
    bounds.push(sum);
  }
  return () => {
    const draw = random.next() * sum;
    return teams[bounds.findIndex((bound) => draw < bound)] as CompanyGroup;
  };
}

function addGroup(company: Company, name: string): CompanyGroup {
  const id = `00g${(company.groups.size + 1).toString(36).padStart(17, '0')}`;
  const group = { id, name, members: new Set<string>(), children: new Set<string>() };
  company.groups.set(id, group);
  return group;
}
