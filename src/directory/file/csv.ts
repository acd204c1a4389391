/** Comma-separated values as RFC 4180 describes them, with the line of every record. */

export interface CsvRecord {
  /** Counted from 1, in the file. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** @throws Error with the line, where quotes do not fit together. */
export function* csvRecords(text: string): Generator<CsvRecord, void> {
  // Spreadsheets begin a file with a byte order mark.
  const reader = new Reader(text.startsWith('\uFEFF') ? text.slice(1) : text);
  while (!reader.done) {
    const record = reader.record();
    if (record.fields.length > 1 || record.fields[0] !== '') yield record;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  record(): CsvRecord {
    const line = this.#line;
    const fields: string[] = [];
    for (;;) {
      fields.push(this.#text[this.#at] === '"' ? this.#quoted() : this.#plain());
      const end = this.#text[this.#at++];
      if (end === ',') continue;
      if (end === '\r' && this.#text[this.#at] === '\n') this.#at++;
      this.#line++;
      return { line, fields };
    }
  }

  #plain(): string {
    const start = this.#at;
    while (!this.done && !',\r\n'.includes(this.#text[this.#at] as string)) {
      if (this.#text[this.#at] === '"') throw this.#odd('a quote stands inside a field without quotes');
      this.#at++;
    }
    return this.#text.slice(start, this.#at).trim();
  }

  #quoted(): string {
    let value = '';
    for (let start = this.#at + 1; ; start = this.#at + 1) {
      this.#at = this.#text.indexOf('"', start);
      if (this.#at < 0) throw this.#odd('a quote is never closed');
      value += this.#text.slice(start, this.#at);
      this.#at++;
      if (this.#text[this.#at] !== '"') break;
      value += '"';
    }
    if (!this.done && !',\r\n'.includes(this.#text[this.#at] as string))
      throw this.#odd('something follows a closing quote');
    this.#line += value.split('\n').length - 1;
    return value;
  }

  #odd(problem: string): Error {
    return new Error(`line ${this.#line}: ${problem}`);
  }
}
