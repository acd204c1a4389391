/** Signs that somebody else writes as well, or that this daemon has forgotten what it wrote. */
import type { Census } from './census.ts';
import type { Memory } from './model/memory.ts';
import { note, type Scene } from './scene.ts';

/** Fewer people than this in through groups alone say nothing. */
const FEW = 10;

export function otherWriters(scene: Scene, memory: Memory, census: Census): void {
  const { everybody, users } = census;
  const throughGroups = everybody - users;
  if (scene.want.hasDirect && throughGroups >= FEW && throughGroups > users * 4) {
    const message = `${throughGroups} people are in Devin through IdP groups alone and ${users} directly: the IdP's own SCIM, or the sync at sign-in, seems to write as well. Direct roles cannot be given to people who are in through a group; rules with via: group can reach them`;
    note(scene, 'other-writer', 'IdP groups', message);
  }
  if (memory.people.length > 0 || users === 0) return;
  const message = `the ledger is empty, and Devin has ${users} people: nothing there counts as given by this daemon, so only deactivated people can be removed, until a person adopts what is there or the ledger is rebuilt from an exported journal (ledger rebuild) or from Devin's audit log (ledger recall)`;
  note(scene, 'blind', 'the ledger', message);
}
