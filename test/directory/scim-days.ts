/** Random days in the life of a SCIM provider. */
import * as fc from 'fast-check';
import { type Flavour, type LivingScim, MINUTE } from './scim-living.ts';

const EVENTS = {
  hire: (living: LivingScim) => void living.hire(),
  toggle: (living: LivingScim, at: number) =>
    living.touch(living.pick('Users', at), (user) => {
      user.active = user.active !== true;
    }),
  address: (living: LivingScim, at: number, other: number) =>
    living.touch(living.pick('Users', at), (user) => {
      user.emails = [{ value: `new-${other}@corp.example` }];
    }),
  open: (living: LivingScim, at: number) => void living.open(at % 2 === 0),
  join: (living: LivingScim, at: number, other: number) => living.join(at, other),
  nest: (living: LivingScim, at: number, other: number) => living.nest(at, other),
  leave: (living: LivingScim, at: number) => living.leave(at),
  rename: (living: LivingScim, at: number, other: number) =>
    living.touch(living.pick('Groups', at), (group) => {
      group.displayName = `${other % 2 === 0 ? 'inner' : 'devin'}-${other}`;
    }),
  quit: (living: LivingScim, at: number) => living.remove('Users', at),
  close: (living: LivingScim, at: number) => living.remove('Groups', at),
  replace: (living: LivingScim, at: number) => {
    living.remove('Users', at);
    living.hire();
  },
} as const;

type EventName = keyof typeof EVENTS;

export interface Happening {
  readonly name: EventName;
  readonly at: number;
  readonly other: number;
  /** Passes first. */
  readonly ms: number;
}

/** Somebody is rarely deleted: then everything is read. */
export const happening: fc.Arbitrary<Happening> = fc.record({
  name: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('hire', 'toggle', 'address', 'open', 'join', 'leave') },
    { weight: 8, arbitrary: fc.constantFrom('nest', 'rename', 'join') },
    { weight: 1, arbitrary: fc.constantFrom('quit', 'close', 'replace') },
  ) as fc.Arbitrary<EventName>,
  at: fc.nat({ max: 40 }),
  other: fc.nat({ max: 40 }),
  ms: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat({ max: 999 }), {
    weight: 2,
    arbitrary: fc.nat({ max: 20 * MINUTE }),
  }),
});

export const flavour: fc.Arbitrary<Flavour> = fc.record({
  precision: fc.constantFrom('seconds', 'ms'),
  zone: fc.constantFrom(0, 2, -7),
  versions: fc.constantFrom('strong', 'weak', 'none'),
  bareLists: fc.boolean(),
  typed: fc.boolean(),
});

export function happen(living: LivingScim, { name, at, other, ms }: Happening): void {
  living.clock += ms;
  EVENTS[name](living, at, other);
}
