// What is typed is kept on the node every few seconds, and the page says when.

import { banner, parse } from "./acts.js";

const form = document.querySelector("[data-draft]");
const saved = document.querySelector("[data-saved]");
const words = document.body.dataset;
const EVERY_MS = 3000;
let kept = new URLSearchParams(new FormData(form)).toString();
let busy = null;
let stopped = false;
let leaving = false;

const hidden = (name, value) => {
  let field = form.elements[name];
  if (!field) {
    field = Object.assign(document.createElement("input"), { type: "hidden", name });
    form.prepend(field);
  }
  field.value = value;
};

const keep = async () => {
  const now = new URLSearchParams(new FormData(form)).toString();
  if (stopped || leaving || now === kept || busy) return busy;
  saved.textContent = words.saving;
  const body = new URLSearchParams(new FormData(form));
  body.set("then", "quiet");
  busy = fetch(form.getAttribute("action"), { method: "POST", body, credentials: "same-origin", redirect: "manual" });
  try {
    const answer = await busy;
    if (answer.status === 204) {
      kept = now;
      const id = answer.headers.get("x-draft");
      form.setAttribute("action", `/drafts/${id}`);
      hidden("revision", answer.headers.get("x-revision"));
      history.replaceState(null, "", `/drafts/${id}`);
      saved.textContent = decodeURIComponent(answer.headers.get("x-saved"));
      banner();
    } else if (answer.type === "opaqueredirect" || answer.status === 401) {
      banner(words.ended);
      saved.textContent = words.ended;
    } else {
      // A conflict or a refusal: said, and nothing is written over. What was typed stays on the page.
      stopped = answer.status === 409;
      const there = parse(await answer.text());
      saved.textContent = there.querySelector("[role=alert] .lines")?.textContent ?? String(answer.status);
    }
  } catch {
    banner(words.offline);
    saved.textContent = words.offline;
  } finally {
    busy = null;
  }
};

setInterval(keep, EVERY_MS);
form.addEventListener("focusout", keep);
document.addEventListener("visibilitychange", () => document.hidden && keep());
// The button waits for what is on its way, so that it does not meet its own writer.
form.addEventListener("submit", async (event) => {
  if (!busy) {
    leaving = true;
    return;
  }
  event.preventDefault();
  const by = event.submitter;
  await busy.catch(() => {});
  form.requestSubmit(by);
});
addEventListener("beforeunload", (event) => {
  const now = new URLSearchParams(new FormData(form)).toString();
  if (now !== kept && !leaving) event.preventDefault();
});

// Files: each is sent as it is, with how far it is, and named by the record then.
const box = document.querySelector("[data-files]");
const send = (file) =>
  new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const progress = box.querySelector("[data-progress]");
    const query = new URLSearchParams({ name: file.name, media_type: file.type || "application/octet-stream" });
    request.open("POST", `/files?${query}`);
    request.upload.onprogress = (event) => {
      progress.classList.remove("vh");
      progress.value = (100 * event.loaded) / event.total;
    };
    request.onload = () => (request.status === 200 ? done(JSON.parse(request.responseText)) : failed(request));
    request.onerror = () => failed(request);
    request.send(file);
  });

box.querySelector("[data-upload]").addEventListener("change", async (event) => {
  const problem = box.querySelector("[data-problem]");
  problem.hidden = true;
  for (const file of event.target.files) {
    try {
      const { sha256, size, name, media_type } = await send(file);
      const item = document.createElement("li");
      const label = Object.assign(document.createElement("span"), { dir: "auto", textContent: name });
      const value = JSON.stringify({ sha256, size, name, media_type });
      label.append(Object.assign(document.createElement("input"), { type: "hidden", name: box.dataset.into, value }));
      item.append(label);
      box.querySelector("[data-filelist]").append(item);
    } catch (request) {
      problem.textContent = parse(request.responseText ?? "").querySelector("[role=alert] .lines")?.textContent ?? words.offline;
      problem.hidden = false;
    }
  }
  box.querySelector("[data-progress]").classList.add("vh");
  event.target.value = "";
  keep();
});
