// Forms without waiting for a page: rows come and go in place, the equivalents follow what is typed, files are read
// into their field, search follows the keys. All of it works by plain pages, too.
(function () {
  async function page(target, options) {
    const response = await fetch(target, options);
    const text = await response.text();
    return { response, fresh: new DOMParser().parseFromString(text, "text/html") };
  }

  function body(form, intent) {
    const data = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string") data.append(name, value);
    }
    data.set("intent", intent);
    return data;
  }

  // A button that only changes the form: the server answers with the form as it is then.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-in-place]");
    if (!button || !button.form || event.defaultPrevented) return;
    event.preventDefault();
    const form = button.form;
    const rows = new Set([...form.elements].map((field) => field.name));
    const { response, fresh } = await page(form.action, { method: "POST", body: body(form, button.value) });
    const replacement = fresh.getElementById(form.id);
    if (!response.ok || !replacement) return form.requestSubmit(button);
    window.elbow.morph(form, replacement);
    window.elbow.prepare(form);
    const added = [...form.elements].find((field) => field.name && field.type !== "hidden" && !rows.has(field.name));
    if (added) added.focus();
    else if (!button.isConnected) form.querySelector("[data-in-place]")?.focus();
  });

  const waiting = new WeakMap();
  async function follow(form) {
    const panel = document.getElementById("equivalents");
    if (!panel || !panel.open) return;
    const { response, fresh } = await page(form.action, { method: "POST", body: body(form, "look") });
    const replacement = fresh.getElementById("equivalents");
    if (response.ok && replacement) {
      window.elbow.morph(panel, replacement);
      window.elbow.prepare(panel);
    }
  }
  function soon(form) {
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(() => follow(form), 250));
  }
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && form.hasAttribute("data-follow")) soon(form);
    if (form && form.hasAttribute("data-search")) {
      clearTimeout(waiting.get(form));
      waiting.set(form, setTimeout(() => search(form), 200));
    }
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.id === "equivalents" && event.target.open) {
      const form = document.querySelector("form[data-follow]");
      if (form) follow(form);
    }
  }, true);

  // A choice that changes which fields there are.
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.hasAttribute && field.hasAttribute("data-reshape") && field.form) {
      field.form.querySelector("button[value=reshape]")?.click();
    }
  });

  async function search(form) {
    const target = new URL(form.action);
    const words = new FormData(form).get("q").trim();
    target.search = words ? new URLSearchParams({ q: words }) : "";
    const { response, fresh } = await page(target);
    const [old, list] = [document.getElementById("list"), fresh.getElementById("list")];
    if (!response.ok || !old || !list) return;
    window.elbow.morph(old, list);
    window.elbow.prepare(old);
    history.replaceState(null, "", target);
  }

  // A file becomes the text of its field, in Base64 or as it is.
  document.addEventListener("change", async (event) => {
    const input = event.target;
    if (input.type !== "file" || !input.dataset.into || !input.files.length) return;
    const field = document.getElementById(input.dataset.into);
    const bytes = new Uint8Array(await input.files[0].arrayBuffer());
    if (input.dataset.as === "text") {
      field.value = new TextDecoder().decode(bytes);
    } else {
      let text = "";
      for (let at = 0; at < bytes.length; at += 8192) {
        text += String.fromCharCode(...bytes.subarray(at, at + 8192));
      }
      field.value = btoa(text);
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  window.elbow.prepared.push((root) => {
    for (const hidden of root.querySelectorAll("[data-with-scripts][hidden]")) hidden.hidden = false;
    root.querySelector("#problem")?.focus();
  });
})();
