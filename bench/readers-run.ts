import type { Size } from './shape.ts';

/** What reading one directory took; seconds of each run, calls as the other side has counted them. */
export interface SourceRun {
  /** The same answers with nothing but fetch and JSON.parse. */
  readonly plain: readonly number[];
  /** The connector's page chains: every page checked, every item handed over. */
  readonly chains: readonly number[];
  /** A whole reading, sealed: interned, nested groups resolved, what an update goes on from. */
  readonly whole: readonly number[];
  /** The same lists by the vendor's SDK, every item handed over. */
  readonly sdk: readonly number[];
  /** Calls of a full reading. */
  readonly full: number;
  /** Pages of all groups' members, at 200 and at 999 a page. */
  readonly members200: number;
  readonly members999: number;
  /** Turns that go on from an earlier reading; empty where the connector cannot. */
  readonly changed: readonly {
    readonly people: number;
    readonly groups: number;
    readonly calls: number;
    readonly seconds: number;
    readonly basis: 'full' | 'update';
  }[];
}

export interface ReadersRun {
  readonly size: Size;
  readonly okta: SourceRun;
  readonly graph: SourceRun;
  readonly devin: {
    readonly calls: number;
    readonly seconds: number;
    readonly users: number;
    readonly groups: number;
    readonly orgs: number;
    readonly roles: number;
  } | null;
}
