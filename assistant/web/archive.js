// What moves on the archive page: files that are dropped, forms that add, removing, the rebuild. Only an operator's
// page has any of it; whoever else calls what it calls is refused by the server.
(() => {
  "use strict";
  const words = JSON.parse((document.getElementById("archive-words") || { textContent: "{}" }).textContent);
  const POLL = 700; // milliseconds between two looks at a rebuild

  // ---- saying ------------------------------------------------------------------------------------------------
  // Both languages are put on the page; the style sheet shows the reader's.
  function say(key, values = {}) {
    return spans(words[key].map((one) => one.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole))));
  }
  function spans(texts) {
    const both = document.createDocumentFragment();
    ["id", "en"].forEach((language, place) => {
      const one = document.createElement("span");
      one.className = "t";
      one.lang = language;
      one.textContent = texts[place];
      both.append(one);
    });
    return both;
  }
  const rejected = (answer) => answer.rejected.map((one) => [one.path, spans([one.reason_indonesian, one.reason])]);
  function told(place, content, bad) {
    place.classList.toggle("told--bad", Boolean(bad));
    place.replaceChildren(...(Array.isArray(content) ? content : [content]));
  }
  function line(content) {
    const paragraph = document.createElement("p");
    paragraph.append(content);
    return paragraph;
  }
  // What a refusal means; the server's own sentence where we have none for it.
  function refusal(status, { error: sentence, error_indonesian: indonesian }) {
    const key = { 0: "unreachable", 401: "not_allowed", 403: "not_allowed", 409: "busy", 429: "guesses" }[status];
    return key && !(status === 403 && /allow_fetch/.test(sentence || "")) ? say(key) : spans([indonesian || sentence || `${status}`, sentence || `${status}`]);
  }
  async function call(method, path, body, headers = {}) {
    try {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const type = body === undefined ? {} : { "Content-Type": "application/json" };
      const response = await fetch(path, { method, ...sent, headers: { ...type, ...headers } });
      return { status: response.status, answer: response.status === 204 ? {} : await response.json() };
    } catch {
      return { status: 0, answer: {} };
    }
  }
  // The list as the server shows it now.
  async function refresh() {
    try {
      const response = await fetch(location.href);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      for (const part of ["#list", ".picker"]) {
        const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
        if (old && fresh) old.replaceWith(document.adoptNode(fresh));
      }
    } catch { /* the list stays as it was */ }
    relabel();
  }
  function relabel() {
    const key = document.documentElement.dataset.language === "id" ? "wordsId" : "wordsEn";
    for (const one of document.querySelectorAll("#list [data-words], .sieve [data-words]")) one.setAttribute(one.dataset.words, one.dataset[key]);
  }

  // ---- adding ------------------------------------------------------------------------------------------------
  const panel = document.querySelector("[data-operator]");
  const place = panel && panel.querySelector("[data-told]");
  const task = panel && panel.querySelector("[data-task]");
  const counts = () => ({ added: 0, updated: 0, unchanged: 0, copied: 0 });

  function report(total, refused) {
    const parts = [line(say("stored", total))];
    if (refused.length) {
      const list = document.createElement("ul");
      for (const [name, reason] of refused) {
        const item = document.createElement("li");
        const bold = document.createElement("strong");
        bold.textContent = name;
        item.append(bold, ": ", reason);
        list.append(item);
      }
      parts.push(line(say("refused")), list);
    }
    told(place, parts);
  }
  function send(file, onProgress, onSent) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest(); // fetch does not tell how much of a body has been sent
      request.open("POST", `/api/upload?name=${encodeURIComponent(file.name)}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = (event) => onProgress(event.loaded);
      request.upload.onload = onSent;
      request.onerror = () => resolve({ status: 0, answer: {} });
      request.onload = () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch { /* not ours: the status says enough */ }
        resolve({ status: request.status, answer });
      };
      request.send(file);
    });
  }
  let queue = Promise.resolve();
  function upload(files) {
    const given = [...files]; // a list that empties itself with its field
    queue = queue.then(() => uploadAll(given));
    return queue;
  }
  async function uploadAll(files) {
    const drop = panel.querySelector("[data-drop]");
    const bar = task.querySelector("progress");
    const total = counts();
    const refused = [];
    const size = files.reduce((sum, file) => sum + file.size, 0) || 1;
    let sent = 0;
    task.hidden = false;
    for (const file of files) {
      bar.value = (100 * sent) / size;
      if (file.size > Number(drop.dataset.largest)) {
        refused.push([file.name, say("too_large", { limit: drop.dataset.limit })]);
      } else {
        told(place, say("reading", { name: file.name }));
        const before = sent;
        const { status, answer } = await send(
          file,
          (loaded) => { bar.value = (100 * (before + loaded)) / size; },
          () => told(place, say("storing", { name: file.name })),
        );
        if (status === 200) {
          for (const key of Object.keys(total)) total[key] += answer[key];
          refused.push(...rejected(answer));
        } else {
          refused.push([file.name, refusal(status, answer)]);
        }
      }
      sent += file.size;
    }
    bar.value = 100;
    task.hidden = true;
    report(total, refused);
    await refresh();
  }
  async function addOne(form, path, body) {
    const button = form.querySelector("button");
    button.disabled = true;
    const { status, answer } = await call("POST", path, body);
    button.disabled = false;
    if (status !== 200) {
      told(place, refusal(status, answer), true);
      return;
    }
    report(answer, rejected(answer));
    if (!answer.rejected.length) form.reset();
    await refresh();
  }
  if (panel) {
    const drop = panel.querySelector("[data-drop]");
    const input = drop.querySelector("input");
    input.addEventListener("change", () => { upload(input.files); input.value = ""; });
    for (const kind of ["dragenter", "dragover"]) {
      drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("drop--over"); });
    }
    drop.addEventListener("dragleave", () => drop.classList.remove("drop--over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("drop--over");
      upload(event.dataTransfer.files);
    });
    // A file that misses the field would otherwise replace the page.
    for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());

    panel.querySelector("[data-paste]").addEventListener("submit", (event) => {
      event.preventDefault();
      const given = [...new FormData(event.target)].filter(([, value]) => value.trim());
      addOne(event.target, "/api/articles", Object.fromEntries(given));
    });
    const web = panel.querySelector("[data-fetch]");
    if (web) {
      web.addEventListener("submit", (event) => {
        event.preventDefault();
        told(place, say("fetching"));
        addOne(web, "/api/fetch", { url: new FormData(web).get("url") });
      });
    }
    watchRebuild(panel.querySelector("[data-rebuild]"));
    const out = panel.querySelector("[data-sign-out]");
    if (out) out.addEventListener("click", async () => { await call("DELETE", "/api/session"); location.reload(); });
  }

  // ---- removing ----------------------------------------------------------------------------------------------
  const confirm = document.getElementById("confirm");
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-remove]");
    if (!button || !confirm) return;
    confirm.querySelector(".confirm__what").textContent = button.dataset.title;
    confirm.dataset.id = button.dataset.remove;
    confirm.returnValue = "cancel";
    confirm.showModal();
  });
  if (confirm) {
    confirm.addEventListener("close", async () => {
      if (confirm.returnValue !== "remove") return;
      const { status, answer } = await call("DELETE", `/api/articles/${encodeURIComponent(confirm.dataset.id)}`);
      told(place, status === 200 ? say("removed") : refusal(status, answer), status !== 200);
      await refresh();
    });
  }

  // ---- the rebuild -------------------------------------------------------------------------------------------
  function watchRebuild(button) {
    const bar = panel.querySelector("[data-rebuild-task]");
    const words = panel.querySelector("[data-rebuild-told]");
    let seen = false;

    function show({ status, answer }) {
      const ok = status === 200 || status === 202;
      const running = ok && answer.running;
      button.disabled = running;
      bar.hidden = !running;
      if (running) {
        seen = true;
        const progress = bar.querySelector("progress");
        if (answer.total) progress.value = (100 * answer.done) / answer.total;
        else progress.removeAttribute("value");
        const share = answer.total ? ` ${Math.floor((100 * answer.done) / answer.total)} %` : "";
        told(words, [say(answer.stage ? `stage_${answer.stage}` : "rebuilding"), share]);
        setTimeout(look, POLL);
      } else if (!ok) {
        told(words, refusal(status, answer), true);
      } else if (seen) {
        seen = false;
        told(words, answer.error ? spans([answer.error_indonesian || answer.error, answer.error]) : say("rebuilt"), Boolean(answer.error));
      }
    }
    async function look() { show(await call("GET", "/api/rebuild")); }
    button.addEventListener("click", async () => {
      seen = true;
      show(await call("POST", "/api/rebuild", undefined, { Prefer: "respond-async" }));
    });
    look(); // one may be running already
  }

  // ---- signing in --------------------------------------------------------------------------------------------
  const signIn = document.querySelector("[data-sign-in]");
  if (signIn) {
    signIn.addEventListener("submit", async (event) => {
      event.preventDefault();
      const token = new FormData(signIn).get("token").trim();
      const { status, answer } = await call("POST", "/api/session", undefined, { Authorization: `Bearer ${token}` });
      if (status === 204) location.reload();
      else told(signIn.querySelector("[data-told]"), status === 401 ? say("wrong_token") : refusal(status, answer), true);
    });
  }
})();
