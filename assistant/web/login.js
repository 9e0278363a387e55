// The sign-in page: exchanges a token for a cookie, and shows the page that was asked for.
(() => {
  "use strict";
  const form = document.querySelector("[data-login]");
  const words = JSON.parse(document.getElementById("archive-words").textContent);
  const say = (key) => words[key][document.documentElement.dataset.language === "id" ? 0 : 1];
  const refusals = { 401: "wrong_token", 429: "guesses" };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const token = new FormData(form).get("token").trim();
    let status = 0;
    try {
      ({ status } = await fetch("/api/session", { method: "POST", headers: { Authorization: `Bearer ${token}` } }));
    } catch { /* said below */ }
    if (status === 204) location.reload();
    else form.querySelector("[data-told]").textContent = say(refusals[status] ?? "unreachable");
  });
})();
