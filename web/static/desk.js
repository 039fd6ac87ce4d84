// The desk works without this script; it adds keys 1, 2 and 3 to the three
// answers about a pair, and shows how far an upload has come.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.closest("input, textarea, select")) return;
  const button = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (button) button.click();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-upload]")) return;
  event.preventDefault();
  const bar = form.querySelector("progress"), button = form.querySelector("button");
  const say = (what) => { for (const p of form.querySelectorAll(".progress p")) p.hidden = !(what in p.dataset); };
  const call = new XMLHttpRequest();
  call.upload.onprogress = (e) => { bar.value = 100 * e.loaded / e.total; };
  call.upload.onload = () => { bar.removeAttribute("value"); say("writing"); };
  call.onload = () => { if (call.status < 500) location.assign(form.action); else call.onerror(); }; // that page says what came of each file
  call.onerror = call.onabort = () => { bar.hidden = true; button.disabled = false; say("broken"); };
  call.open("POST", form.action);
  call.send(new FormData(form));
  bar.hidden = false;
  button.disabled = true;
  say("sending");
});
