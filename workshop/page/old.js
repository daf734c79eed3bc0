// La page est-elle partie ? Un navigateur trop ancien bute sur les fichiers d’avant : il arrive ici sans que « Page » existe.
// Dans son Worker, le réseau demande aussi « findLastIndex », et les expressions « (?<=…) » que les fichiers d’avant emploient.
if (typeof Page === "undefined" || !Page.started || !Array.prototype.findLastIndex) {
  document.getElementById("old").removeAttribute("hidden");
  document.getElementById("main").setAttribute("hidden", "");
  document.getElementsByTagName("nav")[0].setAttribute("hidden", "");
}
