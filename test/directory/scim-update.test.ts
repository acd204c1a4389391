/** Cheap turns of a SCIM source by situation: what is read, what is a doubt, and what ends the run. */
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../src/core/model/directory.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { CASES, EXACT, status } from './scim-cases.ts';
import { type Flavour, type LivingScim, MINUTE, reasonOf, startLiving, update } from './scim-living.ts';
import { ALL, callsOf, context, failureOf, plainSnapshot } from './setup.ts';

interface Town {
  readonly living: LivingScim;
  readonly source: DirectorySource;
  readonly first: DirectorySnapshot;
}

async function town(flavour: Flavour = {}, options: Record<string, unknown> = {}): Promise<Town> {
  const living = await startLiving();
  living.reset(12, 6, flavour);
  const source = living.source(options);
  return { living, source, first: await source.read(ALL, context()) };
}

/** What was asked, in order, without the paging. */
function paths({ requests }: LivingScim): string[] {
  return requests.map((each) => decodeURIComponent(each.replaceAll('+', ' ')).replace(/&startIndex=\d+/, ''));
}

const CHANGED = /filter=.*lastModified/;

/** A turn after some trouble equals a reading without it, and says why everything was read. */
async function reasonAfter(
  { living, source, first }: Town,
  trouble: (living: LivingScim) => void,
): Promise<string | null> {
  trouble(living);
  const snapshot = await update(living, source, first);
  living.odd = () => false;
  living.change = (_, body) => body;
  expect(plainSnapshot(snapshot)).toEqual(plainSnapshot(await source.read(ALL, context())));
  expect(snapshot.basis).toBe(reasonOf(snapshot) === null ? 'update' : 'full');
  return reasonOf(snapshot);
}

test('by default everything is read each time, and nothing more is asked than that', async () => {
  const living = await startLiving();
  living.reset(3, 2);
  const source = living.source({ incremental: 'never' });
  const snapshot = await source.read(ALL, context());
  expect(source.update).toBeUndefined();
  expect(snapshot.resume).toBeNull();
  expect(paths(living).filter((path) => CHANGED.test(path) || path.includes('count=0'))).toEqual([]);
});

test('where nothing changed a turn asks for the counts and for what changed, in UTC, five minutes before the newest stamp', async () => {
  const { living, source, first } = await town({ precision: 'ms', zone: 2 });
  const quiet = await update(living, source, first);
  expect(callsOf(quiet)).toBe(7);
  expect(quiet.fullAt).toBe(first.fullAt);
  expect(plainSnapshot(quiet)).toEqual(plainSnapshot(first));
  expect(paths(living).filter((path) => path.startsWith('/Users'))).toEqual([
    '/Users?attributes=id&count=0',
    ...Array.from(
      { length: 2 },
      () =>
        '/Users?attributes=id,userName,displayName,active,emails,groups,meta&filter=meta.lastModified gt "2026-11-22T07:55:00Z"&count=200',
    ),
  ]);
});

test('each fault on page 2 of what changed gives the exact company or an error in words, never an older one', async () => {
  const living = await startLiving();
  living.reset(30, 18);
  const first = await living.source().read(ALL, context());
  living.clock += MINUTE;
  living.touch(living.pick('Users', 2), (user) => {
    user.active = false;
  });
  living.leave(4);
  const exact = plainSnapshot(await living.source().read(ALL, context()));
  // What passes or is odd once; what only a full reading can tell; what ends the run.
  const fates = new Map<string, string[]>();
  for (const kind of ['Users', 'Groups']) {
    const path = new RegExp(`/${kind}\\?.*filter=.*startIndex=(8|15)&`);
    for (const { name, says, times, timeoutMs, answer, change } of CASES) {
      const trouble = { times };
      const hits = (url: URL) => path.test(`${url.pathname}${url.search}`) && trouble.times-- > 0;
      living.odd = (url, response) => {
        if (answer === undefined || !hits(url)) return false;
        answer(null as never, response);
        return true;
      };
      living.change = (url, body) => (change !== undefined && hits(url) ? change(body) : body);
      const tries = timeoutMs === undefined ? {} : { timeoutMs, maxRetries: 0 };
      const source = living.source({ pageSize: 8, ...tries });
      const where = `${name}, ${kind}`;
      const fate = await update(living, source, first).then(
        (snapshot) => {
          expect(plainSnapshot(snapshot), where).toEqual(exact);
          const reason = reasonOf(snapshot);
          if (says === EXACT) expect(reason, where).toBeNull();
          else expect(reason, where).toContain(name === '403' ? 'answered 403' : says);
          return snapshot.basis;
        },
        (error: Error) => {
          expect(error.message, where).toContain(says);
          return 'error';
        },
      );
      fates.set(fate, [...(fates.get(fate) ?? []), name]);
    }
  }
  const twice = (names: string[]) => [...names, ...names];
  expect(fates.get('update')).toEqual(
    twice(CASES.filter(({ says }) => says === EXACT).map(({ name }) => name)),
  );
  expect(fates.get('error')).toEqual(
    twice([
      '503 that lasts',
      '429 that lasts',
      'a body always cut',
      'never answering',
      'HTML with 200',
      '401 in mid-read',
    ]),
  );
});

