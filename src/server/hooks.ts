/** What a directory sends when something has changed, as the HTTP room hands it on. */

export interface HookDelivery {
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  /** Parsed JSON; whatever came where it is none. */
  readonly body: unknown;
}

/** Answered at once: directories give up within seconds. `type` null: no body. */
export interface HookAnswer {
  readonly status: 200 | 202 | 204 | 400 | 401 | 404;
  readonly type: 'application/json' | 'text/plain; charset=utf-8' | null;
  readonly body: string;
}

/** Each gives null where the configuration names no secret for it: then there is no such address. */
export interface HookReceivers {
  /** @param challenge the header of Okta's one GET */
  oktaCheck(challenge: string | undefined): HookAnswer | null;
  okta(delivery: HookDelivery): Promise<HookAnswer | null>;
  /** @param validationToken the query parameter with which Graph tries an address */
  graph(delivery: HookDelivery, validationToken: string | undefined): Promise<HookAnswer | null>;
}

export const CHALLENGE_HEADER = 'x-okta-verification-challenge';
