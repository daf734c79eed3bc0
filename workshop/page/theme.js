// Clair ou sombre : choisi avant que la page se dessine, pour qu’elle ne clignote pas.
// (Sans « const » ni flèche : un vieux navigateur lit aussi ceci.)
var Theme = (function () {
  var root = document.documentElement;
  var KEY = "atelier.theme";
  var chosen = null;
  var wanted = window.matchMedia ? window.matchMedia("(prefers-color-scheme: dark)") : { matches: false };

  function now() {
    return chosen || (wanted.matches ? "dark" : "light");
  }
  function show() {
    root.setAttribute("data-theme", now());
  }
  try {
    chosen = { light: "light", dark: "dark" }[localStorage.getItem(KEY)] || null;
  } catch (refused) {
    /* pas de mémoire dans ce navigateur : on suit le système */
  }
  show();
  if (wanted.addEventListener) wanted.addEventListener("change", show);

  return {
    isDark: function () {
      return now() === "dark";
    },
    toggle: function () {
      chosen = now() === "dark" ? "light" : "dark";
      show();
      try {
        localStorage.setItem(KEY, chosen);
      } catch (refused) {
        /* le choix tient jusqu’à la fermeture */
      }
    },
  };
})();
