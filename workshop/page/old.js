// La page est-elle partie ? Un navigateur trop ancien bute sur les fichiers d’avant : il arrive ici sans que « Page » existe.
// Le réseau, dans son Worker, demande aussi « findLastIndex » et les expressions « (?<=…) » : celles-ci sont dans les fichiers d’avant.
if (typeof Page === "undefined" || !Page.started || !Array.prototype.findLastIndex) {
  document.getElementById("old").removeAttribute("hidden");
  document.getElementById("main").setAttribute("hidden", "");
  document.getElementsByTagName("nav")[0].setAttribute("hidden", "");
}
