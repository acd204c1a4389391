/** The terminal as commands see it: reports on standard output, everything else on standard error. */
import { confirm, isCancel, select } from '@clack/prompts';

export interface Io {
  /** For reports and data, so that they can be piped. */
  out(text: string): void;
  /** For progress, hints and errors. */
  note(line: string): void;
  /** A person can see standard error live. */
  readonly live: boolean;
  readonly colour: boolean;
  readonly width: number;
  /** null where nobody can answer. */
  readonly ask: Ask | null;
}

export interface Ask {
  confirm(question: string): Promise<boolean>;
  /** null when the person gave up. */
  choose<T extends string>(
    question: string,
    choices: readonly { value: T; label: string; hint?: string }[],
  ): Promise<T | null>;
}

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export function terminalIo({ stdin, stdout, stderr }: Streams): Io {
  for (const stream of [stdout, stderr]) stream.on('error', readerIsGone);
  const interactive = stdin.isTTY === true && stderr.isTTY === true;
  return {
    out: (text) => void stdout.write(text),
    note: (line) => void stderr.write(`${line}\n`),
    live: stderr.isTTY === true,
    colour: stdout.isTTY === true && stdout.hasColors(),
    width: stdout.columns ?? 100,
    ask: interactive ? prompts() : null,
  };
}

/**
 * `plan | head` closes the pipe early. Nobody reads on, so what is still written is lost without a word; the command goes
 * on to its end, since what it has opened or begun to write must not stop half-way for that.
 */
function readerIsGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function prompts(): Ask {
  return {
    confirm: async (question) => (await confirm({ message: question, output: process.stderr })) === true,
    choose: async (question, choices) => {
      const options = choices.map(({ value, label, hint }) => ({
        value,
        label,
        ...(hint === undefined ? {} : { hint }),
      }));
      const answer = await select({ message: question, options: options as never, output: process.stderr });
      return isCancel(answer) ? null : (answer as never);
    },
  };
}
