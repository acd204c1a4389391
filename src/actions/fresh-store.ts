import { FRESH_STORE, type Store } from '../state/store.ts';

/** A person has seen what this program would write from an empty memory: the pause of a fresh store has served. */
export async function resumeFreshStore(
  { pause }: Pick<Store, 'pause'>,
  by: string,
  at: number,
): Promise<void> {
  if ((await pause.get())?.by === FRESH_STORE) await pause.clear(by, at);
}
