// The conversation on another site: a button at the bottom right, and behind it this site in a frame.
// <script src="https://qa.example.cn/embed.js" defer></script>, at most with data-label="…" for the button's words.
(() => {
  const tag = document.currentScript, id = 'association-qa';
  if (!tag || document.getElementById(id)) return;
  const home = new URL('./', tag.src);
  const said = /^en/i.test(navigator.language)
    ? { open: 'Ask', title: 'Questions and answers', close: 'Close', wait: 'Opening…', page: 'Open in a new page' }
    : { open: '提问', title: '问答', close: '关闭', wait: '正在打开……', page: '在新页面打开' };
  let ready = false;
  const phone = matchMedia('(max-width: 600px)');

  // Everything stands in a tree of its own: the site's styles end here, and ours do not get out.
  const host = make('div', { id });
  const root = host.attachShadow({ mode: 'open' });
  const looks = `
    :host { all: initial; color-scheme: light dark; --paper: #f7f7f4; --ink: #1d2326; --line: #dcdfdb; --accent: #0b6257; --on: #fff; }
    @media (prefers-color-scheme: dark) { :host { --paper: #16191c; --ink: #e6e8e6; --line: #394145; --accent: #6cc9b8; --on: #0b2420; } }
    @media print { :host { display: none; } }
    button, p { font: 600 1rem/1.4 "PingFang SC", "Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", system-ui, sans-serif; }
    button { cursor: pointer; border: 0; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    .open, dialog { position: fixed; z-index: 2147483000; box-shadow: 0 6px 28px rgb(0 0 0 / 24%); }
    .open { right: var(--qa-right, 20px); bottom: calc(var(--qa-bottom, 20px) + env(safe-area-inset-bottom, 0px)); display: flex; align-items: center; gap: .5em;
      min-height: 48px; padding: 0 1.3em 0 1.1em; border-radius: 24px; background: var(--accent); color: var(--on); }
    .open[aria-expanded=true] { visibility: hidden; }
    svg { width: 1.35em; height: 1.35em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
    dialog { inset: auto var(--qa-right, 20px) var(--qa-bottom, 20px) auto; box-sizing: border-box; width: min(420px, 100vw - 40px); height: min(720px, 100vh - 40px);
      max-width: none; max-height: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 16px; overflow: hidden; background: var(--paper); color: var(--ink); }
    iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
    .wait { position: absolute; inset: 40% 1rem auto; margin: 0; text-align: center; font-weight: 400; }
    .wait a { color: var(--accent); display: block; margin-top: .6em; }
    .close { position: absolute; top: 6px; right: 6px; width: 44px; height: 44px; border-radius: 50%; background: none; color: var(--ink); padding: 10px; }
    .close:hover { background: var(--line); }
    .close svg { width: 24px; height: 24px; }
    @media (max-width: 600px) { dialog { inset: 0; width: 100vw; height: 100vh; height: 100dvh; border: 0; border-radius: 0; } }`;
  try {
    const sheet = new CSSStyleSheet(); // allowed whatever the site's own policy says of styles
    sheet.replaceSync(looks);
    root.adoptedStyleSheets = [sheet];
  } catch { root.append(make('style', { textContent: looks })); }

  const button = make('button', { type: 'button', className: 'open' }, { 'aria-haspopup': 'dialog', 'aria-expanded': 'false' });
  button.append(drawn('M4 5h16v11H11l-5 4v-4H4z'), tag.dataset.label || said.open);
  const panel = make('dialog', {}, { 'aria-label': said.title });
  const wait = make('p', { className: 'wait', textContent: said.wait });
  wait.append(make('a', { href: home.href, target: '_blank', rel: 'noopener', textContent: said.page }));
  const frame = make('iframe', { title: said.title, allow: 'clipboard-write' });
  const close = make('button', { type: 'button', className: 'close' }, { 'aria-label': said.close });
  close.append(drawn('M5 5l14 14M19 5L5 19'));
  panel.append(wait, frame, close);
  root.append(button, panel);

  button.onclick = () => {
    if (!frame.src) frame.src = home.href; // nothing is asked of the other host before somebody wants it
    phone.matches ? panel.showModal() : panel.show();
    button.setAttribute('aria-expanded', 'true');
    (ready ? frame : close).focus();
  };
  frame.onload = () => {
    ready = !!frame.src;
    if (ready && root.activeElement === close) frame.focus();
  };
  close.onclick = () => panel.close();
  panel.onkeydown = event => { if (event.key === 'Escape') panel.close(); };
  panel.onclose = () => { button.setAttribute('aria-expanded', 'false'); button.focus(); };
  addEventListener('message', event => {
    if (event.source === frame.contentWindow && event.origin === home.origin && event.data === 'qa-close') panel.close();
  });
  document.body ? document.body.append(host) : addEventListener('DOMContentLoaded', () => document.body.append(host));

  function make(name, properties, attributes = {}) {
    const made = Object.assign(document.createElement(name), properties);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function drawn(path) {
    const space = 'http://www.w3.org/2000/svg', svg = document.createElementNS(space, 'svg'), line = document.createElementNS(space, 'path');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    line.setAttribute('d', path);
    svg.append(line);
    return svg;
  }
})();