test('a refused filter or count reads everything: 400, 403, 404, 501; an outage there ends the run', async () => {
  const there = await town();
  for (const code of [400, 403, 404, 501]) {
    for (const path of [CHANGED, /count=0/]) {
      const reason = await reasonAfter(there, (living) => {
        living.odd = (url, response) => refuses(url, response, path, code);
      });
      expect(reason).toContain(`answered ${code}`);
    }
  }
  there.living.odd = (url, response) => refuses(url, response, /count=0/, 503);
  expect(await failureOf(update(there.living, there.source, there.first))).toContain(
    'SCIM count of users (GET /Users): answered 503 after 3 attempts',
  );
});

function refuses(url: URL, response: ServerResponse, path: RegExp, code: number): boolean {
  if (!path.test(`${url.pathname}${decodeURIComponent(url.search)}`)) return false;
  status(code)(null, response);
  return true;
}

test('what a provider repeats of the token in refusing the filter stands in no report', async () => {
  const there = await town();
  there.living.odd = (url, response) => {
    if (!/count=0/.test(url.search)) return false;
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      detail: 'no scim-bearer-token-4711',
    };
    response.writeHead(400).end(JSON.stringify(body));
    return true;
  };
  const { reads } = await update(there.living, there.source, there.first);
  expect(JSON.stringify(reads)).toContain('answered 400');
  expect(JSON.stringify(reads)).not.toContain('scim-bearer-token-4711');
});

test('a deletion is told by the count, also where somebody is created in the same turn or while it reads', async () => {
  const there = await town();
  const gone = (living: LivingScim) => living.remove('Users', 3);
  expect(await reasonAfter(there, gone)).toBe(
    'the provider counts 11 users where 12 are known: some are gone',
  );
  const replaced = await town();
  const replace = (living: LivingScim) => {
    living.remove('Users', 3);
    living.hire();
  };
  expect(await reasonAfter(replaced, replace)).toContain('counts 12 users where 13 are known');
  const closed = await town();
  expect(await reasonAfter(closed, (living) => living.remove('Groups', 2))).toContain(
    'counts 5 groups where 6',
  );
  const hidden = await town();
  let asked = 0;
  // Somebody who is created once the changes are known would stand for the deleted one in a count that came last.
  const after = await reasonAfter(hidden, (living) => {
    living.remove('Users', 3);
    living.before = (url) => {
      if (url.pathname !== '/Users') return;
      if (CHANGED.test(url.search)) asked++;
      else if (asked === 2) {
        asked = 0;
        living.hire();
      }
    };
  });
  expect(after).toContain('counts 11 users where 12 are known');
  const { living, source, first } = await town();
  let removed = false;
  // Gone after the count and replaced before the changes are asked for: as if both had happened just after this turn.
  living.before = (url) => {
    if (removed || !CHANGED.test(url.search) || url.pathname !== '/Users') return;
    removed = true;
    replace(living);
  };
  const late = await update(living, source, first);
  expect(reasonOf(late)).toContain('counts 12 users where 13 are known');
  expect(plainSnapshot(late)).toEqual(plainSnapshot(await source.read(ALL, context())));
});

test('a provider that passes the filter over, names nothing, or compares times as text is not believed', async () => {
  const there = await town();
  there.living.clock += 60 * MINUTE;
  const newest = there.living.hire();
  const all = { ...there, first: await there.source.read(ALL, context()) };
  const everything = (living: LivingScim) => {
    living.change = (url, body) => {
      if (!CHANGED.test(url.search) || url.pathname !== '/Users') return body;
      const Resources = [...living.Users.values()].map(({ id, stamp }) => ({
        id,
        meta: { lastModified: new Date(stamp ?? 0).toISOString() },
      }));
      return { ...body, totalResults: Resources.length, startIndex: 1, Resources };
    };
  };
  expect(await reasonAfter(all, everything)).toContain(
    'did not change since: the provider passes the filter over',
  );
  const nothing = (living: LivingScim) => {
    living.change = (url, body) =>
      CHANGED.test(url.search) ? { ...body, totalResults: 0, Resources: [] } : body;
  };
  expect(await reasonAfter(all, nothing)).toContain('which changed last, is not named any more');
  for (const [zone, says] of [
    [-7, 'is not named any more'],
    [2, 'passes the filter over'],
  ] as const) {
    there.living.flavour = { zone, textual: true };
    expect(await reasonAfter(all, () => {})).toContain(says);
  }
  there.living.flavour = {};
  newest.stamp = there.living.clock - 1000;
  expect(await reasonAfter(all, () => {})).toBe(`meta.lastModified of ${newest.id} went back`);
});

