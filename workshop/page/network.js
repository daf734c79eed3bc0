"use strict";
// Le réseau de neurones tourne dans un « Worker », un second fil : la page reste vive pendant qu’il calcule.
// Ici, on lui écrit et on attend ses réponses ; ce qu’il fait est dans gpt2.js.

const Network = (() => {
  const models = Dom.dictionary("models");
  const waiting = new Map(); // numéro de la demande -> ce qu’il faut faire de ses réponses
  let worker = null;
  let last = 0;

  /** Envoie une demande ; la promesse est tenue à la dernière réponse, dont le type est « ends ». */
  const ask = (message, ends, { heard = () => {}, started = () => {} } = {}) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, (answer) => {
        if (answer.type === "error") reject(Object.assign(new Error(answer.detail || answer.code), { code: answer.code }));
        else if (answer.type === ends) resolve(answer);
        else return heard(answer);
        waiting.delete(id);
      });
      worker.postMessage({ ...message, id });
      started(id);
    });

  /** Met le réseau en route : ses poids quittent la page pour le Worker. */
  const load = () => {
    const source = new Blob([Dom.byId("worker-source").textContent], { type: "text/javascript" });
    worker = new Worker(URL.createObjectURL(source));
    worker.onmessage = ({ data }) => waiting.get(data.id)?.(data);
    worker.onerror = (event) => {
      event.preventDefault();
      for (const heard of [...waiting.values()]) heard({ type: "error", code: "internal", detail: event.message });
    };
    const whole = models.map((model) => ({ ...model, weights: Dom.byId(`weights-${model.name}`).textContent }));
    return ask({ type: "load", models: whole, tokenizer: Dom.dictionary("tokenizer") }, "ready");
  };

  const ready = new Promise((resolve, reject) => {
    // un tour de boucle d’abord : la page se dessine avant que les poids partent
    setTimeout(() => {
      try {
        load().then(resolve, reject);
      } catch (error) {
        reject(error);
      }
    });
  });
  ready.catch(() => {}); // chacun de ceux qui attendent le dira

  const after =
    (call) =>
    (...given) =>
      ready.then(() => call(...given));

  return {
    models,
    ready,
    model: (name) => models.find((model) => model.name === name),
    /** Écrit la suite : onPrompt(tokens), puis onToken(token) pour chacun ; started(id) donne de quoi l’arrêter. */
    generate: after((request, { onPrompt = () => {}, onToken = () => {}, started } = {}) => {
      const heard = ({ type, tokens, token }) => (type === "prompt" ? onPrompt(tokens) : onToken(token));
      return ask({ type: "generate", ...request }, "done", { heard, started });
    }),
    stop: (id) => worker?.postMessage({ type: "stop", id }),
    rivals: after((model, tokens, count, settings) =>
      ask({ type: "rivals", model, tokens, count, settings }, "rivals").then((answer) => answer.rivals),
    ),
    attention: after((model, tokens, position) => ask({ type: "attention", model, tokens, position }, "attention")),
    score: after((model, tokens) => ask({ type: "score", model, tokens }, "score").then((answer) => answer.probabilities)),
    encode: after((model, text) => ask({ type: "encode", model, text }, "encoded").then((answer) => answer.tokens)),
    /** La phrase qui dit ce qui n’a pas marché. */
    complaint: (error) =>
      Words.say(`error.${error.code}` in Words.texts ? `error.${error.code}` : "error.internal", { detail: error.message }),
  };
})();
