// What every page does: forms are sent once, times go on counting, menus close, and a lost connection is said.
// Nothing here is needed: without it every act is a form that the browser sends.

const policy = self.trustedTypes?.createPolicy("mithaq", { createHTML: (text) => text });

/** The document of a page of this site. */
export const parse = (text) =>
  new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");

/** Gets a page of this site. What is no page of it, because the session ended, is nothing. */
export const page = async (url) => {
  const answer = await fetch(url, { headers: { accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok || new URL(answer.url).pathname === "/sign-in") return null;
  return parse(await answer.text());
};

/** Says something in the banner below the bar; without words takes it away. */
export const banner = (words) => {
  const place = document.getElementById("banner");
  place.textContent = words ?? "";
  place.hidden = !words;
};

/** Shows a problem beside what was tried. */
export const problem = (near, words) => {
  const place = (near.closest("section, form") ?? document).querySelector("[data-problem]") ?? document.querySelector("[data-problem]");
  if (!place) return banner(words);
  place.textContent = words;
  place.hidden = !words;
};

const said = document.body.dataset;

// A form that was sent is not sent again by a second click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sure && !confirm(form.dataset.sure)) return event.preventDefault();
  if (form.dataset.sent) return event.preventDefault();
  if ("once" in form.dataset && !("sign" in form.dataset)) form.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
  const copied = event.target.closest("[data-copy]");
  if (copied) navigator.clipboard.writeText(copied.dataset.copy).then(() => banner(said.copied));
  if (event.target.closest("[data-back]") && history.length > 1) {
    event.preventDefault();
    history.back();
  }
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

// Where the browser lets a page fill the clipboard, what is to be typed elsewhere can be copied.
if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach((button) => (button.hidden = false));

// Times go on counting by the node's clock, which need not be that of this machine.
const forms = said.remaining.split("|");
const skew = Number(said.now) - Date.now();
const digits = new Intl.NumberFormat(said.locale, { useGrouping: false });
const remaining = (due) => {
  const now = Date.now() + skew;
  const minutes = Math.floor(Math.abs(due - now) / 60000);
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const form = forms[(due < now ? 3 : 0) + (d > 0 ? 2 : h > 0 ? 1 : 0)];
  return form.replace("{d}", digits.format(d)).replace("{h}", digits.format(h)).replace("{m}", digits.format(m));
};
const count = () => document.querySelectorAll("[data-due]").forEach((place) => {
  const words = remaining(Number(place.dataset.due));
  if (place.textContent !== words) place.textContent = words;
});
setInterval(count, 15000);

addEventListener("offline", () => banner(said.offline));
addEventListener("online", () => banner());

// A visitor of a made-up agency gets a made-up officer's key with the link. It stays in this browser.
if (document.querySelector("[data-visit]")) {
  const key = new URLSearchParams(location.hash.slice(1)).get("k");
  if (key) {
    const keys = new Set(JSON.parse(localStorage.getItem("mithaq.made-up") ?? "[]"));
    localStorage.setItem("mithaq.made-up", JSON.stringify([...keys.add(key)]));
  }
}
