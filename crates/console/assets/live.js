// Says that something arrived. Rows move only when somebody asks for it, never under the pointer.

import { banner, page } from "./acts.js";

const fresh = document.getElementById("fresh");
const list = () => document.querySelector("[data-list]");
const seen = (place) => [...place.querySelectorAll("[data-row], .custody li")].map((row) => row.textContent.replace(/\s+/g, " "));
let waiting = null;
let busy = false;
let again = false;

const look = async () => {
  if (document.hidden || busy) {
    again = true;
    return;
  }
  busy = true;
  again = false;
  try {
    const there = await page(location.href);
    const other = there?.querySelector("[data-list]");
    if (!other) return;
    // What counts down differs every minute; what happened does not.
    other.querySelectorAll("[data-due]").forEach((place) => (place.textContent = ""));
    const here = list().cloneNode(true);
    here.querySelectorAll("[data-due]").forEach((place) => (place.textContent = ""));
    const known = new Set(seen(here));
    const news = seen(other).filter((row) => !known.has(row));
    if (news.length > 0) {
      waiting = there;
      fresh.hidden = false;
    }
  } catch {
    // The connection is lost: the stream says so when it comes back.
  } finally {
    busy = false;
    if (again) setTimeout(look, 1000);
  }
};

fresh.querySelector("[data-show]").addEventListener("click", async () => {
  const there = (await page(location.href)) ?? waiting;
  list().replaceWith(document.adoptNode(there.querySelector("[data-list]")));
  fresh.hidden = true;
});

const follow = () => {
  const stream = new EventSource("/live");
  stream.addEventListener("here", () => banner());
  stream.addEventListener("moved", look);
  stream.addEventListener("ended", () => {
    stream.close();
    banner(document.body.dataset.ended);
  });
  stream.addEventListener("error", () => banner(document.body.dataset.offline));
};
follow();
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && again) look();
});
