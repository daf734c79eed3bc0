// The tie between the page and its kernel.  The draft is kept in this browser: first for this tab, then for the next one.

const KEY = "atelier.draft";
const TAIL = "atelier.draft.tail"; // what was written since: short, and kept token by token
const EVERY = 500; // milliseconds between two questions to the kernel
const PATIENCE = 2500; // without an answer: said within five seconds, whatever happens

function kept() {
  for (const store of ["sessionStorage", "localStorage"]) {
    try {
      const draft = JSON.parse(window[store].getItem(KEY));
      if (draft && typeof draft === "object") return { ...draft, tail: window[store].getItem(TAIL) ?? "" };
    } catch (refused) {
      /* no memory in this browser, or a damaged one: the next */
    }
  }
  return null;
}

function keep(key, text) {
  let done = false;
  for (const store of ["sessionStorage", "localStorage"]) {
    try {
      window[store].setItem(key, text);
      done = true;
    } catch (refused) {
      /* full, or refused */
    }
  }
  return done;
}

function render({ model }) {
  const tell = (name, detail) => window.dispatchEvent(new CustomEvent(name, { detail }));
  let safe = true;
  let asked = 0; // when the question that waits for an answer was sent; 0: none does
  const ask = () => {
    const waited = asked ? Date.now() - asked : 0;
    if (waited > PATIENCE) tell("atelier-silence");
    if (!asked) {
      asked = Date.now();
      try {
        model.send({ ping: asked });
      } catch (gone) {
        /* the line is cut: no answer will come */
      }
    }
  };
  const clock = setInterval(ask, EVERY);
  model.on("msg:custom", ({ pong }) => {
    if (pong !== undefined) tell("atelier-answer");
    asked = 0;
  });

  const save = () => {
    const draft = { beginning: model.get("beginning"), ways: model.get("ways") };
    safe = keep(KEY, JSON.stringify(draft)) || !draft.ways;
    if (model.get("ways").length > 2) tell("atelier-story");
  };
  model.on("change:beginning", save);
  model.on("change:ways", () => {
    save();
    keep(TAIL, ""); // it is in the ways now
  });
  model.on("change:tail", () => keep(TAIL, model.get("tail")));
  const begin = (text) => model.send({ begin: text });
  const chosen = ({ detail }) => begin(detail);
  window.addEventListener("atelier-begin", chosen);
  const leave = (event) => {
    if (!safe) event.preventDefault(); // what this browser could not keep is not lost without a question
  };
  window.addEventListener("beforeunload", leave);

  const draft = kept();
  const waiting = window.atelierBegin; // chosen while the kernel was waking
  if (draft) model.send({ back: draft });
  if (waiting) begin(waiting);
  tell("atelier-ready");
  return () => {
    clearInterval(clock);
    window.removeEventListener("atelier-begin", chosen);
    window.removeEventListener("beforeunload", leave);
  };
}

export default { render };
