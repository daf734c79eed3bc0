// La page est-elle partie ? Un navigateur trop ancien bute sur les fichiers d’avant : il arrive ici sans que « Page » existe.
if (typeof Page === "undefined" || !Page.started) {
  document.getElementById("old").removeAttribute("hidden");
  document.getElementById("main").setAttribute("hidden", "");
  document.getElementsByTagName("nav")[0].setAttribute("hidden", "");
}
