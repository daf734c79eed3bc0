"use strict";
// L’histoire : un début, une suite qui arrive token par token, et les chemins qu’elle a pris.

const Story = (() => {
  const { byId, show } = Dom;
  let flow;
  let onState = () => {};
  // tokens : { id, text, probability } ; given : combien sont le début ; run : ce qui refait ce texte ; fork : où il a quitté un autre.
  let now = { tokens: [], given: 0, run: null, fork: 0 };
  let paths = [];
  let current = 0;
  let state = "fresh"; // fresh : un début à écrire ; running : ça s’écrit ; done : une histoire à lire
  let request = null;
  let pace = null;
  let stopping = false;
  let touched = false;
  let model = "";

  const text = () => now.tokens.map((token) => token.text).join("");
  const ids = (tokens = now.tokens) => tokens.map((token) => token.id);

  const say = (sentence) => {
    byId("state").textContent = sentence;
  };

  const setState = (next) => {
    state = next;
    const done = state === "done";
    const running = state === "running";
    show(byId("beginning"), state === "fresh");
    show(byId("story"), state !== "fresh");
    byId("story").setAttribute("aria-busy", String(running));
    byId("write").textContent = Words.say(
      running ? "write.stop" : done ? (touched ? "write.again" : "write.other") : "write.begin",
    );
    for (const id of ["more", "edit", "keep", "share", "reading"]) show(byId(id), done);
    show(byId("another"), state === "fresh");
    show(byId("link"), false);
    show(byId("paths"), done && paths.length > 1);
    byId("keep").disabled = false;
    if (done) byId("walk").max = now.tokens.length;
    onState(state);
  };

  const draw = () => flow.show(now.tokens, now.given);

  /**
   * Écrit à partir de run : { prompt } ou { prompt, ids, given } (des tokens imposés), settings, model.
   * Le texte prendra la place nº « place » parmi les chemins « others ».
   */
  const write = async (run, { place = current, others = paths, fork = now.fork } = {}) => {
    if (state === "running") return;
    stopping = false;
    touched = false;
    choose(-1);
    setState("running");
    say(Words.say("state.waking"));
    const before = now;
    now = { tokens: [], given: 0, run, fork };
    pace = new Pace((token) => {
      now.tokens.push(token);
      draw();
    });
    const start = run.ids ? { tokens: run.ids } : { prompt: run.prompt };
    try {
      const done = await Network.generate(
        { model: run.model, settings: run.settings, ...start },
        {
          started: (id) => {
            request = id;
            if (stopping) Network.stop(id);
          },
          onPrompt: (tokens) => {
            now.tokens = tokens.map(({ id, text: piece, probability }) => ({
              id,
              text: piece,
              probability: probability ?? null,
            }));
            now.given = run.ids ? run.given : tokens.length;
            draw();
            say(Words.say("state.writing"));
          },
          onToken: (token) => {
            if (!stopping) pace.push(token);
          },
        },
      );
      await pace.empty;
      paths = [...others];
      paths[place] = { ...now };
      current = place;
      finish(done);
    } catch (error) {
      now = before.tokens.length ? before : now;
      draw();
      setState(now.tokens.length ? "done" : "fresh");
      say(Network.complaint(error));
    }
  };

  const finish = ({ reason, tokensPerSecond }) => {
    drawPaths();
    setState("done");
    const added = now.tokens.length - (now.run.ids ? now.run.ids.length : now.given);
    const speed =
      tokensPerSecond > 0 && added > 5
        ? ` ${Words.say("state.speed", { speed: Words.french(Math.round(tokensPerSecond)) })}`
        : "";
    const ended = reason === "end" ? ` ${Words.say("state.end")}` : "";
    say((added ? Words.count("state.done", added) : Words.say("state.nothing")) + speed + ended);
    Dom.announce(`${Words.say("state.announce")} ${flow.text}`);
  };

  /** Une nouvelle histoire : les chemins de la précédente sont oubliés. */
  const begin = (run) => write(run, { place: 0, others: [], fork: 0 });

  const beginning = () => byId("beginning").value;
  const fresh = () => ({ prompt: beginning(), settings: Settings.get(), model });

  const press = () => {
    if (state === "running") return stop();
    if (state === "done" && !touched) Settings.put({ seed: Settings.draw() });
    begin(fresh());
  };

  const stop = () => {
    stopping = true;
    pace.drop();
    if (request !== null) Network.stop(request);
  };

  /** Écrit la suite de ce qui est là. */
  const goOn = () => write({ ...fresh(), ids: ids(), given: now.given });

  /** Met un rival à la place du token choisi : le chemin d’avant est gardé, l’histoire repart de là. */
  const branch = (rival) => {
    const place = flow.chosen;
    if (place < 0 || state !== "done") return;
    const kept = now.tokens.slice(0, place);
    const run = { ...fresh(), ids: [...ids(kept), rival.id], given: Math.min(now.given, place) };
    write(run, { place: paths.length, fork: place });
    byId("write").focus(); // le bouton qui arrête ; ceux des rivaux viennent de disparaître
  };

  const nameOf = (path, number) => {
    if (!number) return Words.say("path.first");
    const piece = (from, to) =>
      path.tokens
        .slice(Math.max(0, from), to)
        .map((token) => token.text)
        .join("");
    const before = piece(path.fork - 5, path.fork).replace(/^\S*/, "");
    const after = piece(path.fork, path.fork + 6).replace(/\s\S*$/, "");
    return Words.say("path.name", { words: `${before}${after}`.trim().replace(/\s+/g, " ") });
  };

  const drawPaths = () => {
    byId("path-list").replaceChildren(
      ...paths.map((path, number) =>
        Dom.make(
          "li",
          {},
          Dom.make(
            "button",
            {
              type: "button",
              "aria-current": number === current ? "true" : undefined,
              onclick: () => takePath(number),
            },
            nameOf(path, number),
          ),
        ),
      ),
    );
  };

  const takePath = (number) => {
    choose(-1);
    current = number;
    now = { ...paths[number] };
    Settings.put(now.run.settings);
    draw();
    drawPaths();
    setState("done");
    byId("path-list").children[number].firstChild.focus();
    Dom.announce(flow.text);
  };

  /** Choisit un token (-1 : aucun) ; ses rivaux et son attention s’ouvrent à côté. */
  const choose = (number) => {
    if (state === "running") return;
    flow.choose(number);
    byId("walk").value = number + 1;
    const token = now.tokens[number];
    byId("walk").setAttribute(
      "aria-valuetext",
      token
        ? Words.say("walk.token", { word: Words.spelt(token.text), n: number + 1, all: now.tokens.length })
        : Words.say("walk.none"),
    );
    Look.show(number);
  };

  const edit = () => {
    choose(-1);
    setState("fresh");
    say("");
    byId("beginning").focus();
  };

  /** Met un texte gardé sur la page ; il se relit, et « Continuer » écrit sa suite. */
  const take = async ({ beginning: prompt, text: whole, settings, model: wanted }) => {
    if (state === "running") return;
    model = Network.model(wanted) ? wanted : model;
    byId("beginning").value = prompt;
    Settings.put(settings);
    const encoded = await Network.encode(model, prompt + whole);
    const probabilities = await Network.score(
      model,
      encoded.map((token) => token.id),
    );
    const start = (await Network.encode(model, prompt)).length;
    const tokens = encoded.map(({ id, text: piece }, i) => ({ id, text: piece, probability: probabilities[i] }));
    now = { tokens, given: start, run: { ...fresh(), settings }, fork: 0 };
    paths = [{ ...now }];
    current = 0;
    draw();
    drawPaths();
    setState("done");
    say(Words.say("state.taken"));
  };

  const build = (listener) => {
    onState = listener;
    model = Network.models[0].name;
    flow = new Flow(byId("story"), (number) => state === "done" && choose(number));
    byId("write").onclick = press;
    byId("more").onclick = goOn;
    byId("edit").onclick = edit;
    byId("share").onclick = () => Link.offer(now.run);
    byId("walk").oninput = (event) => choose(Number(event.target.value) - 1);
    byId("tints").onchange = (event) => {
      flow.tint(event.target.checked);
      show(byId("legend"), event.target.checked);
    };
    byId("beginning").onkeydown = (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) press();
    };
    byId("legend").append(
      ...LEVELS.map(({ name }) =>
        Dom.make(
          "li",
          {},
          Dom.make("span", { class: "token", "data-level": name }, Words.say(`level.${name}`)),
          ` ${Words.say(`level.${name}.range`)}`,
        ),
      ),
    );
    setState("fresh");
  };

  const settingsMoved = () => {
    if (state !== "done") return;
    touched = true;
    byId("write").textContent = Words.say("write.again");
  };

  return {
    build,
    begin,
    branch,
    choose,
    stop,
    take,
    settingsMoved,
    get flow() {
      return flow;
    },
    get model() {
      return now.run?.model ?? model;
    },
    get tokens() {
      return now.tokens;
    },
    get run() {
      return now.run;
    },
    /** Ce que l’on garde : le début et sa suite. */
    get kept() {
      const whole = now.tokens.map((token) => token.text);
      return {
        beginning: whole.slice(0, now.given).join(""),
        text: whole.slice(now.given).join(""),
        settings: now.run.settings,
        model: now.run.model,
      };
    },
    get state() {
      return state;
    },
    useModel: (name) => {
      model = name;
      settingsMoved();
    },
    text,
  };
})();
