/**
 * Spans of OpenTelemetry, for whoever loads its SDK into the process (docs/runbook.md); without one each of these is
 * a call and nothing more. They carry ids, kinds and counts, never names or addresses of people.
 */
import { type Attributes, SpanStatusCode, trace } from '@opentelemetry/api';

/** Adds what is known only at the end. */
export type Note = (more: Attributes) => void;

/** Runs `work` inside a span of this name; an error ends it as failed and goes on to the caller. */
export function inSpan<T>(name: string, about: Attributes, work: (note: Note) => Promise<T>): Promise<T> {
  const tracer = trace.getTracer('devin-idp-sync');
  return tracer.startActiveSpan(name, { attributes: named(about) }, async (span) => {
    try {
      return await work((more) => void span.setAttributes(named(more)));
    } catch (error) {
      // What it says may name people; the log has it, under the ids of this span.
      const message = error instanceof Error ? error.name : 'error';
      span.setStatus({ code: SpanStatusCode.ERROR, message });
      throw error;
    } finally {
      span.end();
    }
  });
}

function named(about: Attributes): Attributes {
  return Object.fromEntries(Object.entries(about).map(([key, value]) => [`devin_idp_sync.${key}`, value]));
}
