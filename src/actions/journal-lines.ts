/** The journal as JSON Lines, oldest first. */
import type { Journal } from '../state/store.ts';

const PAGE = 1000;

export async function* journalLines(journal: Journal): AsyncGenerator<string> {
  let after: string | null = null;
  for (;;) {
    const rows = await journal.read({ limit: PAGE, ...(after === null ? {} : { after }) });
    for (const row of rows) yield `${JSON.stringify(row)}\n`;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.id;
  }
}
