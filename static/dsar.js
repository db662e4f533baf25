// Comforts only: every page works without this file.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  if (form.method !== "post" || form.hasAttribute("hx-post") || form.hasAttribute("data-repeatable")) return;
  form.dataset.sent = "yes";
  form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
});

// A page taken from the back-forward cache must be usable again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
  });
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const said = [...button.childNodes];
  button.textContent = button.dataset.copied;
  setTimeout(() => button.replaceChildren(...said), 2000);
});

// Keys of the desk. The list that ? shows can turn them off: somebody who speaks to the computer needs that.
const keys = document.getElementById("keys");
const walk = (step) => {
  const links = [...document.querySelectorAll(".cases tbody a")];
  const here = links.indexOf(document.activeElement.closest("tr")?.querySelector("a"));
  links[Math.max(0, Math.min(links.length - 1, here + step))]?.focus();
};
const deeds = {
  j: () => walk(1),
  k: () => walk(-1),
  x: () => document.activeElement.closest("tr")?.querySelector("[type=checkbox]")?.click(),
  "/": () => document.getElementById("q")?.focus(),
  n: () => document.querySelector("#next :is(button, a[href])")?.focus(),
  q: () => document.querySelector(".deskhead .name")?.click(),
};

if (keys) {
  const on = document.getElementById("keys-on");
  // The window keeps its name from page to page, and nothing is stored.
  on.checked = window.name !== "without-keys";
  on.addEventListener("change", () => (window.name = on.checked ? "" : "without-keys"));
  document.querySelector("[data-keys]").addEventListener("click", () => keys.showModal());
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (!on.checked || writing || keys.open || event.ctrlKey || event.metaKey || event.altKey) return;
    const deed = event.key === "?" ? () => keys.showModal() : deeds[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
}

// A link into the error summary brings the field into view with its label, and focuses it.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a");
  const field = link && document.querySelector(link.getAttribute("href"));
  if (!field) return;
  event.preventDefault();
  (field.closest(".field") ?? field).scrollIntoView({ block: "start" });
  field.focus({ preventScroll: true });
});

// What is marked in a text, by its characters, goes into a field beside it.
document.querySelectorAll("[data-marks]").forEach((button) => {
  const text = document.getElementById(button.dataset.marks);
  button.hidden = false;
  // Keys move and mark only where one could write; nothing is written all the same.
  text.readOnly = false;
  text.setAttribute("aria-readonly", "true");
  text.addEventListener("beforeinput", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    const into = document.getElementById(button.dataset.into);
    const place = (at) => [...text.value.slice(0, at)].length;
    if (text.selectionStart === text.selectionEnd) return text.focus();
    const marked = `${place(text.selectionStart)}-${place(text.selectionEnd)}`;
    into.value = [into.value.trim(), marked].filter(Boolean).join(" ");
  });
});
