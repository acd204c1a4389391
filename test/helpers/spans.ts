/** The SDK of OpenTelemetry, as somebody else would load it into the process; spans stay in memory. */
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { onTestFinished } from 'vitest';

export interface Seen {
  readonly name: string;
  /** Name of the span it is in; null: it is the first of its trace. */
  readonly within: string | null;
  readonly about: Readonly<Record<string, unknown>>;
  readonly error: string | null;
}

/** What has ended so far, in that order. */
export function recordSpans(): () => Seen[] {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  onTestFinished(() => {
    trace.disable();
    context.disable();
  });
  return () => {
    const all = exporter.getFinishedSpans();
    const names = new Map(all.map((span) => [span.spanContext().spanId, span.name]));
    return all.map(({ name, parentSpanContext, attributes, status }) => ({
      name,
      within: names.get(parentSpanContext?.spanId ?? '') ?? null,
      about: attributes,
      error: status.message ?? null,
    }));
  };
}
