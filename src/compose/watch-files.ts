/**
 * Says when files have other content. By looking, not by events: a mounted ConfigMap or Secret changes by a swapped
 * link, network file systems send no events, and a look at a few small files costs nothing.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export interface FileWatch {
  close(): Promise<void>;
}

export interface FileWatchOptions {
  /** Asked at every look. */
  readonly files: () => readonly string[];
  /** Told once the content stayed the same for one look, so that no half-written file is used. */
  readonly onChange: () => Promise<void>;
  readonly everyMs: number;
}

export async function watchFiles({ files, onChange, everyMs }: FileWatchOptions): Promise<FileWatch> {
  let used = await contentOf(files());
  let seen = used;
  let turn: Promise<void> = Promise.resolve();
  const look = async () => {
    const now = await contentOf(files());
    const settled = now === seen;
    seen = now;
    if (now === used || !settled) return;
    used = now;
    await onChange();
    // Another configuration may name other files.
    used = await contentOf(files());
    seen = used;
  };
  const timer = setInterval(() => {
    turn = turn.then(look);
  }, everyMs).unref();
  return {
    close: async () => {
      clearInterval(timer);
      await turn;
    },
  };
}

async function contentOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = await readFile(file).catch((error: NodeJS.ErrnoException) => error.code ?? 'unreadable');
    hash.update(`${file} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}
