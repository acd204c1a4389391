/** A configuration that somebody posts, judged by the running daemon: one at a time, on a look that explanations share. */
import { type WhatIfAnswer, type WhatIfRequest, whatIfAt } from '../actions/what-if.ts';
import { proposalOf } from '../config/proposed.ts';
import { ConfigError } from '../lib/errors.ts';
import type { Generation } from './generation.ts';
import type { LookNow } from './look-now.ts';

export type AskWhatIf = (request: WhatIfRequest, signal: AbortSignal) => Promise<WhatIfAnswer>;

/** @param lookNow both sides under the configuration in use; whoever asks meanwhile gets the same one. */
export function whatIfDesk(current: () => Generation, lookNow: LookNow): AskWhatIf {
  let busy = false;
  return async (request, signal) => {
    if (busy) return { state: 'busy' };
    const { config, loop } = current();
    const answer = proposalOf(request, config);
    if ('problems' in answer) return { state: 'refused', problems: answer.problems };
    busy = true;
    try {
      const { keys, ...proposed } = answer.proposal;
      const { turn } = await lookNow();
      if (current().loop !== loop)
        throw new ConfigError(['the configuration in use has just changed: ask again']);
      const plans = await whatIfAt(loop, turn, proposed, { signal, onProgress: () => {} });
      return { state: 'judged', keys, ...plans };
    } finally {
      busy = false;
    }
  };
}
