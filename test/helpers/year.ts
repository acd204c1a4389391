/** A company through many days: joiners, movers, leavers, reorganisations, outages, bad readings and bad configurations. */
import { decide } from '../../src/core/decide.ts';
import type { Change, Plan } from '../../src/core/model/change.ts';
import type { LedgerPerson } from '../../src/core/model/memory.ts';
import { effectOf } from '../../src/core/policy.ts';
import { applied } from './applied.ts';
import { CONFIG, DAY, DEFAULT_GUARDS, HOUR, type World, world } from './world.ts';

export interface YearOptions {
  readonly people: number;
  readonly days: number;
  readonly seed: number;
}

export interface YearReport {
  readonly turns: number;
  /** Days on which somebody had to look at new holds. */
  readonly decisions: number;
  readonly joined: number;
  readonly left: number;
  readonly moved: number;
  readonly outages: number;
  readonly badReadings: number;
  /** What must never happen, in words. */
  readonly harm: readonly string[];
}

/** Shares of the staff, a year. */
const TURNOVER = 0.15;
const MOVES = 0.05;
/** Of a hundred who go, this many are deleted without having been deactivated. */
const DELETED = 5;
const PEOPLE_PER_ORG = 200;

export function simulate(options: YearOptions): YearReport {
  const year = new Year(options);
  for (let day = 1; day <= options.days; day++) year.live(day);
  return year.report();
}

class Year {
  readonly #of: World;
  readonly #options: YearOptions;
  readonly #orgs: string[];
  /** Name → org; whoever is in here is entitled, whatever a reading says. */
  readonly #truth = new Map<string, string>();
  readonly #names: string[] = [];
  readonly #harm: string[] = [];
  readonly #count = { turns: 0, decisions: 0, joined: 0, left: 0, moved: 0, outages: 0, badReadings: 0 };
  #next: number;
  #random: number;

