/** Just enough Markdown to check what the documents promise. */

export interface Page {
  /** Path from the project's root. */
  readonly file: string;
  readonly text: string;
}

export interface Fence {
  readonly language: string;
  readonly body: string;
}

const FENCE = /^( *)```([\w-]*)\n([\s\S]*?)^\1```$/gm;

export function fences({ text }: Page): Fence[] {
  return [...text.matchAll(FENCE)].map(([, , language = '', body = '']) => ({ language, body }));
}

function prose({ text }: Page): string {
  return text.replace(FENCE, '');
}

/** Targets of links and pictures. */
export function links(page: Page): string[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** What stands between single backticks in sentences and tables. */
export function spans(page: Page): string[] {
  return [...prose(page).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
}

/** Anchors of the headings, as forges make them. */
export function anchorsOf(page: Page): string[] {
  return [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Cells of every row of every table. */
export function tableRows(page: Page): string[][] {
  return [...prose(page).matchAll(/^\|(.+)\|$/gm)].map(([, row = '']) =>
    row.split('|').map((cell) => cell.trim()),
  );
}

/** Arguments of every `devin-idp-sync …` that is shown in a block or in a sentence. */
export function commandLines(page: Page): string[][] {
  const shown = [...fences(page).flatMap(({ body }) => body.split('\n')), ...spans(page)];
  return shown.flatMap((line) => {
    const typed = /^(?:npx )?devin-idp-sync (.+)$/.exec(line.trim())?.[1];
    return typed === undefined ? [] : [words(typed)];
  });
}

/** A line as a shell would take it apart. */
export function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
}
