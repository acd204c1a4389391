/** How the journal names whoever types on this machine. */
import { userInfo } from 'node:os';

/** A user id without a name, such as a container's random one, is named by its number. */
export function osUser(): string {
  try {
    return `os:${userInfo().username}`;
  } catch {
    return `os:uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