  constructor(options: YearOptions) {
    this.#options = options;
    this.#random = options.seed;
    this.#next = options.people;
    this.#orgs = Array.from(
      { length: Math.max(3, Math.round(options.people / PEOPLE_PER_ORG)) },
      (_, at) => `o${at}`,
    );
    this.#of = this.#found();
  }

  report(): YearReport {
    return { ...this.#count, harm: this.#harm };
  }

  live(day: number): void {
    const of = this.#of.later(DAY);
    of.memory = { ...of.memory, recent: of.memory.recent.filter(({ at }) => of.now - at <= DAY) };
    this.#change(day);
    if (day % 45 === 20) {
      this.#count.outages++;
      return;
    }
    if (day % 60 === 33 || day % 60 === 34) this.#badReading(day % 60 === 33 ? 0.4 : 0.05);
    else if (day % 180 === 50) this.#badConfiguration();
    else this.#decide(this.#turn());
    this.#checkLeavers();
  }

  #found(): World {
    const of = world()
      .org(...this.#orgs)
      .guards({ ...DEFAULT_GUARDS, minAdmins: 0 });
    of.group('all');
    for (const org of this.#orgs) of.group(`org-${org}`);
    of.rule('all', 'Member').rule('org', 'Member', {
      match: { by: 'pattern', pattern: 'org-(?<org>\\w+)' },
      org: '{org}',
    });
    const rows: LedgerPerson[] = [];
    for (let at = 0; at < this.#options.people; at++) {
      const org = this.#orgs[at % this.#orgs.length] as string;
      this.#join(of, `n${at}`, org);
      of.user(`n${at}`, { '': 'Member', [org]: 'Member' });
      const places = { '': 'managed', [of.orgId(org)]: 'managed' } as const;
      const applied = { '': 'account_member', [of.orgId(org)]: 'org_member' };
      rows.push({
        directoryId: `p-n${at}`,
        devinId: `u-n${at}`,
        email: `n${at}@corp.example`,
        places,
        applied,
      });
    }
    const edges = this.#options.people * 2;
    const baseline = { people: this.#options.people, groups: this.#orgs.length + 1, edges };
    of.memory = { ...of.memory, people: rows, baseline };
    return of;
  }

  #join(of: World, name: string, org: string): void {
    of.person(name).join(name, 'all').join(name, `org-${org}`);
    this.#truth.set(name, org);
    this.#names.push(name);
  }

  /** Between 0 and 1; the same for the same seed. */
  #chance(): number {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
    return this.#random / 2 ** 32;
  }

  #some(expected: number): number {
    return Math.floor(expected) + (this.#chance() < expected % 1 ? 1 : 0);
  }

  #anybody(): string {
    const at = Math.floor(this.#chance() * this.#names.length);
    return this.#names[at] as string;
  }

  #org(): string {
    return this.#orgs[Math.floor(this.#chance() * this.#orgs.length)] as string;
  }

  #change(day: number): void {
    const { people } = this.#options;
    for (let left = this.#some((people * TURNOVER) / 365); left > 0; left--) {
      this.#leave(this.#anybody());
      this.#join(this.#of, `n${this.#next++}`, this.#org());
      this.#count.joined++;
    }
    for (let left = this.#some((people * MOVES) / 365); left > 0; left--)
      this.#move(this.#anybody(), this.#org());
    if (day % 150 === 75) this.#reorganise();
  }

  #leave(name: string): void {
    const of = this.#of;
    if (this.#chance() * 100 < DELETED) of.vanish(name);
    else
      of.status(name, 'deactivated')
        .leave(name, 'all')
        .leave(name, `org-${this.#truth.get(name)}`);
    this.#truth.delete(name);
    this.#names.splice(this.#names.indexOf(name), 1);
    this.#count.left++;
  }

  #move(name: string, org: string): void {
    const from = this.#truth.get(name) as string;
    this.#of.leave(name, `org-${from}`).join(name, `org-${org}`);
    this.#truth.set(name, org);
    this.#count.moved++;
  }

  /** Half of one organization goes to another. */
  #reorganise(): void {
    const [from, to] = [this.#org(), this.#org()];
    const there = this.#names.filter((name) => this.#truth.get(name) === from);
    for (const name of there.slice(0, there.length / 2)) this.#move(name, to);
  }

  #turn(): Plan {
    this.#count.turns++;
    const of = this.#of;
    const input = of.input();
    const first = decide(input);
    const { people, groups } = first.questions;
    const asked = people.length + groups.length > 0;
    const decision = asked ? decide({ ...input, evidence: of.ask(first.questions) }) : first;
    this.#harm.push(...decision.problems);
    of.memory = decision.memory;
    if (decision.alerts.length > 0) this.#count.decisions++;
    const { plan } = decision;
    const written = new Set(plan.operations.flatMap(({ items }) => items));
    for (const change of plan.changes) if (written.has(change.key)) this.#judge(change);
    applied(of, plan);
    return plan;
  }

  /** Nobody who is entitled to something may lose it. */
  #judge(change: Change): void {
    if (effectOf(change) !== 'revoke' || change.subject.type !== 'person') return;
    const name = change.subject.label.replace('@corp.example', '');
    const org = this.#truth.get(name);
    if (org === undefined || (change.org !== null && change.org.name !== org)) return;
    this.#harm.push(`${name} is entitled and lost ${change.org?.name ?? 'the enterprise'} (${change.cause})`);
  }

  #checkLeavers(): void {
    for (const [id, { status }] of this.#of.people) {
      if (status === 'deactivated' && this.#of.users.has(id.replace('p-', 'u-')))
        this.#harm.push(`${id} is deactivated and kept access after a turn`);
    }
  }

  /** A person looks at what is held and approves what is true; the next turn writes it. */
  #decide(plan: Plan): void {
    const held = plan.changes.filter(({ verdict }) => verdict.state === 'held');
    if (held.length === 0) return;
    this.#of.later(HOUR).approve(...held.map(({ key }) => key));
    this.#of.memory = { ...this.#of.memory, baseline: plan.size ?? this.#of.memory.baseline };
    this.#turn();
    this.#of.later(-HOUR);
    this.#of.memory = { ...this.#of.memory, approvals: [] };
  }

  /** A part of the people is missing from the lists; the larger hole is not even denied by id. Nobody approves anything. */
  #badReading(share: number): void {
    this.#count.badReadings++;
    const of = this.#of;
    const missing = this.#names.filter(() => this.#chance() < share);
    for (const name of missing) {
      of.people.delete(`p-${name}`);
      of.leave(name, 'all').leave(name, `org-${this.#truth.get(name)}`);
      if (share < 0.1) of.answer(name, 'active');
    }
    this.#turn();
    of.answers.clear();
    for (const name of missing)
      of.person(name)
        .join(name, 'all')
        .join(name, `org-${this.#truth.get(name)}`);
    this.#checkLeavers();
  }

  /** Somebody loses the rule of the organizations; nobody approves that, and the next day it is back. */
  #badConfiguration(): void {
    const of = this.#of;
    const { rules } = of.settings;
    of.set({ rules: rules.slice(0, 1) });
    of.configHash = 'bad';
    this.#turn();
    of.set({ rules });
    of.configHash = CONFIG;
  }
}