test('a stamp that is missing, without a zone or in the future, no Date and a clock that went back are doubts', async () => {
  const doubts: readonly [string, (living: LivingScim) => void][] = [
    [
      'has no meta.lastModified',
      (living) => {
        living.hire().stamp = null;
      },
    ],
    [
      'lies in the future',
      (living) => {
        living.hire().stamp = living.clock + 2 * MINUTE;
      },
    ],
    [
      'the provider sends no Date',
      (living) => {
        living.dateAhead = null;
      },
    ],
    [
      'is not a time with its zone',
      (living) => {
        living.change = (_, body) =>
          JSON.parse(JSON.stringify(body).replace(/("lastModified":"[^"]+?)(\.\d+)?Z"/g, '$1"'));
      },
    ],
    [
      'filters',
      (living) => {
        living.change = (url, body) =>
          url.pathname === '/ServiceProviderConfig' ? { filter: { supported: false } } : body;
      },
    ],
    [
      'no ServiceProviderConfig',
      (living) => {
        living.odd = (url, response) => refuses(url, response, /ServiceProviderConfig/, 404);
      },
    ],
  ];
  for (const [says, trouble] of doubts) {
    const living = await startLiving();
    living.reset(5, 3);
    trouble(living);
    const source = living.source();
    // The reading that sees it first is whole, and the next one reads everything without asking for changes.
    const first = await source.read(ALL, context());
    const next = await update(living, source, first);
    expect(reasonOf(next)).toContain(says);
    expect(paths(living).filter((path) => CHANGED.test(path))).toEqual([]);
  }
  const back = await town();
  const clockBack = (living: LivingScim) => {
    living.dateAhead = -2 * MINUTE;
  };
  expect(await reasonAfter(back, clockBack)).toContain("the provider's clock went back");
});

test('an earlier reading of another tenant, another configuration, unknown age or more than a day is no start', async () => {
  const { living, source, first } = await town();
  const why = async (options: Record<string, unknown>, now?: () => number, start = first) =>
    reasonOf(await update(living, living.source(options, now), start));
  expect(await why({ name: 'other' })).toBe('the last reading is of scim:corp');
  expect(await why({ inactive: 'suspended' })).toBe('the last reading was made with another configuration');
  expect(await why({ groups: { include: ['*'] } })).toBe(
    'the last reading was made with another configuration',
  );
  expect(await why({}, () => living.clock + 25 * 60 * MINUTE)).toBe(
    'the last full reading is older than a day',
  );
  expect(await why({}, () => living.clock - 60 * MINUTE)).toContain('is from the future');
  expect(await why({}, undefined, first.doubted())).toBe('the age of the last reading is not known');
  const never = await living.source({ incremental: 'never' }).read(ALL, context());
  expect(await why({}, undefined, never)).toBe('the last reading kept nothing to go on from');
  expect(reasonOf(await update(living, source, first))).toBeNull();
});

test('what changes while a long reading is under way is asked for in the next turn', async () => {
  const living = await startLiving();
  living.reset(12, 6);
  const source = living.source({ pageSize: 4 });
  const early = living.pick('Users', 0);
  let page = 0;
  living.before = (url) => {
    if (url.pathname !== '/Users' || ++page > 3) return;
    living.clock += 20 * MINUTE;
    // The first page was read already; the last one has a stamp that is much later.
    if (page === 2)
      living.touch(early, (user) => {
        user.active = false;
      });
    if (page === 3)
      living.touch(living.pick('Users', 11), (user) => {
        user.displayName = 'late';
      });
  };
  const first = await source.read(ALL, context());
  const { id } = early as { id: string };
  expect(plainSnapshot(first).people[id]?.status).toBe('active');
  const next = await update(living, source, first);
  expect(next.basis).toBe('update');
  expect(plainSnapshot(next).people[id]?.status).toBe('deactivated');
});

test('a strong version spares the members of a group that was named again; a weak one, or another stamp, does not', async () => {
  for (const [versions, asked] of [
    ['strong', 0],
    ['weak', 1],
  ] as const) {
    const { living, source } = await town({ versions, bareLists: true, precision: 'seconds' });
    living.leave(0);
    const first = await source.read(ALL, context());
    const quiet = await update(living, source, first);
    const byId = () => paths(living).filter((path) => /^\/Groups\//.test(path)).length;
    expect(byId()).toBe(asked);
    // Within the same second, so that stamp and weak version stay.
    living.leave(0);
    const after = await update(living, source, quiet);
    expect(after.basis).toBe('update');
    expect(plainSnapshot(after)).toEqual(plainSnapshot(await source.read(ALL, context())));
    living.requests.length = 0;
    living.touch(living.pick('Groups', 0), (group) => {
      group.version -= 1;
    });
    living.clock += MINUTE;
    living.touch(living.pick('Groups', 0), (group) => {
      group.version -= 1;
    });
    await update(living, source, after);
    expect(byId()).toBe(1);
  }
});

test('many groups that changed are listed once more with their members, where that costs less than one by one', async () => {
  const { living, source, first } = await town({ versions: 'strong' });
  for (const at of [0, 1, 3, 4]) living.leave(at);
  const after = await update(living, source, first);
  expect(after.basis).toBe('update');
  expect(callsOf(after)).toBe(9);
  expect(plainSnapshot(after)).toEqual(plainSnapshot(await source.read(ALL, context())));
});

test('a group inside that a filter hides is read by id each turn', async () => {
  const { living, source, first } = await town({}, { groups: { filter: 'displayName sw "devin-"' } });
  const inner = [...living.Groups.values()].find(({ displayName }) => displayName.startsWith('inner'));
  // Even unstamped: it is asked for.
  (inner as { members: unknown[] }).members.shift();
  const after = await update(living, source, first);
  expect(reasonOf(after)).toBeNull();
  expect(plainSnapshot(after)).toEqual(plainSnapshot(await source.read(ALL, context())));
});

test('a member whom no change names although they are there for long is a doubt; one who is new is read by id', async () => {
  const { living, source, first } = await town();
  const hidden = living.hire();
  hidden.stamp = living.clock - 60 * MINUTE;
  living.join(12, 0);
  living.change = (url, body) =>
    url.searchParams.get('count') === '0' ? { ...body, totalResults: 12 } : body;
  const doubted = await update(living, source, first);
  expect(reasonOf(doubted)).toContain('the provider counts 12 groups where 6 are known');
  living.change = (url, body) =>
    url.pathname === '/Users' && url.searchParams.get('count') === '0' ? { ...body, totalResults: 12 } : body;
  expect(reasonOf(await update(living, source, first))).toBe(
    `the changes do not name ${hidden.id}, who is there`,
  );
  living.change = (_, body) => body;
  const again = await source.read(ALL, context());
  let hired = false;
  living.before = (url) => {
    if (hired || url.pathname !== '/Groups') return;
    hired = true;
    living.Users.delete(living.hire().id);
  };
  expect(reasonOf(await update(living, source, again))).toBeNull();
});

test('doctor says whether changes can be asked for, before and after they are', async () => {
  const living = await startLiving();
  living.reset(3, 2);
  const { signal } = new AbortController();
  const said = async (options = {}) => {
    const findings = await living.source(options).check(signal);
    const { level, detail } = findings.find(({ what }) => what === 'SCIM changes') ?? {
      level: '',
      detail: '',
    };
    return `${level}: ${detail}`;
  };
  expect(await said()).toContain('ok: the provider filters by meta.lastModified and counts');
  expect(await said({ incremental: 'never' })).toContain(
    'advice: incremental: lastModified would save calls',
  );
  living.change = (url, body) => {
    if (!CHANGED.test(url.search)) return body;
    return { ...body, totalResults: 3 };
  };
  expect(await said()).toContain(
    'warn: everything is read each turn: a filter by meta.lastModified in the future',
  );
  living.odd = (url, response) => refuses(url, response, CHANGED, 400);
  expect(await said()).toContain('answered 400');
  expect(await said({ incremental: 'never' })).toContain('ok: everything is read each turn');
});

test('doctor judges the clock by when an answer came, not by how long it takes to ask for changes', async () => {
  const living = await startLiving();
  living.reset(3, 2);
  living.before = (url) => {
    if (CHANGED.test(url.search)) living.clock += 10 * MINUTE;
  };
  const findings = await living.source().check(new AbortController().signal);
  expect(paths(living).some((path) => CHANGED.test(path))).toBe(true);
  expect(findings.find(({ what }) => what === 'clock')?.level).toBe('ok');
});
