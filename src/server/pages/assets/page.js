// Everything works without this file; with it, pages move by themselves and picking is quicker.

/** Shows a run as it goes: each event says that something moved, and the page is asked again. */
function follow(live) {
  let busy = false;
  let again = false;
  async function refresh() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
      if (answer.redirected) location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const fresh = page.getElementById('main');
      if (answer.ok && fresh !== null && document.activeElement?.closest('form') == null) {
        // What the last form did was said once, and is not said again.
        const said = document.querySelectorAll('#main > .notice');
        document.getElementById('main').replaceChildren(...said, ...fresh.childNodes);
      }
    } catch {
      // The next event, or the stream's own reconnect, tries again.
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    busy = false;
    if (again) {
      again = false;
      refresh();
    }
  }
  function listen() {
    const source = new EventSource(live.dataset.live);
    for (const kind of ['state', 'progress']) source.addEventListener(kind, refresh);
    source.addEventListener('settled', () => {
      source.close();
      refresh();
    });
    // A cut stream is opened again by the browser. An answer of a proxy that has no daemon behind it ends it for good.
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED) return;
      refresh();
      setTimeout(listen, 2000);
    });
  }
  listen();
}

/** Counts what is picked, and picks everything at once. */
function countPicks(form) {
  const boxes = [...form.querySelectorAll('input[name="item"]')];
  const told = form.querySelector('[data-picked]');
  const every = form.querySelector('[data-pick-all]');
  function tell() {
    const picked = boxes.filter((box) => box.checked).length;
    told.textContent = `(${picked})`;
    told.hidden = false;
  }
  form.addEventListener('change', tell);
  every.hidden = false;
  every.addEventListener('click', () => {
    const on = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = on;
    tell();
  });
  tell();
}

const live = document.querySelector('[data-live]');
if (live !== null) follow(live);
for (const form of document.querySelectorAll('form[data-picks]')) countPicks(form);
