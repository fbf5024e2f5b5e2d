// Makes an element like another one, in place: what has the focus, is open, scrolled or typed stays as it is.
"use strict";
(function () {
  const key = (node) => (node.nodeType === 1 ? node.id || node.getAttribute("name") || "" : "");
  const alike = (a, b) =>
    a.nodeType === b.nodeType && a.nodeName === b.nodeName && key(a) === key(b);

  function attributes(old, fresh) {
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !(old.nodeName === "DETAILS" && name === "open")) {
        old.removeAttribute(name);
      }
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  function values(old, fresh) {
    if (old === document.activeElement) return;
    if (old.nodeName === "INPUT") {
      if (old.type === "checkbox" || old.type === "radio") old.checked = fresh.checked;
      else if (old.type !== "file" && old.value !== fresh.value) old.value = fresh.value;
    } else if (old.nodeName === "TEXTAREA" || old.nodeName === "SELECT") {
      if (old.value !== fresh.value) old.value = fresh.value;
    }
  }

  function morph(old, fresh) {
    if (old.nodeType !== 1) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    if (old.hasAttribute("data-keep")) return;
    attributes(old, fresh);
    let place = old.firstChild;
    for (const child of [...fresh.childNodes]) {
      let found = place;
      if (key(child)) {
        while (found && !alike(found, child)) found = found.nextSibling;
      }
      if (found && alike(found, child)) {
        if (found !== place) old.insertBefore(found, place);
        else place = place.nextSibling;
        morph(found, child);
      } else {
        old.insertBefore(document.importNode(child, true), place);
      }
    }
    while (place) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
    values(old, fresh);
  }

  window.elbow = { morph, prepared: [] };
  // What every new part of a page needs: the other files add to it.
  window.elbow.prepare = (root) => window.elbow.prepared.forEach((prepare) => prepare(root));
  document.addEventListener("DOMContentLoaded", () => window.elbow.prepare(document));
})();
