// Lists by the keyboard: letters by their place on it, so that they are the same in every script.

const rows = () => [...document.querySelectorAll("[data-row]")];
const boxes = () => [...document.querySelectorAll("[data-row] input[type=checkbox]")];
let at = -1;

const go = (step) => {
  const all = rows();
  if (all.length === 0) return;
  at = Math.max(0, Math.min(all.length - 1, at + step));
  all[at].querySelector("a")?.focus();
  all[at].scrollIntoView({ block: "nearest" });
};

// Single letters get in the way of who speaks to the machine, or touches keys by mistake: they can be turned off, here as the rest is.
const OFF = "mithaq.keys";
const isOff = () => localStorage.getItem(OFF) === "off";
const sheet = document.getElementById("keys");
const opener = document.querySelector("[data-keys]");
const toggle = document.querySelector("[data-keys-on]");
const help = () => {
  if (!sheet || sheet.open) return;
  toggle.checked = !isOff();
  sheet.showModal();
};
if (opener) opener.hidden = false;
opener?.addEventListener("click", help);
toggle?.addEventListener("change", () => localStorage.setItem(OFF, toggle.checked ? "on" : "off"));

const chosen = () => boxes().forEach((box) => box.closest(".row").classList.toggle("sel", box.checked));

const acts = {
  KeyJ: () => go(1),
  KeyK: () => go(-1),
  KeyX: () => {
    const box = rows()[at]?.querySelector("input[type=checkbox]");
    if (box) box.checked = !box.checked;
    chosen();
  },
  KeyA: () => document.getElementById("with")?.focus(),
  Slash: () => (document.querySelector(".find input") ?? document.querySelector("[type=search]"))?.focus(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (typing || sheet?.open || event.ctrlKey || event.metaKey || event.altKey || isOff()) return;
  // The question mark is elsewhere on some keyboards.
  const asks = (event.code === "Slash" && event.shiftKey) || event.key === "?" || event.key === "؟";
  const act = asks ? help : acts[event.code];
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (row) at = rows().indexOf(row);
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) boxes().forEach((box) => (box.checked = event.target.checked));
  chosen();
});
