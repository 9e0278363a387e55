// What moves on Tanya's pages: the language switch, the reader, marks in an article, examples.
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
  function mark(story, place) {
    const found = /#c=(\d{1,9})-(\d{1,9})$/.exec(place || "");
    if (!found) return null;
    const [start, end] = [Number(found[1]), Number(found[2])];
    let first = null;
    for (const paragraph of story.querySelectorAll("[data-start]")) {
      paragraph.textContent = paragraph.textContent; // forget earlier marks
      const from = Number(paragraph.dataset.start);
      const text = paragraph.textContent;
      const a = units(text, start - from);
      const b = units(text, end - from);
      if (a >= b) continue;
      const words = paragraph.firstChild.splitText(a);
      words.splitText(b - a);
      const marked = document.createElement("mark");
      words.replaceWith(marked);
      marked.append(words);
      first = first || marked;
    }
    return first;
  }
  function bringIntoView(marked) {
    if (!marked) return;
    marked.tabIndex = -1;
    marked.scrollIntoView({ block: "nearest" }); // the style sheet keeps it away from the edges
    marked.focus({ preventScroll: true });
  }

  // ---- the reader --------------------------------------------------------------------------------------------
  async function read(link) {
    const dialog = document.getElementById("reader");
    if (!dialog) return false;
    let page;
    try {
      const response = await fetch(link.pathname, { headers: { Accept: "text/html" } });
      page = new DOMParser().parseFromString(await response.text(), "text/html");
    } catch {
      return false;
    }
    const story = page.querySelector(".story");
    if (!story) return false;
    const permanent = story.querySelector(".permanent");
    if (permanent) permanent.setAttribute("href", permanent.getAttribute("href") + link.hash);
    dialog.querySelector(".reader__body").replaceChildren(document.adoptNode(story));
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    speak(root.dataset.language);
    bringIntoView(mark(story, link.hash));
    return true;
  }

  // ---- asking ------------------------------------------------------------------------------------------------
  function ask(question) {
    const box = document.querySelector("#question textarea");
    if (!box) return;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, question);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => document.querySelector("#send").click(), 30); // Gradio takes the text up on its next turn
  }

  document.addEventListener("click", (event) => {
    const at = event.target.closest ? event.target : null;
    if (!at) return;
    const link = at.closest("a[data-reader], .story .also a");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && document.getElementById("reader")) {
      event.preventDefault();
      read(link).then((shown) => { if (!shown) location.href = link.href; });
    } else if (at.closest("[data-switch]")) {
      const language = root.dataset.language === "id" ? "en" : "id";
      remember(language);
      speak(language);
    } else if (at.closest("[data-ask]")) {
      ask(at.closest("[data-ask]").dataset.ask);
    } else if (at.closest("[data-clear]")) {
      document.querySelector("#clear").click();
      document.querySelector("#question textarea").focus();
    } else if (at.closest("[data-close]") || at.id === "reader") {
      document.getElementById("reader").close();
    }
  });

  // ---- when the page is there ----------------------------------------------------------------------------------
  // A new turn is brought to the top. What is above and below it arrives in pieces and would move it away again, so it
  // is held there until it is whole, or until the reader scrolls.
  let asked = "";
  let held = false;
  for (const hand of ["wheel", "touchmove", "keydown"]) addEventListener(hand, () => { held = false; }, { passive: true });
  function follow() {
    speak(root.dataset.language);
    const turn = document.querySelector("#current .turn");
    const question = turn ? turn.querySelector(".turn__question").textContent : "";
    if (question && question !== asked) held = true;
    asked = question;
    if (!turn) held = false; // a new conversation began
    if (!held) return;
    turn.scrollIntoView({ block: "start" });
    if (turn.querySelector(".verdict, .answer--failed")) setTimeout(() => { held = false; }, 400);
  }
  document.addEventListener("DOMContentLoaded", () => {
    speak(root.dataset.language);
    const story = document.querySelector("body.plain .story");
    if (story) {
      bringIntoView(mark(story, location.hash));
      addEventListener("hashchange", () => bringIntoView(mark(story, location.hash)));
      return;
    }
    if (!document.querySelector("gradio-app")) return;
    let due = 0;
    new MutationObserver(() => {
      cancelAnimationFrame(due);
      due = requestAnimationFrame(follow);
    }).observe(document.querySelector("gradio-app"), { childList: true, subtree: true });
  });
})();
