/** What commands work with: rooms that are opened on first use and all given back by `close`. */
import type { Dump } from '../core/dump.ts';
import type { Operation } from '../core/model/operation.ts';
import type { PolicyLevel, ResourceKind } from '../core/model/settings.ts';
import type { ChainHead } from '../lib/hash-chain.ts';
import type { Finding } from '../lib/reading.ts';
import type { LoopDeps } from '../sync/run.ts';
import type { Writes } from './apply.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Gameday, GamedayOptions } from './gameday.ts';
import type { Deciding } from './what-if.ts';

/** One part that `doctor` looked at. */
export interface Checkup {
  readonly part: string;
  readonly findings: readonly Finding[];
}

/** The HTTP request an operation becomes, as reports print it. */
export interface RequestLine {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export interface DaemonHandle {
  readonly url: string;
  /** Resolves when the daemon ended by itself, which it does only on a fatal error. */
  readonly ended: Promise<void>;
  /** What is in hand gets so long to end. */
  readonly shutdownMs: number;
}

/** The copy of the journal on disk. */
export interface JournalFile {
  /** Writes what is new; null: another writer is at it. */
  export(): Promise<{ readonly lines: number; readonly head: ChainHead } | null>;
  /** Paths, in the order of the chain. */
  files(): Promise<readonly string[]>;
  /** What was written last, as the store keeps it. */
  anchor(): Promise<(ChainHead & { readonly file: string }) | null>;
}

export interface Workbench {
  readonly configFile: string;
  readonly stateDir: string;
  /** Known without opening anything. */
  readonly deciding: Deciding;
  readonly policy: Readonly<Record<ResourceKind, PolicyLevel>>;
  readonly server: { readonly url: string; readonly token: string | null };
  /** Opens store, directory and Devin. */
  loop(): Promise<LoopDeps>;
  /** Opens the queue and a writer of this process. */
  writes(): Promise<Writes>;
  /** Opens the queue without a writer. */
  deadLetters(): Promise<DeadLetters>;
  /** Opens the store, and nothing else. */
  journalFile(): Promise<JournalFile>;
  describe(operation: Operation): RequestLine;
  /** A dump as a whole configuration file, without secrets; `variables` stand for them. */
  dumpText(parts: Pick<Dump, 'rules' | 'grants'>): Promise<{ text: string; variables: readonly string[] }>;
  /** Rehearses faults on a stage of its own, with the sizes of the last stored reading. */
  gameday(options: GamedayOptions, signal: AbortSignal): Promise<Gameday>;
  /** Checks each part and goes on after a failure. */
  checkup(signal: AbortSignal): AsyncIterable<Checkup>;
  /** Sends a test message to each webhook, or to the one named; one finding each. */
  testMessages(name: string | null, signal: AbortSignal): AsyncIterable<Finding>;
  serve(signal: AbortSignal): Promise<DaemonHandle>;
  close(): Promise<void>;
}

/** How a workbench is opened from the command line. */
export interface OpenOptions {
  readonly config: string | undefined;
  /** May a missing Redis be installed through the package manager? */
  readonly install: boolean;
  /** `configured`: what the configuration says; undefined: what a command of a person logs. */
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent' | 'configured' | undefined;
}
