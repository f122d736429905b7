/* What every page needs: posts with the page's token, and one line for what went wrong. */
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
