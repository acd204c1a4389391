/** A full reading now and then, whatever the cheap turns in between say. */
import type { DirectorySnapshot } from '../core/model/directory.ts';
import type { DirectorySource } from './source.ts';

export interface FullEvery {
  readonly maxAgeMs: number;
  /** Epoch ms. */
  readonly clock: () => number;
}

/** The same source, whose `update` reads everything once the full reading behind it is too old, or of unknown age. */
export function fullEvery(source: DirectorySource, options: FullEvery): DirectorySource {
  const { update, look } = source;
  if (update === undefined) return source;
  return {
    kind: source.kind,
    tenant: (signal, previous) => source.tenant(signal, previous),
    read: (scope, context) => source.read(scope, context),
    update: (previous, context) =>
      isYoung(previous, options)
        ? update.call(source, previous, context)
        : source.read({ kind: 'all' }, context),
    ...(look === undefined ? {} : { look: (sought, context) => look.call(source, sought, context) }),
    confirm: (questions, context) => source.confirm(questions, context),
    check: (signal) => source.check(signal),
  };
}

/** A reading from the future means that a clock has jumped, and its age is not known. */
function isYoung({ fullAt, scope }: DirectorySnapshot, { maxAgeMs, clock }: FullEvery): boolean {
  if (fullAt === null || scope.kind !== 'all') return false;
  const age = clock() - fullAt;
  return age >= 0 && age < maxAgeMs;
}
