/** Protected people who are not in Devin: a break-glass account that nobody can use is found out too late. */
import { normaliseEmail } from './identity.ts';
import { note, type Scene } from './scene.ts';
import { breather } from './steps.ts';

const STRIDE = 10_000;

/** Notes each protected address that no Devin user has; a pattern names nobody in particular. */
export function* protectedSteps(scene: Scene): Generator<void, void> {
  const { devin, settings } = scene;
  const plain = (email: string | null) => normaliseEmail(email, settings.domainAliases);
  const missing = new Map<string | null, string>();
  for (const entry of settings.protected) if (!entry.includes('*')) missing.set(plain(entry), entry);
  const isTime = breather(STRIDE);
  for (let user = 0; user < devin.userCount && missing.size > 0; user++) {
    missing.delete(plain(devin.user(user).email));
    if (isTime()) yield;
  }
  for (const entry of missing.values())
    note(scene, 'protected-missing', entry, 'protected, and not in Devin: nobody can sign in with it there');
}
