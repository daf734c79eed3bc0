// Runs what the page's Worker runs, under Node: `node engine.cjs JOB.json` prints one JSON answer.
//
// A job: { source: worker-source, models: [{name, config, tensors, weights: base64}], tokenizer, then what is wanted:
//   requests: [{…}]      messages sent one after the other, each once the one before is answered; → answers: [[messages]…]
//                        (a request with `stopAfter: n` is followed by a « stop » when n of its tokens have come;
//                        `together: true` sends them all at once)
//   logits: [[ids]…]     → logits: [[scores after each token]…], of the first model
//   bits: [[ids]…]       → nats: the negative log-likelihood of all tokens but the first, window after window
"use strict";
const fs = require("node:fs");
const vm = require("node:vm");

const job = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const listeners = [];
const self = { postMessage: (message) => listeners.forEach((listen) => listen(structuredClone(message))) };
globalThis.self = self; // a context of its own would be ten times slower
vm.runInThisContext(job.source, { filename: "worker-source.js" });

const LAST = new Set(["ready", "done", "rivals", "attention", "score", "encoded", "error"]);

function ask({ stopAfter, ...request }) {
  return new Promise((resolve) => {
    const messages = [];
    listeners.push((message) => {
      if (message.id !== request.id) return;
      messages.push(message.weights ? { ...message, weights: [...message.weights] } : message);
      if (message.type === "token" && message.token.index + 1 === stopAfter) self.onmessage({ data: { type: "stop", id: request.id } });
      if (LAST.has(message.type)) resolve(messages);
    });
    self.onmessage({ data: request });
  });
}

async function main() {
  const answer = { ready: await ask({ type: "load", id: "load", models: job.models, tokenizer: job.tokenizer }) };
  if (job.requests) {
    const numbered = job.requests.map((request, n) => ({ id: n, ...request }));
    answer.answers = [];
    if (job.together) answer.answers = await Promise.all(numbered.map(ask));
    else for (const request of numbered) answer.answers.push(await ask(request));
  }
  const model = () => vm.runInThisContext(`models.get(${JSON.stringify(job.models[0].name)})`);
  if (job.logits) {
    const { gpt2 } = model();
    answer.logits = job.logits.map((ids) => {
      const cache = gpt2.cache();
      return ids.map((id) => [...gpt2.scores(gpt2.read(id, cache))]);
    });
  }
  if (job.bits) {
    const { gpt2 } = model(), softmax = vm.runInThisContext("softmax");
    answer.nats = 0;
    for (const { ids, from } of job.bits) {
      const cache = gpt2.cache();
      ids.forEach((id, n) => {
        if (n >= from) answer.nats -= Math.log(softmax(gpt2.scores(answer.vector))[id]);
        answer.vector = n + 1 < ids.length ? gpt2.read(id, cache) : null;
      });
    }
    delete answer.vector;
  }
  process.stdout.write(JSON.stringify(answer), () => process.exit(0));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
