/** The diff of repositories: what an organization may use against what configuration declares for it. */
import type { NamedRef, Subject } from './model/change.ts';
import {
  type GitConnection,
  type RepositoryPermission,
  type RepositoryReading,
  repositoryCode,
} from './model/repository.ts';
import type { DeclaredRepository } from './model/settings.ts';
import { isDeclared, type Place } from './places.ts';
import { emitOfOrg, heldBy, note, READY, type Scene } from './scene.ts';

const UNREAD: RepositoryReading = { connections: [], permissions: {}, unread: 'they were not read' };

/** What is declared is the whole of it; an organization without `repositories` is left alone. */
export function diffRepositories(scene: Scene): void {
  const reading = scene.devin.head.repositories ?? UNREAD;
  for (const declared of scene.settings.organizations) {
    const index = scene.atlas.places.findIndex((place) => isDeclared(place, declared));
    if (declared.repositories === undefined || index < 0) continue;
    if (reading.unread !== null) {
      const message = `repositories of ${declared.name} are neither given nor taken: ${reading.unread}`;
      note(scene, 'not-possible', declared.name, message);
    } else diffOrg(scene, reading, index, declared.repositories);
  }
}

function diffOrg(
  scene: Scene,
  { connections, permissions }: RepositoryReading,
  index: number,
  declared: readonly DeclaredRepository[],
): void {
  const place = scene.atlas.places[index] as Place;
  const have = place.id === null ? [] : (permissions[place.id] ?? []);
  const wanted = declared.flatMap((one) => resolved(scene, connections, place, one));
  // A connection that cannot be found may be one that Devin does not show us: then nothing is taken.
  const isWhole = wanted.length === declared.length;
  for (const one of wanted) {
    if (!have.some((other) => isSame(one, other))) allow(scene, connections, index, one);
  }
  for (const one of have) {
    if (isWhole && !wanted.some((other) => isSame(one, other))) deny(scene, connections, index, one);
  }
}

function resolved(
  scene: Scene,
  connections: readonly GitConnection[],
  place: Place,
  { connection, by, path }: DeclaredRepository,
): RepositoryPermission[] {
  const byId = connections.filter(({ id }) => id === connection);
  const found = byId.length > 0 ? byId : connections.filter(({ name }) => name === connection);
  const [first, ...more] = found;
  if (first !== undefined && more.length === 0) return [{ connection: first.id, by, path, id: null }];
  const known = connections.map(({ name }) => `"${name}"`).join(', ') || 'none';
  const why =
    first === undefined
      ? `no git connection "${connection}" exists; Devin lists ${known}`
      : `${found.length} git connections are named "${connection}": use an id`;
  note(scene, 'not-possible', place.name, `${path} of ${place.name} cannot be given: ${why}`);
  return [];
}

function isSame(a: RepositoryPermission, b: RepositoryPermission): boolean {
  return a.connection === b.connection && a.by === b.by && a.path === b.path;
}

function allow(
  scene: Scene,
  connections: readonly GitConnection[],
  place: number,
  one: RepositoryPermission,
): void {
  emitOfOrg(scene, {
    kind: 'allow-repository',
    subject: subjectOf(scene, place),
    place,
    before: null,
    after: refOf(connections, one),
    cause: 'rule',
    reason: 'declared under organizations',
    people: 0,
    verdict: READY,
  });
}

/** Work may hang on it, so a person always says yes. */
function deny(
  scene: Scene,
  connections: readonly GitConnection[],
  place: number,
  one: RepositoryPermission,
): void {
  emitOfOrg(scene, {
    kind: 'deny-repository',
    subject: subjectOf(scene, place),
    place,
    before: refOf(connections, one),
    after: null,
    cause: 'rule-changed',
    reason: 'not declared under organizations',
    people: 0,
    verdict: heldBy('rule-changed'),
  });
}

function subjectOf({ atlas }: Scene, index: number): Subject {
  const { id, name } = atlas.places[index] as Place;
  return { type: 'org', directoryId: null, devinId: id, label: name };
}

const SHOWN = { repo: '', prefix: ' and all that begins so', group: ' and all in that group' } as const;

function refOf(connections: readonly GitConnection[], one: RepositoryPermission): NamedRef {
  const connection = connections.find(({ id }) => id === one.connection)?.name ?? one.connection;
  return { id: repositoryCode(one), name: `${one.path}${SHOWN[one.by]} (${connection})` };
}
