/** One server-sent event: its name (`message` unless the stream says otherwise) and its data. */
export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** More than any run record; a stream that sends longer events is not ours. */
const MAX_EVENT = 1024 * 1024;

/**
 * Reads server-sent events with LF or CRLF line ends: `event` and `data`; comments, `id` and `retry` pass by.
 * An event that the end of the stream cuts short is dropped. `onBytes` is told of every arrival, comments included.
 *
 * @throws Error on an event of over 1 MiB, and whatever the stream throws.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    onBytes();
    rest += decoder.decode(bytes, { stream: true });
    if (rest.length > MAX_EVENT) throw new Error(`an event is longer than ${MAX_EVENT} characters`);
    const blocks = rest.split(/(?:\r?\n){2}/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event !== null) yield event;
    }
  }
}

function parseEvent(block: string): ServerEvent | null {
  let name = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') name = value;
    if (field === 'data') data.push(value);
  }
  return data.length === 0 ? null : { name, data: data.join('\n') };
}
