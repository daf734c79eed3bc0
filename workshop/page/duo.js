"use strict";
// Côte à côte : le même début, la même graine, deux modèles (ou deux manières du même).

const Duo = (() => {
  let root;
  let sides = [];
  let running = 0;
  let written = ""; // ce qui a été demandé la dernière fois

  const select = (id, label, options, chosen) => {
    const list = Dom.make(
      "select",
      { id },
      ...options.map(([value, name]) => Dom.make("option", { value, selected: value === chosen }, name)),
    );
    return [list, Dom.make("div", { class: "control" }, Dom.make("label", { for: id }, label), list)];
  };

  const side = (number) => {
    const { models } = Network;
    const two = models.length > 1;
    const manners = Object.keys(Settings.MANNERS).map((name) => [name, Words.say(`manner.${name}`)]);
    const [model, modelField] = select(
      `duo-model-${number}`,
      Words.say("duo.model"),
      models.map(({ name, title }) => [name, title]),
      models[two ? number : 0].name,
    );
    const [manner, mannerField] = select(
      `duo-manner-${number}`,
      Words.say("manners"),
      manners,
      two ? "even" : ["calm", "dreamy"][number],
    );
    const text = Dom.make("div", { class: "prose tinted", lang: "fr" });
    const state = Dom.make("p", { class: "told" });
    const title = `duo-side-${number}`;
    const element = Dom.make(
      "section",
      { class: "side", "aria-labelledby": title },
      Dom.make("h2", { id: title }, Words.say(number ? "duo.right" : "duo.left")),
      two && modelField,
      mannerField,
      state,
      text,
    );
    return { element, model, manner, text, state, flow: new Flow(text), request: null, tokens: [], given: 0 };
  };

  const write = async (one, prompt, seed) => {
    const settings = { ...Settings.get(), ...Settings.MANNERS[one.manner.value], seed };
    one.tokens = [];
    one.state.textContent = Words.say("state.writing");
    one.pace = new Pace((token) => {
      one.tokens.push(token);
      one.flow.show(one.tokens, one.given);
    });
    try {
      await Network.generate(
        { model: one.model.value, prompt, settings },
        {
          started: (id) => {
            one.request = id;
          },
          onPrompt: (tokens) => {
            one.tokens = tokens.map((token) => ({ ...token, probability: null }));
            one.given = tokens.length;
            one.flow.show(one.tokens, one.given);
          },
          onToken: (token) => one.pace.push(token),
        },
      );
      await one.pace.empty;
      one.state.textContent = Settings.said(settings);
    } catch (error) {
      one.state.textContent = Network.complaint(error);
    }
  };

  const press = async (button, prompt, seed) => {
    if (running)
      return sides.forEach((one) => {
        one.pace.drop();
        Network.stop(one.request);
      });
    const wanted = () => JSON.stringify([prompt.value, seed.value, ...sides.flatMap((one) => [one.model.value, one.manner.value])]);
    if (wanted() === written) seed.value = String(Settings.draw()); // rien n’a changé : ce serait le même texte
    const { value, trouble } = Settings.read("seed", seed.value);
    if (trouble) {
      Dom.notice(trouble);
      return seed.focus();
    }
    written = wanted();
    running = sides.length;
    button.textContent = Words.say("write.stop");
    await Promise.all(sides.map((one) => write(one, prompt.value, value)));
    running = 0;
    button.textContent = Words.say("duo.write");
    Dom.announce(sides.map((one, i) => `${Words.say(i ? "duo.right" : "duo.left")} : ${one.flow.text}`).join(" "));
  };

  const open = (element) => {
    if (root) return;
    root = element;
    const prompt = Dom.make("textarea", {
      id: "duo-beginning",
      class: "prose",
      rows: 1,
      maxlength: 4000,
      lang: "fr",
      spellcheck: "false",
      oninput: () => Dom.fit(prompt),
    });
    prompt.value = Dom.byId("beginning").value;
    const seed = Dom.make("input", {
      id: "duo-seed",
      type: "text",
      inputmode: "numeric",
      autocomplete: "off",
      value: String(Settings.get().seed),
    });
    sides = [side(0), side(1)];
    const button = Dom.make(
      "button",
      { class: "primary", type: "button", onclick: () => press(button, prompt, seed) },
      Words.say("duo.write"),
    );
    const die = Dom.make(
      "button",
      {
        class: "quiet",
        type: "button",
        onclick: () => {
          seed.value = String(Settings.draw());
        },
      },
      Words.say("setting.die"),
    );
    root.append(
      Dom.make("label", { for: "duo-beginning", class: "hush" }, Words.say("beginning")),
      prompt,
      Dom.make("div", { class: "actions" }, button, Dom.make("label", { for: "duo-seed" }, Words.say("setting.seed")), seed, die),
      Dom.make("div", { class: "sides" }, ...sides.map((one) => one.element)),
    );
    Dom.fit(prompt);
  };

  return { open };
})();
