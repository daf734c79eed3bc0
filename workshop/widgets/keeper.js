// The tie between the page and its kernel.  The draft is kept in this browser: first for this tab, then for the next one.

const KEY = "atelier.draft";
const TAIL = "atelier.draft.tail"; // what was written since, behind the stamp of the draft: short, and kept token by token
const EVERY = 500; // milliseconds between two questions to the kernel
const PATIENCE = 2500; // without an answer: said within five seconds, whatever happens

function kept() {
  for (const store of ["sessionStorage", "localStorage"]) {
    try {
      const draft = JSON.parse(window[store].getItem(KEY));
      const [, stamp, tail] = /^(\S*) (.*)$/s.exec(window[store].getItem(TAIL) ?? "") ?? [];
      const own = tail && stamp === draft?.stamp; // else it is that of another draft: of another tab, or of a full store
      if (draft && typeof draft === "object") return { ...draft, tail: own ? tail : "" };
    } catch (refused) {
      /* no memory in this browser, or a damaged one: the next */
    }
  }
  return null;
}

const newStamp = () => Math.random().toString(36).slice(2);

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

/** The same ways without the rivals, a tenth of their size: the text goes before all. */
const light = (ways) =>
  JSON.stringify(JSON.parse(ways).map((way) => ({ ...way, tokens: way.tokens.map((token) => [...token.slice(0, 4), []]) })));

function render({ model }) {
  const tell = (name, detail) => window.dispatchEvent(new CustomEvent(name, { detail }));
  const draft = kept();
  let safe = true;
  let stamp = draft?.stamp ?? newStamp();
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
    const [beginning, ways] = [model.get("beginning"), model.get("ways") || draft?.ways || ""]; // until the kernel has taken it up
    const write = (some) => keep(KEY, JSON.stringify({ beginning, ways: some, stamp }));
    safe = write(ways) || !model.get("ways") || write(light(ways));
    if (model.get("ways").length > 2) tell("atelier-story");
  };
  model.on("change:beginning", save);
  model.on("change:ways", () => {
    stamp = newStamp();
    save();
    keep(TAIL, ""); // it is in the ways now
  });
  model.on("change:tail", () => keep(TAIL, `${stamp} ${model.get("tail")}`));
  const begin = (text) => model.send({ begin: text });
  const chosen = ({ detail }) => begin(detail);
  window.addEventListener("atelier-begin", chosen);
  const leave = (event) => {
    if (!safe) event.preventDefault(); // what this browser could not keep is not lost without a question
  };
  window.addEventListener("beforeunload", leave);

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
