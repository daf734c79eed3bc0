// Avant le noyau, et sans lui : une histoire enregistrée qui s’écrit, six débuts, et ce que la page dit quand le réseau se tait.
(() => {
  const TOKEN = 55; // millièmes de seconde entre deux tokens de l’histoire enregistrée
  const byId = (id) => document.getElementById(id);
  document.documentElement.lang = "fr";

  // Clair ou sombre, comme le système, et quand il change
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => (document.body.dataset.jpThemeLight = String(!dark.matches));
  dark.addEventListener("change", follow);
  follow();

  // L’histoire enregistrée
  const recorded = JSON.parse(byId("recorded").textContent);
  const replay = byId("replay");
  byId("replay-seed").textContent = recorded.seed;
  const add = (number) => {
    const span = replay.appendChild(document.createElement("span"));
    span.textContent = recorded.texts[number];
    if (number) span.className = `l${recorded.levels[number - 1]}`;
  };
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) recorded.texts.forEach((_, number) => add(number));
  else {
    add(0);
    let number = 1;
    const clock = setInterval(() => (number < recorded.texts.length ? add(number++) : clearInterval(clock)), TOKEN);
  }
  const begun = () => (byId("opening").hidden = true);
  addEventListener("atelier-story", begun);

  // JupyterLab pose sa coquille au bout de la page : sa place est au milieu
  new MutationObserver((_, watcher) => {
    const shell = document.querySelector("body > #main");
    if (!shell) return;
    watcher.disconnect();
    document.querySelector("main").append(shell);
  }).observe(document.body, { childList: true });

  // Les six débuts : choisis avant que le noyau soit là, ils l’attendent
  let ready = false;
  const buttons = [...document.querySelectorAll("#beginnings button")];
  for (const button of buttons)
    button.addEventListener("click", () => {
      if (ready) {
        dispatchEvent(new CustomEvent("atelier-begin", { detail: button.textContent }));
        document.querySelector(".atelier-buttons")?.scrollIntoView({ block: "start" });
      } else {
        window.atelierBegin = button.textContent;
        byId("wake").textContent = "Le réseau de neurones se réveille… Il commencera par ce début.";
        for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
      }
    });
  addEventListener("atelier-ready", () => {
    ready = true;
    byId("wake").hidden = true;
    for (const one of buttons) one.removeAttribute("aria-pressed");
  });

  // Le noyau, ou le serveur, qui se tait
  const config = () => JSON.parse(byId("jupyter-config-data").textContent);
  const api = (path) => `${config().baseUrl}${path}`;
  const cookie = (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
  async function answers() {
    try {
      await fetch(api(`api/kernels/${config().kernelId}`), { cache: "no-store", signal: AbortSignal.timeout(1000) });
      return true; // whatever it says, somebody said it
    } catch (silence) {
      return false;
    }
  }
  const SAID = {
    kernel: "Le réseau de neurones ne répond plus. Votre texte est toujours là : « Recommencer » en réveille un autre et le reprend.",
    server: "Le serveur de cette page s’est arrêté. Votre texte est toujours là, et ce navigateur le garde : relancez « make app », puis « Recommencer ».",
    still: "Le serveur ne répond toujours pas : relancez « make app » dans le terminal. Votre texte reste ici.",
  };
  let told = "";
  const tell = (kind) => {
    byId("trouble").hidden = !kind;
    const said = (SAID[kind] ?? "").replace(/ ([:;!?»])/g, "\u00a0$1").replace(/« /g, "«\u00a0");
    if (told !== kind) byId("trouble-said").textContent = said;
    told = kind;
  };
  addEventListener("atelier-silence", async () => {
    const kind = (await answers()) ? "kernel" : "server";
    if (told !== "still" || kind === "kernel") tell(kind);
  });
  addEventListener("atelier-answer", () => tell(""));
  let waking = setTimeout(() => { // ten times what it takes: the kernel has not come at all
    if (!ready) dispatchEvent(new CustomEvent("atelier-silence"));
  }, 90000);
  addEventListener("atelier-ready", () => clearTimeout(waking));
  onClick("trouble-again", async () => ((await answers()) ? location.reload() : tell("still")));
  onClick("trouble-copy", async (button) => {
    const [story, beginning] = [".atelier-text", ".atelier-start textarea"].map((one) => document.querySelector(one));
    const text = story?.innerText || beginning?.value || "";
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copié";
    } catch (refused) {
      if (story?.innerText) getSelection().selectAllChildren(story);
      else beginning?.select();
      button.textContent = "Le texte est choisi : Ctrl+C";
    }
  });
  function onClick(id, act) { // what stands below this script
    addEventListener("click", ({ target }) => target.id === id && act(target));
  }

  // Qui s’en va rend son noyau
  addEventListener("pagehide", ({ persisted }) => {
    if (persisted || !byId("jupyter-config-data")) return;
    const form = new FormData();
    form.set("_xsrf", decodeURIComponent(cookie("_xsrf").replace(/^"|"$/g, "")));
    navigator.sendBeacon(api(`voila/api/shutdown/${config().kernelId}`), form);
  });
})();
