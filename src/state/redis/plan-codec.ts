/**
 * A plan as compressed JSON Lines: the frame, then one change a line, then one operation a line. Lines let a plan
 * of 100,000 changes be written and read in small bites that never hold the event loop for long.
 */
import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { z } from 'zod';
import type { Plan } from '../../core/model/change.ts';
import { changeSchema, frameSchema, operationSchema } from './plan-schema.ts';

const FORMAT = 1;
const LINES_PER_BREATH = 1000;

const head = z.object({
  format: z.literal(FORMAT),
  changes: z.number().int().nonnegative(),
  operations: z.number().int().nonnegative(),
  frame: frameSchema,
});

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

export interface EncodedPlan {
  readonly data: Buffer;
  /** SHA-256 over the lines of its operations. */
  readonly edition: string;
}

export async function encodePlan(plan: Plan): Promise<EncodedPlan> {
  const { changes, operations, ...frame } = plan;
  const first = { format: FORMAT, changes: changes.length, operations: operations.length, frame };
  const chunks = [Buffer.from(`${JSON.stringify(first)}\n`)];
  const hash = createHash('sha256');
  for (const list of [changes, operations]) {
    for (let start = 0; start < list.length; start += LINES_PER_BREATH) {
      const lines = list.slice(start, start + LINES_PER_BREATH).map((item) => `${JSON.stringify(item)}\n`);
      const chunk = Buffer.from(lines.join(''));
      chunks.push(chunk);
      if (list === operations) hash.update(chunk);
      await breathe();
    }
  }
  const data = await compress(Buffer.concat(chunks), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  return { data, edition: hash.digest('hex') };
}

/** @throws Error when anything in it is not as it was written. */
export async function decodePlan(data: Buffer): Promise<Plan> {
  const lines = new Lines(await decompress(data));
  const { frame, ...lengths } = lines.next(head);
  const changes = await many(lines, changeSchema, lengths.changes);
  const operations = await many(lines, operationSchema, lengths.operations);
  lines.end();
  return { ...frame, changes, operations };
}

async function many<T>(lines: Lines, schema: z.ZodType<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  while (items.length < count) {
    items.push(lines.next(schema));
    if (items.length % LINES_PER_BREATH === 0) await breathe();
  }
  return items;
}

class Lines {
  readonly #text: Buffer;
  #at = 0;
  #line = 0;

  constructor(text: Buffer) {
    this.#text = text;
  }

  next<T>(schema: z.ZodType<T>): T {
    const end = this.#text.indexOf(10, this.#at);
    this.#line++;
    if (end < 0) throw new Error(`line ${this.#line} is missing`);
    const parsed = schema.safeParse(JSON.parse(this.#text.toString('utf8', this.#at, end)));
    if (!parsed.success) throw new Error(`line ${this.#line}: ${z.prettifyError(parsed.error)}`);
    this.#at = end + 1;
    return parsed.data;
  }

  end(): void {
    if (this.#at !== this.#text.length) throw new Error(`there is more after line ${this.#line}`);
  }
}
