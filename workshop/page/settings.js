"use strict";
// Les réglages : un curseur et un nombre pour chacun, les mêmes valeurs que workshop/generation/sampling.py.

const Settings = (() => {
  /** Bornes et pas ; « whole » : un entier. */
  const CONTROLS = {
    temperature: { low: 0.1, high: 2, step: 0.05 },
    topK: { low: 0, high: 200, step: 1, whole: true },
    topP: { low: 0.05, high: 1, step: 0.01 },
    length: { low: 1, high: 400, step: 1, whole: true },
    seed: { low: 0, high: 999999, step: 1, whole: true, slider: false },
  };
  const ORDINARY = { temperature: 0.8, topK: 0, topP: 0.9, length: 80, seed: 0 };
  const MANNERS = {
    calm: { temperature: 0.6, topK: 40, topP: 0.85 },
    even: { temperature: 0.8, topK: 0, topP: 0.9 },
    dreamy: { temperature: 1.2, topK: 0, topP: 0.97 },
  };

  const values = { ...ORDINARY };
  const fields = {};
  let changed = () => {};

  /** Lit une valeur écrite : le nombre, ou la phrase qui dit ce qui ne va pas. */
  const read = (name, typed) => {
    const { low, high, whole } = CONTROLS[name];
    const value = Words.number(String(typed));
    const good = value >= low && value <= high && (!whole || Number.isInteger(value));
    const bounds = { name: Words.say(`setting.${name}`), low: Words.french(low), high: Words.french(high) };
    const typedShown = Words.firstWords(String(typed), 20);
    return good
      ? { value }
      : { trouble: Words.say(whole ? "setting.whole" : "setting.bounds", { ...bounds, typed: typedShown }) };
  };

  /** Des réglages gardés ou reçus : tous là, et possibles. */
  const sound = (some) => Object.keys(CONTROLS).every((name) => read(name, String(some[name])).value !== undefined);

  const show = (name) => {
    const { text, slider, trouble } = fields[name];
    text.value = Words.french(values[name]).replace(/\s/g, "");
    text.removeAttribute("aria-invalid");
    trouble.textContent = "";
    if (slider) slider.value = values[name];
    if (slider) slider.setAttribute("aria-valuetext", text.value);
    for (const button of Dom.byId("manners").children) {
      const manner = MANNERS[button.dataset.manner];
      button.setAttribute("aria-pressed", String(Object.keys(manner).every((one) => manner[one] === values[one])));
    }
  };

  const put = (some) => {
    Object.assign(values, some);
    Object.keys(fields).forEach(show);
  };

  const move = (some) => {
    put(some);
    changed();
  };

  const typed = (name) => {
    const { text, trouble } = fields[name];
    const { value, trouble: said } = read(name, text.value);
    if (said) {
      text.setAttribute("aria-invalid", "true");
      trouble.textContent = said;
    } else if (value !== values[name]) move({ [name]: value });
    else show(name);
  };

  const control = (name) => {
    const { low, high, step, slider: sliding = true } = CONTROLS[name];
    const id = `setting-${name}`;
    const label = Words.say(`setting.${name}`);
    const text = Dom.make("input", {
      id,
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      "aria-describedby": `${id}-told ${id}-trouble`,
      onchange: () => typed(name),
    });
    const slider =
      sliding &&
      Dom.make("input", {
        type: "range",
        min: low,
        max: high,
        step,
        "aria-label": label,
        oninput: (event) => move({ [name]: Number(event.target.value) }),
      });
    const die =
      !sliding &&
      Dom.make("button", { type: "button", id: "die", onclick: () => move({ seed: draw() }) }, Words.say("setting.die"));
    const trouble = Dom.make("p", { id: `${id}-trouble`, class: "trouble", role: "alert" });
    fields[name] = { text, slider, trouble };
    return Dom.make(
      "div",
      { class: "control" },
      Dom.make("label", { for: id }, label),
      text,
      slider || die,
      Dom.make("p", { id: `${id}-told`, class: "told" }, Words.say(`setting.${name}.told`)),
      trouble,
    );
  };

  const draw = () => Math.floor(Math.random() * (CONTROLS.seed.high + 1));

  /** Dessine les réglages ; onChange() est appelée quand l’un d’eux bouge. */
  const build = (onChange) => {
    changed = onChange;
    const manners = Object.keys(MANNERS).map((name) =>
      Dom.make(
        "button",
        { type: "button", "data-manner": name, "aria-pressed": "false", onclick: () => move(MANNERS[name]) },
        Words.say(`manner.${name}`),
      ),
    );
    Dom.byId("settings-body").append(
      Dom.make("p", { class: "label", "aria-hidden": "true" }, Words.say("manners")),
      Dom.make("div", { class: "manners", id: "manners", role: "group", "aria-label": Words.say("manners") }, ...manners),
      Dom.make("div", { class: "controls" }, ...Object.keys(CONTROLS).map(control)),
    );
    put({});
  };

  /** Les réglages en une ligne : « température 0,8 · top-p 0,9 · … ». Ceux qui n’agissent pas n’y sont pas. */
  const said = (some) =>
    Object.keys(CONTROLS)
      .filter((name) => !(name === "topK" && some.topK === 0) && !(name === "topP" && some.topP === 1))
      .map((name) => `${Words.say(`setting.${name}`).toLowerCase()} ${Words.french(some[name]).replace(/\s/g, "\u202f")}`)
      .join(" · ");

  return { CONTROLS, ORDINARY, MANNERS, build, read, sound, put, draw, said, get: () => ({ ...values }) };
})();
