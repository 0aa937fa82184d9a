// Renews the parts of a page that change. Without this script every page is whole, and
// as old as its footer says.
"use strict";
(() => {
  const every = 4000; // ms
  const live = document.querySelector("[data-live]");
  const pause = document.getElementById("pause");
  if (!live || !pause) return;
  const said = document.getElementById("said");
  let paused = false, timer = 0, told = Number(live.dataset.total || 0), failures = 0;

  pause.parentElement.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.parentElement.classList.toggle("paused", paused);
    clearTimeout(timer);
    if (!paused) renew();
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) wait();
  });

  // busy: what somebody reads with the keyboard or has marked must not be taken away.
  function busy() {
    const marked = getSelection();
    return live.contains(document.activeElement) || (!marked.isCollapsed && live.contains(marked.anchorNode));
  }

  function wait() {
    clearTimeout(timer);
    if (!paused && !document.hidden) timer = setTimeout(renew, every * Math.min(8, 1 + failures));
  }

  // renew asks for this page again. The browser parses it as a document, in which no
  // script runs, so that no markup is ever written from text.
  function renew() {
    if (busy()) return wait();
    const ask = new XMLHttpRequest();
    ask.open("GET", location.href);
    ask.responseType = "document";
    ask.timeout = 10000;
    ask.setRequestHeader("Pavise-Live", "1");
    ask.onload = () => {
      if (ask.status === 401) return stop("Your session has ended. Load the page again to log in.");
      const fresh = ask.status === 200 && ask.response && ask.response.getElementById(live.id);
      failures = fresh ? 0 : failures + 1;
      if (fresh && !busy() && !paused) take(fresh, ask.response);
      wait();
    };
    ask.onerror = ask.ontimeout = () => { failures++; wait(); };
    ask.send();
  }

  function take(fresh, from) {
    live.replaceChildren(...document.adoptNode(fresh).childNodes);
    const asof = from.getElementById("asof");
    if (asof) document.getElementById("asof").textContent = asof.textContent;
    const total = Number(fresh.dataset.total || 0);
    if (total > told) said.textContent = `${total - told} ${fresh.dataset.what}`;
    told = total;
  }

  function stop(why) {
    clearTimeout(timer);
    pause.parentElement.hidden = true;
    said.textContent = why;
    said.className = "notice bad";
  }

  wait();
})();
