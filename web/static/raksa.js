// Raksa's one script for the tablet and the partner. It keeps the key of this
// start in memory, posts JSON to the program on this device, and puts the
// fragments that come back in place of their namesakes. Nothing is stored in
// the browser: no cookie, no storage, no address with a record in it.
"use strict";
(() => {
  const SAVE_WAIT = 350, RETRY_WAIT = 2000, SEARCH_WAIT = 250, FILE_MAX = 1 << 20, KEEPALIVE_MAX = 15000;
  const key = new URLSearchParams(location.hash.slice(1)).get("t") || "";
  history.replaceState({ at: 0 }, "", location.pathname);
  const policy = window.trustedTypes
    ? trustedTypes.createPolicy("raksa", { createHTML: (html) => html })
    : { createHTML: (html) => html };

  const byId = (id) => document.getElementById(id);
  const show = (slot, template) => {
    const copy = byId(template).content.cloneNode(true);
    if (byId(slot)) byId(slot).replaceChildren(copy);
  };

  // ---- talking to the host ----

  // post returns { ok, later, html }; html is null when the host did not
  // answer, later says that it could not keep anything now (a full disk).
  async function post(path, body) {
    const text = JSON.stringify(body);
    try {
      const answer = await fetch(encodeURI(path), {
        method: "POST", cache: "no-store", credentials: "omit",
        keepalive: path.endsWith("/save") && text.length < KEEPALIVE_MAX, // browsers refuse more than 64 KiB
        headers: { "Authorization": "Bearer " + key, "Content-Type": "application/json" },
        body: text,
      });
      const isPage = (answer.headers.get("Content-Type") || "").startsWith("text/html");
      if (!isPage) throw new Error("no page");
      return { ok: answer.ok, later: answer.status === 503, html: await answer.text() };
    } catch {
      show("notice", "gone");
      return { ok: false, later: true, html: null };
    }
  }

  // ---- putting fragments in place ----

  let here = "/start"; // path that shows the present page again
  const trail = ["/start"]; // in memory only; the history holds just an index
  let at = 0;

  function swap(html, keepPlace) {
    const fresh = document.createElement("template");
    fresh.innerHTML = policy.createHTML(html);
    const focus = document.activeElement;
    const mark = { id: focus.id, value: focus.value, start: null, end: null };
    try { mark.start = focus.selectionStart ?? null; mark.end = focus.selectionEnd; } catch { /* not a text field */ } // a button has none
    const newPage = fresh.content.querySelector("main");
    for (const part of [...fresh.content.children]) {
      const old = part.id && byId(part.id);
      if (!old) continue;
      if (part.dataset.keyed !== undefined && !newPage) mergeKeyed(old, part);
      else old.replaceWith(part);
    }
    document.documentElement.lang = byId("head").lang || document.documentElement.lang;
    if (newPage) { touched.clear(); clearTimeout(timer); }
    if (newPage && newPage.dataset.here && newPage.dataset.here !== here) {
      here = newPage.dataset.here;
      if (!keepPlace) remember();
      scrollTo(0, 0);
      byId("main").focus({ preventScroll: true });
    } else if (mark.id && byId(mark.id) && byId(mark.id) !== document.activeElement) {
      const field = byId(mark.id);
      if (mark.start !== null && field.type !== "password") field.value = mark.value; // what was typed meanwhile stays
      field.focus({ preventScroll: true });
      if (mark.start !== null) try { field.setSelectionRange(mark.start, mark.end); } catch { /* a number field */ }
    }
  }

  // mergeKeyed adds and removes questions and leaves every one that stands,
  // so that nothing that is being typed is ever replaced. Headings between the
  // questions stay.
  function mergeKeyed(old, fresh) {
    const question = ".q, .lock";
    const keep = new Set([...fresh.children].map((child) => child.id));
    for (const child of [...old.children]) if (!keep.has(child.id) && child.matches(question)) child.remove();
    let before = null;
    for (const child of [...fresh.children]) {
      const standing = child.id && [...old.children].find((c) => c.id === child.id);
      const next = standing || child;
      if (!standing) old.insertBefore(child, before ? before.nextSibling : old.querySelector(":scope > .q, :scope > .lock"));
      before = next;
    }
  }

  function remember() {
    if (here === "/start") { trail.length = 1; at = 0; return; }
    trail.length = at + 1;
    trail.push(here);
    at++;
    history.pushState({ at }, "");
  }

  addEventListener("popstate", async (event) => {
    at = (event.state && event.state.at) || 0;
    await open(trail[at] || "/start", true);
  });

  // ---- answers ----

  const touched = new Set(); // items changed since they were last kept
  let timer = 0, saving = null;

  // read is the canonical text of one question; see question.go.
  function read(q) {
    const out = q.querySelector("[data-state]:checked");
    const reason = q.querySelector("[data-reason]");
    const answer = out ? { state: out.dataset.state } : valueOf(q);
    if (reason && reason.value.trim()) answer.reason = reason.value.trim();
    return answer;
  }

  function valueOf(q) {
    const part = (name) => (q.querySelector(`[data-part=${name}]`) || { value: "" }).value.trim();
    let value = "";
    switch (q.dataset.kind) {
      case "single": case "multi":
        value = [...q.querySelectorAll(".choices :checked:not([data-state])")].map((i) => i.value).sort().join(",");
        break;
      case "date":
        value = part("year");
        if (value && part("month")) value += "-" + part("month");
        if (value && part("month") && part("day")) value += "-" + part("day").padStart(2, "0");
        if (value && q.querySelector("[data-part=about]").checked) value += "~";
        break;
      case "money":
        if (part("amount")) value = [part("amount").replace(/[\s,]/g, ""), part("currency"), part("period")].filter(Boolean).join(" ");
        break;
      case "place": {
        const code = q.querySelector("[data-code]").value, said = q.querySelector("[data-look]").value.trim();
        value = code || (said && "=" + said);
        break;
      }
      default:
        value = (q.querySelector("[data-value]") || { value: "" }).value.trim();
    }
    return value ? { state: "answered", value } : { state: "skipped" };
  }

  function touch(q) {
    if (q.dataset.kind === "shown") return;
    touched.add(q.dataset.item);
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_WAIT);
  }

  // takeAnswers empties the list of touched items into a body. A carried
  // answer without a reason waits for one, unless the person goes on.
  function takeAnswers(all) {
    const answers = {};
    for (const item of [...touched]) {
      const q = document.querySelector(`[data-item="${CSS.escape(item)}"]`);
      if (!q) { touched.delete(item); continue; }
      const reason = q.querySelector("[data-reason]");
      if (!all && reason && !reason.value.trim()) continue;
      answers[item] = read(q);
      touched.delete(item);
    }
    return answers;
  }

  const fieldOf = (form, name) => (form.querySelector(`input[name=${name}]`) || { value: "" }).value;

  // save keeps the touched answers; one is in flight at a time. It returns
  // whether everything that was typed is kept.
  async function save() {
    clearTimeout(timer);
    while (saving) await saving;
    const form = document.querySelector("[data-save]");
    const answers = form ? takeAnswers(false) : {};
    if (!Object.keys(answers).length) return true;
    const slow = setTimeout(() => show("saved", "saving"), 300);
    saving = post(form.dataset.save, { basis: fieldOf(form, "basis"), page: fieldOf(form, "page"), answers });
    const answer = await saving;
    saving = null;
    clearTimeout(slow);
    if (answer.html !== null && form.isConnected) swap(answer.html, true);
    if (answer.ok) return true;
    for (const item of Object.keys(answers)) touched.add(item);
    show("saved", "unsaved");
    if (answer.later) tryLater();
    return false;
  }

  // What could not be kept stays typed, and is tried again until it is.
  function tryLater() { clearTimeout(timer); timer = setTimeout(save, RETRY_WAIT); }

  // ---- acts ----

  let busy = false;

  async function open(path, keepPlace) {
    if (busy || !(await save())) return;
    busy = true;
    const answer = await post(path, {});
    busy = false;
    if (answer.html !== null) swap(answer.html, keepPlace);
  }

  async function act(button, path, extra) {
    while (saving) await saving;
    if (busy) return;
    busy = true;
    const form = button.closest("[data-form]");
    const body = Object.assign(form ? collect(form) : {}, extra);
    let answers = null;
    if (form && form.dataset.save) {
      clearTimeout(timer);
      body.answers = answers = takeAnswers(true);
    }
    const answer = await post(path, body);
    busy = false;
    if (answer.html !== null) swap(answer.html, button.dataset.again !== undefined);
    if (!answer.ok && answers) for (const item of Object.keys(answers)) touched.add(item);
    if (answer.later && touched.size) tryLater();
    if (answer.ok && button.dataset.again !== undefined) await open(here, true);
  }

  // collect reads the named fields of a form: text, or a list where several
  // boxes share a name.
  function collect(form) {
    const body = {};
    for (const field of form.querySelectorAll("input[name], select[name], textarea[name]")) {
      if (field.closest("[data-item]") || field.type === "file") continue;
      if ((field.type === "radio" || field.type === "checkbox") && !field.checked) continue;
      if (field.type === "checkbox" && body[field.name] !== undefined) body[field.name] = [].concat(body[field.name], field.value);
      else body[field.name] = field.value;
    }
    return body;
  }

  // cover hides the page at once and empties it as soon as all is kept.
  async function cover() {
    byId("veil").hidden = false;
    document.body.classList.add("veiled");
    const kept = await save();
    const answer = kept ? await post("/cover", {}) : { ok: false, html: null };
    if (!answer.ok || answer.html === null) { setTimeout(cover, RETRY_WAIT); return; }
    swap(answer.html, true);
    byId("veil").hidden = true;
    document.body.classList.remove("veiled");
    const pin = byId("pin");
    if (pin) pin.focus();
  }

  // ---- what people do ----

  // A second tap on the chosen answer clears it. What was chosen belongs to the
  // question on the screen: the same question about another person has its own.
  const chosen = new WeakMap();
  function again(q, radio) {
    const drawn = q.querySelector("input[type=radio][checked]");
    const before = chosen.has(q) ? chosen.get(q) : drawn && drawn.value;
    const now = before === radio.value ? null : radio.value;
    chosen.set(q, now);
    if (now === null) { radio.checked = false; touch(q); }
  }

  document.addEventListener("click", (event) => {
    const radio = event.target.closest("input[type=radio]");
    if (radio && radio.closest("[data-item]")) { again(radio.closest("[data-item]"), radio); return; }
    const button = event.target.closest("button");
    if (!button) return;
    const named = button.name ? { [button.name]: button.value } : {};
    if (button.dataset.open) open(button.dataset.open);
    else if (button.dataset.act) act(button, button.dataset.act, named);
    else if (button.dataset.cover !== undefined) cover();
    else if (button.dataset.pick) pick(button);
  });

  function pick(button) {
    const q = button.closest("[data-item]");
    q.querySelector("[data-code]").value = button.dataset.pick;
    q.querySelector("[data-look]").value = button.dataset.text;
    button.closest("ul").replaceChildren();
    touch(q);
    q.querySelector("[data-look]").focus();
  }

  let search = 0;
  document.addEventListener("input", (event) => {
    const field = event.target, q = field.closest("[data-item]");
    if (field.dataset.live) {
      clearTimeout(search);
      search = setTimeout(() => act(field, field.dataset.live, {}), SEARCH_WAIT);
    }
    if (!q) return;
    if (field.dataset.look) {
      q.querySelector("[data-code]").value = "";
      clearTimeout(search);
      search = setTimeout(() => look(field), SEARCH_WAIT);
    }
    exclude(q, field);
    touch(q);
  });

  async function look(field) {
    if (field.value.trim().length < 2) return;
    const answer = await post("/places", { q: field.value.trim(), item: field.dataset.look, set: field.dataset.set });
    if (answer.html !== null && field.isConnected) swap(answer.html, true);
  }

  // exclude keeps answers from contradicting each other: "none of these"
  // clears the others, a value clears "does not know", and the other way round.
  function exclude(q, field) {
    const clear = (selector) => q.querySelectorAll(selector).forEach((box) => { if (box !== field) box.checked = false; });
    if (field.dataset.state && field.checked) clear("input[type=checkbox]:not([data-part])");
    else if (!field.dataset.state && field.dataset.reason === undefined) {
      clear("[type=checkbox][data-state]");
      if (field.type === "checkbox" && field.checked) clear(field.dataset.excludes !== undefined ? ".many input" : "[data-excludes]");
    }
  }

  // readFile gives a file as text, or in base64 what is no UTF-8.
  async function readFile(file) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      if (!text.includes("\0")) return [text, ""];
    } catch { /* another encoding: the tablet finds out which */ }
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return ["", btoa(binary)];
  }

  document.addEventListener("change", async (event) => {
    const field = event.target;
    if (field.dataset.change) act(field, field.dataset.change, {});
    if (field.dataset.file && field.files[0] && field.files[0].size <= FILE_MAX) {
      const [text, raw] = await readFile(field.files[0]);
      byId(field.dataset.file).value = text;
      byId(field.dataset.raw).value = raw;
    }
    if (field.closest("[data-item]")) save();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.querySelector("[data-cover]")) { event.preventDefault(); cover(); }
    if (event.key === "Enter" && event.target.dataset.enter !== undefined) event.target.closest("[data-form]").querySelector("[data-default]").click();
  });

  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });

  open("/start", true);
})();
