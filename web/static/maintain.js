// Shows how work goes while it goes. Without this the pages work as well: reload them.
"use strict";
(() => {
  const EVERY = 1200;
  const look = async () => {
    const part = document.getElementById("work");
    if (!part || part.dataset.running !== "1") return;
    try {
      const reply = await fetch(part.dataset.at, { credentials: "same-origin", headers: { accept: "text/html" } });
      if (!reply.ok) throw new Error(String(reply.status));
      const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("work");
      if (!fresh || fresh.dataset.running !== "1" || fresh.dataset.step !== part.dataset.step) {
        const page = document.querySelector(".tabs [aria-current]");
        page && page.href !== location.href ? location.replace(page.href) : location.reload();  // never a form once more
        return;
      }
      const said = fresh.querySelector("[role=status]"), shown = part.querySelector("[role=status]");
      if (said && shown && said.textContent !== shown.textContent) shown.textContent = said.textContent;
      const bar = fresh.querySelector("progress"), old = part.querySelector("progress");
      if (bar && old) bar.hasAttribute("value") ? ((old.max = bar.max), (old.value = bar.value)) : old.removeAttribute("value");
    } catch {
      // The site is being restarted: the work goes on, so does this.
    }
    setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);
})();
