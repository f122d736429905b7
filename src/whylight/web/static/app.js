/* What every page needs: posts with the page's token, one line for what went wrong, and canvases over pictures. */
"use strict";

const whylight = {
  say(sentence, isBad = false) {
    const toast = document.getElementById("toast");
    toast.textContent = sentence;
    toast.classList.toggle("bad", isBad);
    toast.classList.add("there");
    clearTimeout(whylight.timer);
    whylight.timer = setTimeout(() => toast.classList.remove("there"), isBad ? 9000 : 3500);
  },
  async post(address, content) {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": document.body.dataset.csrf, "HX-Request": "true" },
      body: JSON.stringify(content),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer;
  },
  fit(canvas) { // clears a canvas and gives it as many pixels as the screen has under it; returns those of one CSS pixel
    const box = canvas.getBoundingClientRect();
    const scale = Math.min(2, globalThis.devicePixelRatio || 1);
    canvas.width = Math.max(1, Math.round(box.width * scale));
    canvas.height = Math.max(1, Math.round(box.height * scale));
    return scale;
  },
};
globalThis.whylight = whylight;

document.addEventListener("htmx:responseError", (event) => {
  whylight.say(event.detail.xhr.responseText || "That did not work.", true);
});
document.addEventListener("htmx:sendError", () => {
  whylight.say("The server does not answer. What you said before is kept.", true);
});
document.addEventListener("htmx:load", (event) => {
  document.dispatchEvent(new CustomEvent("whylight:drawn", { detail: event.detail.elt }));
});
