import { html } from '@remix-run/html-template';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { sendPage } from './layout.ts';
import { sectionHtml } from './parts.ts';

export function addConfigurationPage(api: Api, deps: ServerDeps): void {
  api.get('/configuration', async (request, reply) =>
    sendPage(request, reply, {
      title: 'Configuration',
      body: [
        html`<h1>Configuration in use</h1>`,
        ...(deps.whatIf === undefined ? [] : [html`<p><a href="/what-if">Try another one</a></p>`]),
        sectionHtml({
          id: 'configuration',
          title: 'With every default, without secrets',
          tone: 'quiet',
          body: html`<pre tabindex="0" role="region" aria-label="Configuration as YAML"><code>${deps.configuration()}</code></pre>`,
        }),
      ],
    }),
  );
}
