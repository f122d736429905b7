/* Keys of the page Judge: u, d, s, z press the button of that letter. They can be turned off, as they must be. */
"use strict";

(() => {
  const NAME = "whylight-keys";
  const on = () => localStorage.getItem(NAME) !== "off";

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox], [type=radio], [type=range]), select, textarea, [contenteditable]");
    if (!on() || typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const button = document.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-keys]")) localStorage.setItem(NAME, event.target.checked ? "on" : "off");
  });
  document.addEventListener("whylight:drawn", () => {
    for (const box of document.querySelectorAll("[data-keys]")) box.checked = on();
    const told = document.querySelector("[data-told]");
    if (told) whylight.say(told.textContent);
    told?.removeAttribute("data-told");
  });
})();
