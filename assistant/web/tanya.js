// What moves on all of Tanya's pages: the language switch and the marks in an article.
// Loaded in the head, before the first paint, so that the page never shows in the wrong language.
(() => {
  "use strict";
  const root = document.documentElement;
  const LANGUAGES = ["id", "en"];

  // ---- language ----------------------------------------------------------------------------------------------
  function remembered() {
    try { return localStorage.getItem("tanya-language"); } catch { return null; }
  }
  function remember(language) {
    try { localStorage.setItem("tanya-language", language); } catch { /* a browser that keeps nothing */ }
  }
  function speak(language) {
    root.dataset.language = language;
    root.lang = language; // Gradio sets this one to the browser's
    for (const one of document.querySelectorAll("[data-words]")) {
      const target = one.dataset.for ? document.querySelector(one.dataset.for) : one;
      const words = one.dataset[language === "id" ? "wordsId" : "wordsEn"];
      if (target && target.getAttribute(one.dataset.words) !== words) target.setAttribute(one.dataset.words, words);
    }
  }
  // Without a choice of the reader's, what the server took from Accept-Language stays.
  speak(LANGUAGES.includes(remembered()) ? remembered() : root.dataset.language);

  // ---- marks: #c=<start>-<end> counts characters of the article's text ------------------------------------------
  // Python counts code points and JavaScript UTF-16 units: a character outside the first plane is one there, two here.
  function units(text, points) {
    let at = 0;
    for (let n = 0; n < points && at < text.length; n += 1) at += text.codePointAt(at) > 0xffff ? 2 : 1;
    return at;
  }
  function place(hash) {
    const found = /#c=(\d{1,9})-(\d{1,9})$/.exec(hash || "");
    return found && { start: Number(found[1]), end: Number(found[2]) };
  }
  // Marks places in a story, forgetting earlier marks; gives for each place the elements that mark it.
  function mark(story, places) {
    const found = places.map(() => []);
    for (const paragraph of story.querySelectorAll("[data-start]")) {
      const text = paragraph.textContent;
      const from = Number(paragraph.dataset.start);
      const spans = places.map(({ start, end }) => [units(text, start - from), units(text, end - from)]);
      const cuts = new Set(spans.flatMap(([a, b]) => (a < b ? [a, b] : [])));
      const pieces = [];
      let at = 0;
      for (const cut of [...cuts, text.length].sort((a, b) => a - b)) {
        if (cut === at) continue;
        let piece = document.createTextNode(text.slice(at, cut));
        const here = spans.flatMap(([a, b], number) => (a <= at && cut <= b ? [number] : []));
        if (here.length) {
          const marked = document.createElement("mark");
          marked.append(piece);
          for (const number of here) found[number].push(marked);
          piece = marked;
        }
        pieces.push(piece);
        at = cut;
      }
      paragraph.replaceChildren(...pieces);
    }
    return found;
  }
  function bringIntoView(marked) {
    if (!marked) return;
    marked.tabIndex = -1;
    marked.scrollIntoView({ block: "nearest" }); // the style sheet keeps it away from the edges
    marked.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest || !event.target.closest("[data-switch]")) return;
    const language = root.dataset.language === "id" ? "en" : "id";
    remember(language);
    speak(language);
  });
  document.addEventListener("DOMContentLoaded", () => {
    speak(root.dataset.language);
    const story = document.querySelector("body.plain .story");
    if (!story) return;
    const show = () => {
      const at = place(location.hash);
      const [marked] = mark(story, at ? [at] : []);
      bringIntoView(marked && marked[0]);
    };
    show();
    addEventListener("hashchange", show);
  });

  window.tanya = { speak: () => speak(root.dataset.language), place, mark, bringIntoView };
})();
