/* worker.js : ce que la page demande au réseau, et ce qu’il répond. Tout se calcule ici, à côté de la page, qui reste vive.

   Chaque demande porte un `id`, que la réponse reprend. Entre deux tokens on écoute : « stop » est entendu tout de suite, et
   plusieurs textes peuvent s’écrire en même temps. */
"use strict";

const models = new Map();
let vocabulary = null;

/** Une demande à laquelle on ne peut pas répondre. `code` : « prompt », « settings » ou « model » ; `detail` dit lequel. */
class Refusal extends Error {
  constructor(code, detail) {
    super(`${code}: ${detail}`);
    Object.assign(this, { code, detail });
  }
}

// Entre deux tokens -------------------------------------------------------------------------------------------------------

const running = new Set(), stopped = new Set(); // les demandes en cours, et celles qu’il faut arrêter
const { port1, port2 } = new MessageChannel();
const waiting = [];
port1.onmessage = () => waiting.shift()();

/** Laisse passer les messages arrivés entre-temps (un setTimeout ferait perdre quatre millisecondes à chaque token). */
const breathe = () => new Promise((resume) => {
  waiting.push(resume);
  port2.postMessage(null);
});

// Lire --------------------------------------------------------------------------------------------------------------------

/** Où commence ce que le modèle voit encore d’un texte de `length` tokens. Ses positions sont comptées : quand elles sont
    toutes prises, il relit la dernière moitié du texte et continue (comme Gpt2Writer, dans workshop/generation). */
function windowStart(length, positions) {
  const step = positions + 1 - Math.max(1, positions >> 1);
  return length <= positions ? 0 : step * Math.ceil((length - positions) / step);
}

/** Combien de tokens deux suites ont en commun, depuis leur début. */
function shared(some, others) {
  const different = some.findIndex((token, n) => token !== others[n]);
  return different < 0 ? some.length : different;
}

/** Les octets que le texte « base64 » de la page représente. */
function decoded(base64) {
  const signs = atob(base64), bytes = new Uint8Array(signs.length);
  for (let n = 0; n < bytes.length; n++) bytes[n] = signs.charCodeAt(n);
  return bytes.buffer;
}

/** Un modèle et ses lectures : chacune garde son cache, ce qu’elle a trouvé probable en lisant, et les scores du suivant. */
class Reader {
  constructor({ config, tensors, weights }) {
    this.gpt2 = new GPT2(config, unpack(typeof weights === "string" ? decoded(weights) : weights, tensors));
    this.positions = config.n_positions;
    this.parameters = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0);
    this.ends = new Set([config.eos_token_id].flat());
    this.first = config.bos_token_id ?? [...this.ends][0] ?? 0;
    this.readings = []; // celles dont personne ne se sert
  }

  newReading() {
    return { cache: this.gpt2.cache(), chances: [], scores: null };
  }

  /** Prête à `use` la lecture libre qui a déjà lu le plus long début de ces tokens, ou une neuve. */
  async lend(ids, use) {
    const seen = ids.slice(windowStart(ids.length, this.positions));
    const length = (reading) => (reading ? shared(reading.cache.tokens, seen) : 0);
    const best = this.readings.reduce((best, one) => (length(one) > length(best) ? one : best), null);
    const reading = best ?? this.newReading();
    this.readings = this.readings.filter((one) => one !== best);
    try {
      return await use(reading);
    } finally {
      this.readings = [reading, ...this.readings].slice(0, 3);
    }
  }

  /** Lit ces tokens (ceux que le modèle voit encore), sans relire les premiers si cette lecture les a lus, et rend les scores
      du suivant ; rien si `request` est arrêtée. Avec `scored`, elle note aussi combien chaque token lu était probable. */
  async follow(ids, reading, { request = null, scored = false } = {}) {
    const { cache, chances } = reading, seen = ids.slice(windowStart(ids.length, this.positions));
    let common = shared(cache.tokens, seen);
    if (common < cache.tokens.length) reading.scores = null;
    if (common === seen.length && !reading.scores) common--; // le dernier est relu : il faut ses scores
    cache.rewind(common);
    chances.length = common;
    for (let n = common; n < seen.length; n++) {
      chances[n] = reading.scores ? softmax(reading.scores)[seen[n]] : null;
      const vector = this.gpt2.read(seen[n], cache);
      reading.scores = scored || n === seen.length - 1 ? this.gpt2.scores(vector) : null;
      await breathe();
      if (stopped.has(request)) return null;
    }
    return reading.scores;
  }

  /** Combien chaque token était probable, d’après cette lecture de `ids` : null pour le premier, et pour ceux d’avant. */
  chances(ids, reading) {
    const start = windowStart(ids.length, this.positions);
    return ids.map((_, n) => reading.chances[n - start] ?? null);
  }
}

// Répondre ----------------------------------------------------------------------------------------------------------------

const RULES = {
  temperature: (value) => value > 0,
  topK: (value) => value >= 0 && Number.isInteger(value),
  topP: (value) => value > 0 && value <= 1,
  length: (value) => value >= 1 && Number.isInteger(value),
  seed: (value) => value >= 0 && value < 2 ** 32 && Number.isInteger(value),
  repetitionPenalty: (value) => value > 0,
};

