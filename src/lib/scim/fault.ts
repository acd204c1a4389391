/** Keywords of RFC 7644 table 9, and those which RFC 9865 adds for cursors. */
export type ScimFaultType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'invalidCursor'
  | 'invalidCount';

/** A request that is not carried out: what the client gets to read. Nothing of it was stored. */
export class ScimFault extends Error {
  override readonly name = 'ScimFault';
  readonly status: number;
  readonly scimType: ScimFaultType | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    scimType: ScimFaultType | null,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.scimType = scimType;
    this.headers = headers;
  }
}

/** 400 with a keyword. */
export function bad(scimType: ScimFaultType, detail: string): ScimFault {
  return new ScimFault(400, scimType, detail);
}

/** What a client sent, short enough for one line of an answer. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
