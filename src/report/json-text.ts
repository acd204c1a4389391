/** JSON that is safe to print anywhere: what a terminal would obey or hide is written as an escape. */

// JSON.stringify leaves DEL, C1 controls and direction marks as they are; a C1 control can start a terminal sequence.
const UNSAFE =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/gu;

/** The same value, with keys in the order they were given. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSAFE,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The body of a request, exactly; empty where there is none. */
export function bodyText(body: unknown): string {
  return body === null || body === undefined ? '' : jsonText(body);
}