function checked(settings) {
  const wrong = Object.keys(RULES).find((name) => name in settings && !(Number.isFinite(settings[name]) && RULES[name](settings[name])));
  if (wrong) throw new Refusal("settings", wrong);
  return settings;
}

function readerOf({ model }) {
  if (!models.has(model)) throw new Refusal("model", model);
  return models.get(model);
}

/** Les tokens d’une demande : ceux qu’elle donne, ou ceux de son texte. Chaque token apporte son espace : celles de la fin du
    texte sont retirées. Sans texte, on part de la marque qui sépare les livres. */
function idsOf({ tokens, prompt }, { gpt2, first }) {
  if (prompt !== undefined && !tokens) {
    const ids = vocabulary.encode(String(prompt).replace(/[ \u00a0]+$/, ""));
    return ids.length ? ids : [first];
  }
  const sound = (id) => Number.isInteger(id) && id >= 0 && id < gpt2.config.vocab_size;
  if (!Array.isArray(tokens) || !tokens.length || !tokens.every(sound)) throw new Refusal("prompt", "tokens");
  return [...tokens];
}

const described = (ids, chances) => vocabulary.pieces(ids).map((text, n) => ({ id: ids[n], text, ...(chances && { probability: chances[n] }) }));

const ANSWERS = {
  load({ tokenizer, models: given }) {
    const start = performance.now();
    vocabulary = new Vocabulary(tokenizer, tokenizers);
    for (const one of given) models.set(one.name, new Reader(one));
    const ready = Array.from(models, ([name, { parameters, positions }]) => ({ name, parameters, positions }));
    return { type: "ready", milliseconds: performance.now() - start, models: ready };
  },

  generate(request, say) {
    const reader = readerOf(request), ids = idsOf(request, reader), asked = performance.now();
    const settings = checked({ length: 80, seed: 0, ...request.settings }), random = seededRandom(settings.seed);
    return reader.lend(ids, async (reading) => {
      let scores = await reader.follow(ids, reading, { request: request.id, scored: true });
      say({ type: "prompt", tokens: described(ids, reader.chances(ids, reading)) });
      const start = performance.now(), text = vocabulary.reader();
      let index = 0, reason = "length";
      while (scores && index < settings.length) {
        const id = draw(distribution(scores, settings, ids), random);
        if (reader.ends.has(id)) {
          reason = "end";
          break;
        }
        ids.push(id);
        say({ type: "token", token: { id, text: text(id), probability: softmax(scores)[id], index: index++ } });
        scores = await reader.follow(ids, reading, { request: request.id });
      }
      const seconds = (performance.now() - asked) / 1000, tokensPerSecond = (1000 * index) / (performance.now() - start);
      return { type: "done", reason: scores ? reason : "stopped", seconds, tokensPerSecond };
    });
  },

  rivals(request) {
    const reader = readerOf(request), ids = idsOf(request, reader), settings = request.settings && checked(request.settings);
    return reader.lend(ids, async (reading) => {
      const scores = await reader.follow(ids, reading, { scored: true }), natural = softmax(scores);
      const kept = settings && distribution(scores, settings, ids);
      const best = Array.from(natural.keys()).sort((a, b) => natural[b] - natural[a]).slice(0, request.count ?? 10);
      const rival = (id) => ({ id, text: vocabulary.spell(id), probability: natural[id], ...(kept && { kept: kept[id] }) });
      return { type: "rivals", rivals: best.map(rival) };
    });
  },

  attention(request) {
    const reader = readerOf(request), ids = idsOf(request, reader).slice(0, request.position + 1);
    const { n_layer: layers, n_head: heads } = reader.gpt2.config;
    return reader.lend(ids, async (reading) => {
      await reader.follow(ids, reading, { scored: true });
      const weights = new Float32Array(layers * heads * ids.length), hidden = windowStart(ids.length, reader.positions);
      reading.cache.attention.forEach((head, n) => weights.set(head, n * ids.length + hidden)); // ce qu’il ne voit plus vaut 0
      return { type: "attention", layers, heads, weights };
    });
  },

  async score(request) {
    const reader = readerOf(request), ids = idsOf(request, reader), probabilities = [];
    const half = Math.max(1, reader.positions >> 1); // ce qui ne tient pas dans les positions est lu par morceaux
    for (let end = Math.min(ids.length, reader.positions); ; end = Math.min(ids.length, end + half)) {
      const start = ids.slice(0, end), reading = reader.newReading();
      if (!(await reader.follow(start, reading, { request: request.id, scored: true }))) return { type: "done", reason: "stopped" };
      reader.chances(start, reading).forEach((chance, n) => (probabilities[n] ??= chance));
      if (end === ids.length) return { type: "score", probabilities };
    }
  },

  encode({ text }) {
    return { type: "encoded", tokens: described(vocabulary.encode(text)) };
  },
};

self.onmessage = async ({ data: request }) => {
  const { type, id } = request, say = (message) => self.postMessage({ ...message, id });
  if (type === "stop") {
    if (running.has(id)) stopped.add(id);
    return;
  }
  running.add(id);
  try {
    say(await ANSWERS[type](request, say));
  } catch (error) {
    say({ type: "error", code: error.code ?? "internal", detail: error.detail ?? String(error) });
  } finally {
    running.delete(id);
    stopped.delete(id);
  }
};
