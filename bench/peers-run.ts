/** The same company read by us and by a peer; processor seconds of each run, calls as the other side counted them. */
export interface PeersRun {
  readonly ours: readonly number[];
  readonly peer: readonly number[];
  readonly ourCalls: number;
  readonly peerCalls: number;
  readonly people: number;
  readonly memberships: number;
}
