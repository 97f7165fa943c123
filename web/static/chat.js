// The conversation in the browser: what is pressed goes out, pieces come in and are put in their places.
(() => {
  const find = id => document.getElementById(id);
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const wide = matchMedia('(min-width: 960px)');
  const smooth = () => (calm.matches ? 'auto' : 'smooth');
  const send = (name, detail = {}) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const framed = parent !== window;
  const LATE = 30000; // milliseconds: whoever has waited this long is told, whatever became of the request
  let opener = null;

  document.addEventListener('qa-patch', ({ detail: piece }) => {
    if (!piece) return;
    if (piece.slot) { const place = find(piece.slot); if (place) place.innerHTML = piece.html; absolute(place); shown(place); return; }
    document.documentElement.classList.add('begun');
    const old = find('turn-' + piece.turn);
    const made = document.createElement('div');
    made.innerHTML = piece.html;
    const turn = made.firstElementChild;
    if (old) old.replaceWith(turn);
    else {
      find('turns').append(turn);
      turn.scrollIntoView({ behavior: 'auto', block: 'start' });
    }
    if (turn.querySelector('.waiting')) setTimeout(late, LATE, turn);
    if (piece.said) find('announced').textContent = piece.said.replace(/\[\d+\]/g, '');
  });

  const acts = {
    ask: b => send('qa-ask', { text: b.dataset.text }),
    retry: b => send('qa-ask', { text: b.dataset.text, key: b.dataset.key }),
    share: b => send('qa-mark', { act: 'share', key: b.dataset.key }),
    like: b => { chosen(b); send('qa-mark', { act: 'like', key: b.dataset.key }); },
    dislike: b => { chosen(b); send('qa-mark', { act: 'dislike', key: b.dataset.key }); },
    reason: b => send('qa-mark', { act: 'reason', key: b.dataset.key, text: b.dataset.text }),
    new: () => {
      find('turns').replaceChildren();
      document.documentElement.classList.remove('begun');
      close(); scrollTo(0, 0); box()?.focus(); send('qa-new');
    },
    box: () => box()?.focus(),
    copy,
    source,
    open,
    close,
  };
  document.addEventListener('click', event => {
    const pressed = event.target.closest?.('[data-do]');
    if (!pressed || !(pressed.dataset.do in acts)) return;
    if (pressed.tagName === 'A' && (event.ctrlKey || event.metaKey || event.shiftKey || event.button)) return;
    event.preventDefault();
    acts[pressed.dataset.do](pressed);
  });
  document.addEventListener('keydown', escaped);
  for (const name of ['offline', 'online']) addEventListener(name, () => { const b = find('offline'); if (b) b.hidden = navigator.onLine; });

  const box = () => document.querySelector('#box textarea');

  function late(turn) {
    const said = turn.isConnected && turn.querySelector('.waiting');
    if (!said) return;
    said.classList.remove('waiting');
    said.querySelector('.text').textContent = navigator.onLine ? find('turns').dataset.late : find('offline').textContent;
  }

  function chosen(button) {
    for (const other of button.parentElement.children) other.setAttribute('aria-pressed', String(other === button));
  }

  function source(mark) {
    const card = document.getElementById(mark.getAttribute('href').slice(1));
    if (!card) return;
    const fold = card.closest('details');
    if (fold) fold.open = true;
    document.querySelectorAll('.source.on').forEach(other => other.classList.remove('on'));
    card.classList.add('on');
    card.scrollIntoView({ behavior: smooth(), block: 'nearest' });
    card.focus({ preventScroll: true });
  }

  function open(link) {
    const panel = find('reader'), frame = panel.querySelector('iframe');
    opener = link;
    panel.querySelector('a').href = link.href;
    frame.onload = () => {
      frame.contentDocument?.addEventListener('keydown', escaped);
    };
    // Replaced, not assigned: the browser's back button must leave the page, not the panel.
    frame.contentWindow.location.replace(link.href);
    panel.hidden = false;
    document.documentElement.classList.add('reading');
    panel.querySelector('[data-do=close]').focus({ preventScroll: true });
    if (wide.matches) link.scrollIntoView({ block: 'nearest' });
  }

  function close() {
    const panel = find('reader');
    if (!panel || panel.hidden) return;
    panel.hidden = true;
    document.documentElement.classList.remove('reading');
    opener?.isConnected && opener.focus({ preventScroll: true });
  }

  function escaped(event) {
    if (event.key !== 'Escape') return;
    if (framed && find('reader')?.hidden) parent.postMessage('qa-close', '*'); // says nothing but that
    close();
  }

  // On another site: what leads elsewhere opens a page of its own, and who opens the panel can type at once.
  function settle() {
    const nothing = document.activeElement === document.body || !document.activeElement;
    if (document.hasFocus() && nothing && !matchMedia('(pointer: coarse)').matches) box()?.focus();
  }
  if (framed) {
    document.documentElement.classList.add('framed');
    document.addEventListener('click', event => {
      const link = event.target.closest?.('a[href]');
      if (link && !link.dataset.do) link.target = '_blank';
    });
    addEventListener('focus', settle);
    new MutationObserver((_, watch) => { if (box()) { settle(); watch.disconnect(); } }).observe(document, { childList: true, subtree: true });
  }

  async function copy(button) {
    const link = button.dataset.link ? new URL(button.dataset.link, location.href).href : '';
    const text = [button.dataset.copy, link].filter(Boolean).join('，');
    const done = await copied(text);
    const before = (button.dataset.name ??= button.textContent);
    const said = done ? button.dataset.done : find('reader').dataset.failed;
    button.textContent = said;
    find('announced').textContent = said;
    setTimeout(() => { button.textContent = before; }, 2000);
  }

  async function copied(text) {
    try { await navigator.clipboard.writeText(text); return true; } catch { /* only on secure pages */ }
    const area = Object.assign(document.createElement('textarea'), { value: text, className: 'away' });
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }

  // What was asked for by a press comes into view; suggestions come by themselves and move nothing.
  function shown(place) {
    if (place && !place.id.startsWith('further-')) place.scrollIntoView({ behavior: smooth(), block: 'nearest' });
  }

  function absolute(place) {
    place?.querySelectorAll('[data-absolute]').forEach(field => {
      field.value = new URL(field.value, location.href).href;
      field.focus({ preventScroll: true }); field.select();
    });
  }
})();
