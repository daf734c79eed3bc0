"use strict";
// L’histoire : un début, une suite qui arrive token par token, et les chemins qu’elle a pris.

const Story = (() => {
  const { byId, show } = Dom;
  let flow;
  let onState = () => {};
  // tokens : { id, text, probability } ; given : combien sont le début ; run : ce qui refait ce texte ;
  // fork : où il a quitté un autre chemin.
  let now = { tokens: [], given: 0, run: null, fork: 0 };
  let paths = [];
  let current = 0;
  let state = "fresh"; // fresh : un début à écrire ; running : ça s’écrit ; done : une histoire à lire
  let request = null;
  let pace = null;
  let ongoing = Promise.resolve();
  let stopping = false;
  let touched = false;
  let model = "";

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
  const write = (run, options) => {
    if (state !== "running") ongoing = generate(run, options ?? {});
    return ongoing;
  };

  const generate = async (run, { place = current, others = paths, fork = now.fork }) => {
    stopping = false;
    request = null;
    touched = false;
    choose(-1);
    setState("running");
    say(Words.say("state.waking"));
    const before = { now, paths, current };
    now = { tokens: [], given: 0, run, fork };
    paths = [...others];
    paths[place] = now;
    current = place;
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
            // d’un long texte, il n’a pas tout relu : ce que l’on savait déjà reste
            const known = (id, i) => (before.now.tokens[i]?.id === id ? before.now.tokens[i].probability : null);
            now.tokens = tokens.map(({ id, text: piece, probability }, i) => ({
              id,
              text: piece,
              probability: probability ?? known(id, i),
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
      finish(done);
    } catch (error) {
      if (before.now.tokens.length || !now.tokens.length) ({ now, paths, current } = before);
      draw();
      setState(now.tokens.length ? "done" : "fresh");
      say(Network.complaint(error));
      Dom.announce(Network.complaint(error));
    }
  };

  const finish = ({ reason, tokensPerSecond }) => {
    const added = now.tokens.length - (now.run.ids ? now.run.ids.length : now.given);
    if (stopping && added) now.run = { ...now.run, settings: { ...now.run.settings, length: added } }; // le lien s’arrêtera là aussi
    settle();
    setState("done");
    Draft.save();
    const speed =
      tokensPerSecond > 0 && added > 5
        ? ` ${Words.say("state.speed", { speed: Words.french(Math.round(tokensPerSecond)) })}`
        : "";
    const ended = reason === "end" ? ` ${Words.say("state.end")}` : "";
    say((added ? Words.count("state.done", added) : Words.say("state.nothing")) + speed + ended);
    Dom.announce(`${Words.say("state.announce")} ${flow.text}`);
  };

  /** Range le texte qui est là parmi les chemins. */
  const settle = () => {
    paths = Paths.settled(paths, current, { ...now });
    current = paths.findIndex((one) => one.tokens === now.tokens);
    Paths.draw(paths, current, takePath);
  };

  /** Une nouvelle histoire : celle qui est là reste un des chemins. */
  const begin = (run) => write(run, { place: paths.length, others: paths, fork: 0 });

  const beginning = () => byId("beginning").value;
  const fresh = () => ({ prompt: beginning(), settings: Settings.get(), model });

  const press = () => {
    if (state === "running") return stop();
    if (state === "done" && !touched) Settings.put({ seed: Settings.draw() });
    begin(fresh());
  };

  /** Arrête d’écrire ; ce qui est écrit reste. La promesse est tenue quand c’est fait. */
  const stop = () => {
    if (state === "running") {
      stopping = true;
      pace.drop();
      if (request !== null) Network.stop(request);
    }
    return ongoing;
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

  const takePath = (number) => {
    showPath(number);
    byId("path-list").children[number].firstChild.focus();
    Dom.announce(flow.text);
  };

  /** Remet sur la page des chemins qu’elle avait. */
  const back = (list, number) => {
    paths = list;
    showPath(Math.max(0, number));
    say(Words.say("state.back"));
  };

  const showPath = (number) => {
    choose(-1);
    current = number;
    now = { ...paths[number] };
    useModel(now.run.model);
    Settings.put(now.run.settings);
    draw();
    Paths.draw(paths, current, takePath);
    setState("done");
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
  const take = async ({ beginning: prompt, text: whole, settings, model: wanted, start }) => {
    await stop();
    const there = Network.model(wanted);
    if (there) useModel(wanted);
    byId("beginning").value = start?.prompt ?? prompt;
    Settings.put(settings);
    const encoded = await Network.encode(model, prompt + whole);
    const probabilities = await Network.score(model, ids(encoded));
    const given = (await Network.encode(model, prompt)).length;
    const path = there && start && Link.soundPath(start.ids, start.given, there) ? start : {};
    now = {
      tokens: encoded.map((token, i) => ({ ...token, probability: probabilities[i] })),
      given,
      run: { ...fresh(), ...path, settings },
      fork: 0,
    };
    current = paths.length;
    choose(-1);
    draw();
    settle();
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
    byId("write").disabled = false;
    say("");
    setState("fresh");
  };

  /** Qui écrira la suite. */
  const useModel = (name) => {
    model = name;
    if (byId("model")) byId("model").value = name;
  };

  const settingsMoved = () => {
    if (state !== "done") return;
    touched = true;
    byId("write").textContent = Words.say("write.again");
  };

  // prettier-ignore
  return {
    build, back, begin, say, branch, choose, edit, stop, take, useModel, settingsMoved,
    get flow() { return flow; },
    get model() { return now.run?.model ?? model; },
    get tokens() { return now.tokens; },
    get run() { return now.run; },
    /** Ce que l’on garde : le début et sa suite. */
    get kept() {
      const whole = now.tokens.map((token) => token.text);
      return {
        beginning: whole.slice(0, now.given).join(""),
        text: whole.slice(now.given).join(""),
        settings: now.run.settings,
        model: now.run.model,
        start: { prompt: now.run.prompt, ids: now.run.ids, given: now.run.given },
      };
    },
    get state() { return state; },
    get draft() { return { paths: paths.filter((one) => one.tokens.length), current }; },
  };
})();
