/** A sealed reading as compressed bytes, made and read in small bites that never hold the event loop for long. */
import { setImmediate as breathe } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import { decodeSnapshot, encodeSnapshot } from '../../core/model/snapshot-codec.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

const LINE_END = 10;

export async function packSnapshot(snapshot: DirectorySnapshot): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (const line of encodeSnapshot(snapshot)) {
    chunks.push(Buffer.from(`${line}\n`));
    await breathe();
  }
  return compress(Buffer.concat(chunks), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

/** @throws Error when anything in it is not as it was written. */
export async function unpackSnapshot(data: Buffer): Promise<DirectorySnapshot> {
  const steps = decodeSnapshot(linesOf(await decompress(data)));
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await breathe();
  }
}

function* linesOf(text: Buffer): Generator<string, void> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf(LINE_END, at);
    if (end < 0) throw new Error('its last line has no end');
    yield text.toString('utf8', at, end);
    at = end + 1;
  }
}
