/** Scripted failures: what a server does to a request instead of, or on top of, answering it. */
import type { LoggedRequest } from './request-log.ts';

export type FaultAction =
  /** Answered with this status; the request is not processed. */
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string; contentType?: string }
  /** The connection is reset; the request is not processed. */
  | { kind: 'reset' }
  /** The request is processed, then the connection is destroyed without an answer. */
  | { kind: 'lose-answer' }
  /** The request is processed; headers and the first half of the body are sent, then the connection is destroyed. */
  | { kind: 'cut' }
  /** Never answered and not processed; the connection ends when the server closes. */
  | { kind: 'hang' }
  /** Processed and answered as usual, `ms` later. */
  | { kind: 'delay'; ms: number }
  /** Processed and answered as usual once this has happened. */
  | { kind: 'wait'; until: Promise<unknown> }
  /** Processed; the body of the answer (and its type or status, where given) is another one. */
  | { kind: 'replace'; body: string; contentType?: string; status?: number };

export interface Fault {
  /** Any method when absent. */
  method?: string;
  /** Tested against path and query as sent; any path when absent. */
  path?: RegExp;
  /** The first n matching requests pass. */
  skip?: number;
  /** How often it fires; 1 when absent, `Infinity` for always. */
  times?: number;
  action: FaultAction;
}

interface Scripted {
  readonly fault: Fault;
  passed: number;
  fired: number;
}

/** The script of one server. The first fault that is due meets the request; it meets no second one. */
export class Faults {
  #script: Scripted[] = [];
  readonly #fired: { fault: Fault; request: LoggedRequest }[] = [];

  add(fault: Fault): void {
    this.#script.push({ fault, passed: 0, fired: 0 });
  }

  /** Forgets the script; what has fired stays on record. */
  clear(): void {
    this.#script = [];
  }

  get fired(): readonly { fault: Fault; request: LoggedRequest }[] {
    return this.#fired;
  }

  /** Faults that fired less often than planned (`Infinity`: never): a rehearsal that did not happen. */
  unfired(): readonly Fault[] {
    return this.#script
      .filter(
        ({ fault, fired }) => fired < (fault.times === Number.POSITIVE_INFINITY ? 1 : (fault.times ?? 1)),
      )
      .map(({ fault }) => fault);
  }

  /** The action for this request, counted as fired; null: answer as usual. `able` leaves out what cannot be done. */
  meet(request: LoggedRequest, able: (action: FaultAction) => boolean = () => true): FaultAction | null {
    for (const scripted of this.#script) {
      const { fault } = scripted;
      if (!able(fault.action) || !matches(fault, request)) continue;
      if (scripted.passed < (fault.skip ?? 0)) {
        scripted.passed += 1;
        continue;
      }
      if (scripted.fired >= (fault.times ?? 1)) continue;
      scripted.fired += 1;
      request.fault = fault.action.kind;
      this.#fired.push({ fault, request });
      return fault.action;
    }
    return null;
  }
}

function matches(fault: Fault, request: LoggedRequest): boolean {
  if (fault.method !== undefined && fault.method !== request.method) return false;
  // search() ignores the state that a global RegExp carries from one test() to the next.
  return fault.path === undefined || request.path.search(fault.path) >= 0;
}
