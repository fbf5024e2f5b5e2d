// Keeps the live parts of a page ([data-live], with ids) as they are at the server: after each event, at most twice a
// second, and only while somebody can see them.
(function () {
  const PAUSE_MS = 500;
  let state, timer, isStale = false, isBusy = false;

  async function refresh() {
    timer = undefined;
    if (document.hidden) { isStale = true; return; }
    if (isBusy || document.querySelector("[data-live] details.menu[open]")) return soon();
    isBusy = true;
    isStale = false;
    try {
      const response = await fetch(location.href, { headers: { accept: "text/html" } });
      if (response.redirected && new URL(response.url).pathname === "/login") return location.reload();
      if (!response.ok) return;
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live][id]")) {
        const replacement = fresh.getElementById(part.id);
        if (!replacement) continue;
        window.elbow.prepare(replacement);
        window.elbow.morph(part, replacement);
      }
    } catch {
      // The event stream says that the connection is lost.
    } finally {
      isBusy = false;
    }
  }

  function soon() {
    if (timer === undefined) timer = setTimeout(refresh, PAUSE_MS);
  }

  function say(isLive) {
    state.hidden = false;
    state.classList.toggle("lost", !isLive);
    const text = isLive ? state.dataset.liveText : state.dataset.lostText;
    if (state.textContent !== text) state.textContent = text;
  }

  window.elbow.prepared.push((root) => {
    if (root !== document || !document.querySelector("[data-live]")) return;
    state = document.getElementById("live-state");
    let wasLost = false;
    const source = new EventSource("/live");
    source.addEventListener("open", () => { say(true); if (wasLost) soon(); wasLost = false; });
    source.addEventListener("error", () => { say(false); wasLost = true; });
    for (const kind of ["change", "observed"]) source.addEventListener(kind, soon);
    // The first one only says where the stream begins.
    let isFirst = true;
    source.addEventListener("reset", () => { if (!isFirst) soon(); isFirst = false; });
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden && isStale) soon(); });
    const every = document.querySelector("[data-live-every]");
    if (every) setInterval(soon, Number(every.dataset.liveEvery) * 1000);
  });
})();
