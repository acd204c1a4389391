/** Microsoft's clouds: a token of one is worth nothing in another. */
const CLOUDS: readonly {
  readonly name: string;
  readonly graph: readonly string[];
  readonly authority: readonly string[];
}[] = [
  {
    name: 'the public cloud',
    graph: ['graph.microsoft.com'],
    authority: ['login.microsoftonline.com', 'login.microsoft.com', 'login.windows.net'],
  },
  {
    name: 'the US government cloud',
    graph: ['graph.microsoft.us', 'dod-graph.microsoft.us'],
    authority: ['login.microsoftonline.us'],
  },
  {
    name: 'the cloud of 21Vianet in China',
    graph: ['microsoftgraph.chinacloudapi.cn'],
    authority: ['login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
  },
];

/** Null when both belong together, or when one of them is not a host that we know. */
export function cloudProblem(graphUrl: string, authorityUrl: string): string | null {
  const graph = hostOf(graphUrl);
  const authority = hostOf(authorityUrl);
  const ofGraph = CLOUDS.find((cloud) => cloud.graph.includes(graph));
  const ofAuthority = CLOUDS.find((cloud) => cloud.authority.includes(authority));
  if (ofGraph === undefined || ofAuthority === undefined || ofGraph === ofAuthority) return null;
  const sign = `https://${ofGraph.authority[0]}`;
  return `is ${authority} of ${ofAuthority.name}, but graphUrl is ${graph} of ${ofGraph.name}; that one signs in at ${sign}`;
}

function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? '';
}
