// The desks work without a script; this makes them quicker by keyboard and opens sources beside what rests on them.
(() => {
  "use strict";
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const panel = document.getElementById("opened");
  let opener = null;

  function step(by) {
    const links = rows();
    if (!links.length) {
      document.querySelector(by > 0 ? ".steps [rel=next]" : ".steps [rel=prev]")?.click();
      return;
    }
    const here = links.indexOf(document.activeElement);
    const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, here + by));
    links[next].focus();
    links[next].scrollIntoView({block: "nearest"});
  }

  function open(link) {
    opener = link;
    panel.hidden = false;
    panel.parentElement.classList.add("wide");
    panel.querySelector("iframe").src = link.href;
  }

  function close() {
    if (!panel || panel.hidden) return;
    panel.hidden = true;
    panel.parentElement.classList.remove("wide");
    opener?.focus();
  }

  const keys = {
    j: () => step(1),
    k: () => step(-1),
    1: () => document.querySelector(".signing [value=right]")?.click(),
    2: () => {
      const wrongly = document.querySelector(".signing .wrongly");
      if (!wrongly) return;
      wrongly.open = true;
      wrongly.querySelector("[type=radio]")?.focus();
    },
    o: () => document.querySelector("[data-open]")?.click(),
    Escape: close,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("textarea, select, input:not([type=radio], [type=checkbox])");
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || (typing && event.key !== "Escape")) return;
    event.preventDefault();
    act();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-open]");
    if (link && panel && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link);
    }
    if (event.target.closest("[data-close]")) close();
  });
})();
