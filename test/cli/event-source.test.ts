import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEvents, type ServerEvent } from '../../src/cli/event-source.ts';
import { runs } from '../helpers/runs.ts';

async function eventsOf(chunks: readonly (string | Uint8Array)[]): Promise<ServerEvent[]> {
  const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk));
  const events: ServerEvent[] = [];
  const body = ReadableStream.from(bytes) as ReadableStream<Uint8Array>;
  for await (const event of readEvents(body, () => {})) events.push(event);
  return events;
}

test.each([
  ['name and data', 'event: state\ndata: {"a":1}\n\n', [{ name: 'state', data: '{"a":1}' }]],
  ['CRLF line ends', 'event: state\r\ndata: 1\r\n\r\n', [{ name: 'state', data: '1' }]],
  ['no name', 'data: 1\n\n', [{ name: 'message', data: '1' }]],
  ['no blank after the colon', 'event:state\ndata:1\n\n', [{ name: 'state', data: '1' }]],
  ['data in two lines', 'data: 1\ndata: 2\n\n', [{ name: 'message', data: '1\n2' }]],
  ['colons in the data', 'data: a: b\n\n', [{ name: 'message', data: 'a: b' }]],
  [
    'comments, retry and id',
    ': alive\n\nretry: 2000\nid: 7\n\ndata: 1\n\n',
    [{ name: 'message', data: '1' }],
  ],
  ['a comment inside an event', 'event: state\n: alive\ndata: 1\n\n', [{ name: 'state', data: '1' }]],
  ['an event that the end cuts short', 'data: 1\n\ndata: 2\n', [{ name: 'message', data: '1' }]],
  ['nothing', '', []],
])('%s is read as the standard has it', async (_what, text, expected) => {
  expect(await eventsOf([text])).toEqual(expected);
});

test('however the bytes are cut, the events are the same', async () => {
  const text = 'event: state\r\ndata: {"who":"Zoë 🦊"}\r\n\r\n: alive\n\nevent: settled\ndata: 2\n\n';
  const bytes = new TextEncoder().encode(text);
  const expected = [
    { name: 'state', data: '{"who":"Zoë 🦊"}' },
    { name: 'settled', data: '2' },
  ];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      expect(await eventsOf(chunks.filter((chunk) => chunk.length > 0))).toEqual(expected);
    }),
    runs(200),
  );
});

test('an event without end is refused before it fills the memory', async () => {
  const chunks = Array.from({ length: 40 }, () => `data: ${'x'.repeat(64 * 1024)}`);
  await expect(eventsOf(chunks)).rejects.toThrow('longer than 1048576');
});

test('every arrival is told, also one that brings no event', async () => {
  const chunks = [': alive\n\n', 'data: ', '1\n\n'].map((chunk) => new TextEncoder().encode(chunk));
  let arrivals = 0;
  const body = ReadableStream.from(chunks) as ReadableStream<Uint8Array>;
  const seen: number[] = [];
  for await (const _event of readEvents(body, () => arrivals++)) seen.push(arrivals);
  expect([arrivals, seen]).toEqual([3, [3]]);
});
