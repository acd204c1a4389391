/** How the journal names whoever types on this machine. */
import { userInfo } from 'node:os';

export function osUser(): string {
  return `os:${userInfo().username}`;
}
