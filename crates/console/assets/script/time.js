// Says moments in the reader's zone and language; the server wrote them in UTC.
(function () {
  const language = document.documentElement.lang;
  const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  window.elbow.prepared.push((root) => {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      const text = (time.hasAttribute("data-day") ? day : moment).format(at);
      if (time.textContent !== text) {
        time.title = at.toISOString();
        time.textContent = text;
      }
    }
  });
})();
