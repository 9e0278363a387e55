// The chat page: asking, the conversation that this browser keeps, what can be done with an answer.
// Gradio asks the server and puts the newest turn into #current; everything around that turn is moved here.
(() => {
  "use strict";
  const KEPT = 30; // conversations
  const SENT = 6; // earlier turns that go along with a question: a follow-up looks back at the last answered one
  const tanya = window.tanya;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const made = (name, properties = {}, ...inside) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...inside);
    return element;
  };
  const said = (key) => [...one(`[data-said="${key}"]`).cloneNode(true).childNodes];
  const inLanguage = (key) => {
    const words = one(`[data-said="${key}"]`);
    return (one(`[lang="${document.documentElement.dataset.language}"]`, words) || words).textContent;
  };
  const dataOf = (turn) => JSON.parse(turn.dataset.turn);

  // ---- the conversation ----------------------------------------------------------------------------------------
  const fresh = () => ({ id: crypto.getRandomValues(new Uint32Array(3)).join("-"), begun: Date.now(), turns: [] });
  let conversation = fresh(); // turns: {html, data, more: follow-up questions}
  let asking = null; // what was asked and has no whole answer yet
  let givenUp = false; // the newest question got no answer, and what still arrives of one is not shown
  let stopped = false; // the question before was stopped: what Gradio tells of its end may come late
  let wanted = null; // how the next question is asked, where not as the composer says
  let draft = ""; // what was in the box when a question was asked in its place

  function stored() {
    try { return JSON.parse(localStorage.getItem("tanya-history")) || []; } catch { return []; }
  }
  // What this tab is at: it outlives a reload, and Gradio's own when it has found its server again.
  function note(name, value) {
    try {
      if (value === null) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, JSON.stringify(value));
    } catch { /* a browser that keeps nothing */ }
  }
  function noted(name) {
    try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; }
  }
  function store(conversations) {
    const kept = conversations.filter((each) => each.turns.length).slice(0, KEPT);
    for (;;) {
      try {
        localStorage.setItem("tanya-history", JSON.stringify(kept));
        return;
      } catch {
        if (!kept.pop()) return; // the browser keeps nothing, or not as much: the oldest goes
      }
    }
  }
  function keep() {
    store([conversation, ...stored().filter((each) => each.id !== conversation.id)]);
    note("tanya-conversation", conversation.id);
  }
  function show(turns) {
    const thread = one("#thread");
    const template = made("template");
    template.innerHTML = turns.map((turn) => turn.html).join(""); // as the server wrote it, all text escaped
    thread.replaceChildren(template.content);
    const last = turns.at(-1);
    if (last && last.more) offer(thread.lastElementChild, last.more);
    tanya.speak();
  }
  function open(id) {
    const found = stored().find((each) => each.id === id);
    begin();
    if (!found) return;
    conversation = found;
    show(found.turns);
    keep();
  }
  function begin() {
    const busy = asking;
    asking = null;
    givenUp = true;
    if (busy) one("#stop").click();
    setBusy(false);
    conversation = fresh();
    one("#thread").replaceChildren();
    if (one("#current .turn")) one("#clear").click();
    all("#current .turn").forEach((turn) => { turn.hidden = true; });
    note("tanya-conversation", null);
    note("tanya-asking", null);
  }

  // ---- asking --------------------------------------------------------------------------------------------------
  function setBusy(busy) { document.body.toggleAttribute("data-busy", busy); }
  function earlier() {
    const answered = conversation.turns.filter((turn) => !turn.data.failed).slice(-SENT);
    return answered.map((turn) => ({ question: turn.data.question, answer: turn.data.answer }));
  }
  // Gradio asks this for what it sends, the moment that a question is sent.
  tanya.request = (question) => {
    if (!question.trim() || asking) return ["", ""]; // which the server skips
    const how = wanted || { ...filters(), implied: true };
    wanted = null;
    givenUp = false;
    all("details.menu[open]").forEach((menu) => { menu.open = false; });
    show(conversation.turns); // the turn in #current is about to be replaced
    all("#current .turn").forEach((turn) => { turn.hidden = true; });
    const asked = { question: question.trim(), ...how };
    const request = JSON.stringify({ ...asked, history: earlier() });
    asking = { ...asked, pieces: 0, afterStop: stopped };
    stopped = false;
    note("tanya-asking", asked);
    setBusy(true);
    watch(asking);
    write(draft);
    draft = "";
    return [question, request];
  };
  const composer = () => one("#question textarea");
  function write(text) {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(composer(), text);
    composer().dispatchEvent(new Event("input", { bubbles: true }));
  }
  function ask(question, how = null) {
    if (!composer() || asking) return;
    wanted = how;
    draft = composer().value;
    write(question);
    setTimeout(() => one("#send").click(), 30); // Gradio takes the text up on its next turn
  }
  const howOf = ({ since, until, source, language, implied }) => ({ since, until, source, language, implied });
  function askAgain(turn) {
    if (asking) return;
    const data = dataOf(turn);
    if (turn === all(".turn:not([hidden])").at(-1)) conversation.turns.pop(); // in the place of the one before
    ask(data.question, howOf({ implied: true, ...data }));
  }
  function askWithout(turn, { without: limit, value }) {
    const data = dataOf(turn);
    const [since, until, source] = data.limits;
    const left = { since, until, source, language: data.language, implied: false };
    if (limit === "dates") left.since = left.until = null;
    else left[limit] = null;
    if (limit === "source" && value) left.source = several(source).filter((outlet) => outlet !== value);
    for (const name of limit === "dates" ? ["since", "until"] : [limit]) unset(name, value);
    showFilters();
    ask(data.question, left);
  }
  // A turn that ended without an answer of the server's.
  function unanswered(key, role) {
    if (!asking) return;
    const turn = made("section", { className: "turn" });
    turn.dataset.turn = JSON.stringify({ failed: true, question: asking.question, ...howOf(asking) });
    const question = made("h2", { className: "turn__question", tabIndex: -1 }, asking.question);
    const arrived = all("#current .turn:not([hidden]) .answer--arriving").map((answer) => answer.cloneNode(true));
    const why = made("div", { className: `answer answer--${key}` }, made("p", {}, ...said(key)));
    why.setAttribute("role", role);
    const retry = made("button", { type: "button", className: "act act--retry" }, ...said("retry"));
    retry.dataset.retry = "";
    turn.append(made("div", { className: "turn__main" }, question, ...arrived, why, made("div", { className: "actions" }, retry)));
    givenUp = true;
    all("#current .turn").forEach((each) => { each.hidden = true; });
    finish(turn);
    show(conversation.turns);
  }
  // Gradio tells of a question that was stopped as of one that failed, at times after the next one is asked: that one
  // has failed only if it stays silent.
  tanya.failed = () => {
    const question = asking;
    if (!question || !question.afterStop) {
      unanswered("unreachable", "alert");
      return;
    }
    const pieces = question.pieces;
    setTimeout(() => {
      if (asking === question && question.pieces === pieces) unanswered("unreachable", "alert");
    }, PATIENCE);
  };
  // Gradio waits for ever for a server that has gone. Asked for here: is it there, and does anything arrive?
  const PATIENCE = 3000; // ms without anything new before the server is asked whether it is there
  const LIMIT = 40; // times: a server that is there and sends nothing for two minutes has lost the question
  async function watch(question, silent = 0) {
    const pieces = question.pieces;
    await new Promise((wake) => { setTimeout(wake, PATIENCE); });
    if (asking !== question) return;
    const moved = question.pieces !== pieces;
    const there = moved || (await fetch("/api/health/live").then((response) => response.ok, () => false));
    if (asking !== question) return;
    if (!there || silent === LIMIT) unanswered("unreachable", "alert");
    else watch(question, moved ? 0 : silent + 1);
  }

  function finish(turn) {
    asking = null;
    note("tanya-asking", null);
    setBusy(false);
    conversation.turns.push({ html: turn.outerHTML, data: dataOf(turn) });
    keep();
  }
  async function followUps(turn) {
    const { question, articles, failed } = dataOf(turn);
    if (failed || !articles.length) return;
    const query = new URLSearchParams([["asked", question], ...articles.slice(0, 6).map((id) => ["article", id])]);
    const kept = conversation.turns.at(-1);
    try {
      const response = await fetch(`/api/follow-ups?${query}`);
      kept.more = (await response.json()).questions || [];
    } catch {
      return; // an answer without suggestions is an answer
    }
    keep();
    if (turn.isConnected) offer(turn, kept.more);
  }
  function offer(turn, questions) {
    const place = one(".follow-ups", turn);
    if (!place || !questions.length) return;
    const buttons = questions.map((question) => {
      const button = made("button", { type: "button", className: "example" }, question);
      button.dataset.ask = question;
      return made("li", {}, button);
    });
    place.replaceChildren(made("h3", {}, ...said("follow_ups")), made("ul", { className: "examples" }, ...buttons));
    tanya.speak();
  }

  // A new turn is brought to the top and held there while what is above and below it arrives, until it is whole or the
  // reader scrolls.
  let held = false;
  for (const hand of ["wheel", "touchmove", "keydown"]) addEventListener(hand, () => { held = false; }, { passive: true });
  function follow() {
    tanya.speak();
    if (one(".filters__panel")) offerOutlets();
    if (givenUp) all("#current .turn").forEach((turn) => { turn.hidden = true; }); // a piece that was on its way
    const turn = one("#current .turn:not([hidden])");
    if (asking && turn) {
      if (!asking.shown) held = asking.shown = true;
      asking.pieces += 1;
      if (turn.dataset.turn) {
        finish(turn);
        followUps(turn);
        setTimeout(() => { held = false; }, 400);
      }
    }
    if (held && turn && one("#thread .turn")) turn.scrollIntoView({ block: "start" }); // the first is in view anyway
  }

  // ---- filters -------------------------------------------------------------------------------------------------
  const several = (value) => [].concat(value || []); // none, one or a list: a list
  function filters() {
    const given = new FormData(one(".filters__panel"));
    const [since, until, language] = ["since", "until", "language"].map((name) => given.get(name) || null);
    const source = given.getAll("source");
    return { since, until, source: source.length ? source : null, language };
  }
  function unset(name, value) {
    if (name !== "source") one(".filters__panel").elements[name].value = "";
    else for (const box of all(".outlets__list input:checked")) if (!value || box.value === value) box.checked = false;
  }
  function dated(day) {
    const written = (language) => new Date(`${day}T12:00`).toLocaleDateString(language, { dateStyle: "long" });
    return ["id", "en"].map((language) => made("span", { className: "t", lang: language }, written(`${language}-GB`)));
  }
  function showFilters() {
    const { since, until, source, language } = filters();
    const labels = [
      ["since", since && [...said("from"), ...dated(since)]],
      ["until", until && [...said("up_to"), ...dated(until)]],
      ...several(source).map((outlet) => ["source", [outlet], outlet]),
      ["language", language && said(`articles_${language}`)],
    ];
    const chips = labels.filter(([, label]) => label).map(([name, label, value]) => {
      const what = made("span", { className: "vh" }, ...said("remove_filter"), ": ");
      const cross = made("span", { className: "chip__x", ariaHidden: "true" });
      const chip = made("button", { type: "button", className: "chip" }, what, ...label, cross);
      chip.dataset.unset = name;
      if (value) chip.dataset.value = value;
      return chip;
    });
    one(".filters__chosen").replaceChildren(...chips);
    placeFilters();
  }
  // The panel opens to where there is more room, and scrolls where that is not enough.
  function placeFilters() {
    const chip = one(".filters .menu[open] > .chip--filter");
    if (!chip) return;
    const { top, bottom } = chip.getBoundingClientRect();
    const panel = one(".filters__panel");
    panel.classList.toggle("filters__panel--below", innerHeight - bottom > top);
    panel.style.maxHeight = `${Math.max(top, innerHeight - bottom) - 16}px`;
  }
  // The outlets to tick: those with most articles, those that hold what is typed, and always those that are ticked.
  const LISTED = 30; // at once: who goes through them by keyboard has to come out again
  let offered = null; // where the server wrote them
  const outletItem = (outlet, checked = false) => {
    const box = made("input", { type: "checkbox", name: "source", value: outlet, checked });
    return made("li", {}, made("label", {}, box, made("span", {}, outlet)));
  };
  function offerOutlets() {
    const names = one("#outlet-names");
    if (!names || names === offered || !one(".filters .menu[open]")) return;
    offered = names;
    const ticked = new Set(filters().source);
    const outlets = new Set([...ticked, ...all("option", names).map((option) => option.value)]);
    one(".outlets__list").replaceChildren(...[...outlets].map((outlet) => outletItem(outlet, ticked.has(outlet))));
    narrowOutlets();
  }
  function narrowOutlets() {
    const typed = one(".outlets__find").value.trim().toLowerCase();
    let shown = 0;
    let cut = false;
    for (const box of all(".outlets__list input")) {
      const fits = box.value.toLowerCase().includes(typed);
      box.closest("li").hidden = !box.checked && (!fits || shown === LISTED);
      cut ||= fits && box.closest("li").hidden;
      if (!box.closest("li").hidden) shown += 1;
    }
    one(".outlets__more").hidden = !cut;
  }
  // What was typed: the outlet of that name, the only one that holds it, else all that hold it.
  function tickTyped() {
    const find = one(".outlets__find");
    const typed = find.value.trim();
    if (!typed) return;
    const boxes = all(".outlets__list input");
    const fitting = boxes.filter((box) => box.value.toLowerCase().includes(typed.toLowerCase()));
    const exact = fitting.find((box) => box.value.toLowerCase() === typed.toLowerCase());
    const found = exact || (fitting.length === 1 ? fitting[0] : null);
    if (found) found.checked = true;
    else one(".outlets__list").prepend(outletItem(typed, true));
    find.value = "";
    narrowOutlets();
    showFilters();
    if (found) found.closest("li").scrollIntoView({ block: "nearest" });
    else one(".outlets__list").scrollTop = 0;
  }

  // ---- copying, sharing, printing ------------------------------------------------------------------------------
  function tell(key) {
    const told = one("#told");
    told.replaceChildren(...said(key));
    told.classList.add("told--shown");
    clearTimeout(told.timer);
    told.timer = setTimeout(() => told.classList.remove("told--shown"), 2500);
  }
  async function copy(text, key) {
    try {
      if (navigator.clipboard) await navigator.clipboard.writeText(text);
      else { // without https a browser has only this
        const box = made("textarea", { value: text });
        document.body.append(box);
        box.select();
        const copied = document.execCommand("copy");
        box.remove();
        if (!copied) throw new Error("refused");
      }
      tell(key);
    } catch {
      tell("not_copied");
    }
  }
  function written(data, form) {
    const lines = data.sources.map(({ number, named, address, url }) => {
      const where = `${location.origin}${address}${url ? ` (${url})` : ""}`;
      return `[${number}] ${named}. ${where}`;
    });
    if (form === "plain") return [data.question, "", data.answer, "", ...lines].join("\n").trim();
    return [`## ${data.question}`, "", data.markdown, "", ...lines.map((line) => `- ${line}`)].join("\n").trim();
  }
  function shared({ question, ...data }) {
    const query = new URLSearchParams({ q: question });
    for (const name of ["since", "until", "language"]) if (data[name]) query.set(name, data[name]);
    for (const outlet of several(data.source)) query.append("source", outlet);
    if (data.implied === false) query.set("implied", "0");
    return `${location.origin}/?${query}`;
  }
  function print(turn) {
    all("[data-address]", turn).forEach((link) => link.removeAttribute("data-address"));
    for (const link of all(".card__read", turn)) link.dataset.address = link.href;
    turn.toggleAttribute("data-printed", true);
    document.body.toggleAttribute("data-printing", true);
    addEventListener("afterprint", () => {
      turn.removeAttribute("data-printed");
      document.body.removeAttribute("data-printing");
    }, { once: true });
    window.print();
  }

  // ---- votes ---------------------------------------------------------------------------------------------------
  async function vote(turn, verdict, reason = "", note = "") {
    const { id, question, answer, outcome, articles } = dataOf(turn);
    const body = JSON.stringify({ id, verdict, reason, note, question, answer, outcome, articles });
    const headers = { "Content-Type": "application/json" };
    const response = await fetch("/api/feedback", { method: "POST", headers, body }).catch(() => null);
    const given = Boolean(response && response.ok);
    tell(given ? "thanks" : "not_sent");
    return given;
  }
  async function onVote(button) {
    const turn = button.closest(".turn");
    const verdict = button.dataset.vote;
    all(".reasons", turn).forEach((form) => form.remove());
    if (!(await vote(turn, verdict))) return;
    for (const each of all("[data-vote]", turn)) each.setAttribute("aria-pressed", String(each === button));
    const form = one("#reasons").cloneNode(true);
    form.removeAttribute("id");
    form.hidden = false;
    form.dataset.verdict = verdict;
    all(`[data-verdict]:not([data-verdict="${verdict}"])`, form).forEach((other) => other.remove());
    one(".actions", turn).after(form);
    one("input", form).focus();
  }

  // ---- the reader ----------------------------------------------------------------------------------------------
  let places = [];
  let marks = [];
  let current = 0;
  async function read(link) {
    let page;
    try {
      const response = await fetch(link.pathname, { headers: { Accept: "text/html" } });
      page = new DOMParser().parseFromString(await response.text(), "text/html");
    } catch {
      return false;
    }
    const story = one(".story", page);
    if (!story) return false;
    const dialog = one("#reader");
    const quoted = all(".turn:not([hidden]) .cite").filter((cite) => cite.pathname === link.pathname).map((cite) => cite.hash);
    places = [...new Set([link.hash, ...quoted])].map(tanya.place).filter(Boolean);
    places.sort((a, b) => a.start - b.start || a.end - b.end);
    one(".reader__body", dialog).replaceChildren(document.adoptNode(story));
    marks = tanya.mark(story, places);
    one(".reader__marks", dialog).hidden = places.length < 2;
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    tanya.speak();
    const asked = tanya.place(link.hash);
    if (asked) goTo(places.findIndex(({ start, end }) => start === asked.start && end === asked.end));
    return true;
  }
  function goTo(number) {
    current = (number + places.length) % places.length;
    all("#reader mark").forEach((mark) => mark.classList.toggle("mark--here", marks[current].includes(mark)));
    one(".reader__count").textContent = `${current + 1} / ${places.length}`;
    const permanent = one("#reader .permanent");
    const { start, end } = places[current];
    permanent.setAttribute("href", `${permanent.getAttribute("href").replace(/#.*/, "")}#c=${start}-${end}`);
    tanya.bringIntoView(marks[current][0]);
  }

  // ---- the quote beside its mark -------------------------------------------------------------------------------
  let leaving = 0;
  function peek(cite) {
    clearTimeout(leaving);
    const box = one("#peek");
    const { quote, outlet, spoken, dateId, dateEn } = cite.dataset;
    const where = made("p", { className: "peek__where" }, made("strong", {}, outlet));
    if (dateId) {
      where.append(" · ", made("span", { className: "t", lang: "id" }, dateId), made("span", { className: "t", lang: "en" }, dateEn));
    }
    box.replaceChildren(made("p", { className: "peek__quote", lang: spoken }, quote), where);
    box.hidden = false;
    cite.setAttribute("aria-describedby", "peek");
    const at = cite.getBoundingClientRect();
    const size = box.getBoundingClientRect();
    const above = at.top - size.height - 8;
    box.style.left = `${Math.max(8, Math.min(at.left - 24, innerWidth - size.width - 8))}px`;
    box.style.top = `${above > 8 ? above : at.bottom + 8}px`;
  }
  function unpeek() {
    const box = one("#peek");
    if (box) box.hidden = true;
    all(".cite[aria-describedby]").forEach((cite) => cite.removeAttribute("aria-describedby"));
  }
  const leave = () => { leaving = setTimeout(unpeek, 150); };
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return; // a tap opens the source itself
    const cite = event.target.closest(".cite");
    if (cite) peek(cite);
    else if (event.target.closest("#peek")) clearTimeout(leaving);
    else if (one("#peek:not([hidden])") && !document.activeElement.matches(".cite")) { clearTimeout(leaving); leave(); }
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".cite:focus-visible")) peek(event.target);
    else if (one("#peek:not([hidden])")) unpeek();
  });
  addEventListener("scroll", () => { if (one("#peek:not([hidden])")) unpeek(); }, { passive: true, capture: true });

  // ---- history -------------------------------------------------------------------------------------------------
  function listHistory() {
    const conversations = stored();
    const language = document.documentElement.dataset.language;
    const items = conversations.map(({ id, begun, turns }) => {
      const day = new Date(begun).toLocaleDateString(`${language}-GB`, { dateStyle: "long" });
      const title = made("span", { className: "history__title" }, turns[0].data.question);
      const opened = made("button", { type: "button", className: "history__open" }, title, made("span", {}, day));
      opened.dataset.open = id;
      if (id === conversation.id) opened.setAttribute("aria-current", "true");
      const removed = made("button", { type: "button", className: "round", ariaLabel: `${inLanguage("delete")}: ${turns[0].data.question}` }, "×");
      removed.dataset.remove = id;
      return made("li", {}, opened, removed);
    });
    one(".history__list").replaceChildren(...items);
    one(".history__none").hidden = items.length > 0;
    const everything = one("[data-delete-all]");
    everything.hidden = !items.length;
    everything.replaceChildren(...said("delete_all"));
    delete everything.dataset.sure;
  }
  function remove(id) {
    store(stored().filter((each) => each.id !== id));
    if (id === conversation.id) begin();
    listHistory();
    (one(".history__open") || one("#history [data-close]")).focus();
  }
  function removeAll(button) {
    if (!button.dataset.sure) {
      button.dataset.sure = "yes";
      button.replaceChildren(...said("delete_sure"));
      return;
    }
    store([]);
    begin();
    listHistory();
    one("#history [data-close]").focus();
  }

  // ---- hands ---------------------------------------------------------------------------------------------------
  const DEEDS = {
    ask: (button) => ask(button.dataset.ask),
    edit: (button) => {
      write(button.dataset.edit);
      composer().focus();
    },
    clear: () => { begin(); composer().focus(); },
    retry: (button) => askAgain(button.closest(".turn")),
    without: (button) => askWithout(button.closest(".turn"), button.dataset),
    unset: (button) => {
      const place = all(".filters__chosen .chip").indexOf(button);
      unset(button.dataset.unset, button.dataset.value);
      showFilters();
      (all(".filters__chosen .chip")[place] || one(".chip--filter")).focus(); // the next one, to go on removing
    },
    copy: (button) => {
      button.closest("details").open = false;
      copy(written(dataOf(button.closest(".turn")), button.dataset.copy), "copied");
    },
    share: (button) => copy(shared(dataOf(button.closest(".turn"))), "link_copied"),
    print: (button) => print(button.closest(".turn")),
    vote: onVote,
    mark: (button) => goTo(current + (button.dataset.mark === "next" ? 1 : -1)),
    history: () => { listHistory(); one("#history").showModal(); },
    open: (button) => { open(button.dataset.open); one("#history").close(); },
    remove: (button) => remove(button.dataset.remove),
    deleteAll: removeAll,
    close: (button) => button.closest("dialog").close(),
  };
  document.addEventListener("click", (event) => {
    const at = event.target;
    if (!at.closest) return;
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(at)) menu.open = false; });
    if (at.matches("dialog")) at.close(); // its backdrop
    if (at.closest("#stop")) {
      stopped = true;
      unanswered("stopped", "status");
    }
    const link = at.closest("a[data-reader], .story .also a");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      unpeek();
      read(link).then((shown) => { if (!shown) location.href = link.href; });
      return;
    }
    const button = at.closest("button");
    const deed = button && Object.keys(DEEDS).find((name) => name in button.dataset);
    if (deed) DEEDS[deed](button);
  });
  document.addEventListener("input", (event) => {
    if (!event.target.matches(".outlets__find")) return;
    narrowOutlets();
    one(".outlets__list").scrollTop = 0;
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches(".filters .menu[open]")) return;
    offerOutlets();
    placeFilters();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches(".outlets__find")) {
      event.preventDefault();
      tickTyped();
    }
    if (event.key !== "Escape") return;
    const menu = one("details.menu[open]");
    if (one("#peek:not([hidden])")) {
      unpeek();
    } else if (menu) {
      menu.open = false;
      one("summary", menu).focus();
    }
  });
  document.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target.closest(".reasons");
    if (!form) return;
    const given = new FormData(form);
    const turn = form.closest(".turn");
    if (await vote(turn, form.dataset.verdict, given.get("reason") || "", given.get("note").trim())) {
      form.remove();
      one(`[data-vote="${given.get("verdict") || form.dataset.verdict}"]`, turn).focus();
    }
  });
  document.addEventListener("change", (event) => { if (event.target.closest(".filters__panel")) showFilters(); });
  document.addEventListener("reset", () => setTimeout(() => { narrowOutlets(); showFilters(); }));

  // ---- when the page is there ----------------------------------------------------------------------------------
  function arrive() {
    const query = new URLSearchParams(location.search);
    const question = query.get("q");
    if (question) {
      history.replaceState(null, "", "/");
      const given = Object.fromEntries(["since", "until", "language"].map((name) => [name, query.get(name) || null]));
      const source = query.getAll("source").filter(Boolean);
      const implied = query.get("implied") !== "0";
      ask(question.slice(0, 1000), { ...given, source: source.length ? source : null, implied });
      return;
    }
    const interrupted = noted("tanya-asking");
    const id = noted("tanya-conversation");
    if (id) open(id);
    asking = interrupted;
    unanswered("interrupted", "alert");
  }
  let arrived = false;
  let due = 0;
  new MutationObserver(() => {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(() => {
      if (!arrived && one("#thread") && composer() && one("#send")) {
        arrived = true;
        arrive();
      }
      follow();
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
