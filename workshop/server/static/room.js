// The page is drawn again by the server at each change; without this file, it asks for itself every five seconds.
"use strict";
const board = document.getElementById("board");
const live = document.getElementById("live");
const news = document.getElementById("news");
const hands = () => new Set([...board.querySelectorAll("[data-hand]")].map((one) => one.dataset.hand));

function draw(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const before = hands();
  const focused = document.activeElement && document.activeElement.id;
  for (const part of fresh.content.querySelectorAll("[data-part]")) {
    const old = board.querySelector(`[data-part="${part.dataset.part}"]`);
    if (old.outerHTML !== part.outerHTML) old.replaceWith(part); // what has not changed stays, with the focus that is in it
  }
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
  const raised = [...hands()].filter((seat) => !before.has(seat));
  if (raised.length) news.textContent = `Main levée : place ${raised.join(", ")}.`;
}

function listen() {
  const source = new EventSource(board.dataset.live);
  source.onopen = () => { live.textContent = "En direct."; live.classList.remove("late"); };
  source.onmessage = (message) => draw(JSON.parse(message.data));
  source.addEventListener("fin", () => { source.close(); location.reload(); });
  source.onerror = () => {
    live.textContent = "Le serveur ne répond pas : la page attend.";
    live.classList.add("late");
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  };
}

listen();
