/* Viewers: opacity, signs, grey and zoom of a picture under its evidence. What was chosen stays from one picture to the next. */
"use strict";

(() => {
  const STEPS = [1, 1.5, 2, 3, 4, 6, 8];
  const looks = { opacity: 80, supports: true, hinders: true, grey: true, zoom: 1, ...kept() };

  function kept() {
    try { return JSON.parse(sessionStorage.getItem("whylight-looks")) ?? {}; } catch { return {}; }
  }

  function keep() {
    try { sessionStorage.setItem("whylight-looks", JSON.stringify(looks)); } catch { /* a browser may forbid it */ }
  }

  function apply() {
    for (const sheet of document.querySelectorAll(".sheet")) {
      sheet.style.setProperty("--opacity", looks.opacity / 100);
      sheet.style.setProperty("--zoom", looks.zoom);
      sheet.classList.toggle("no-supports", !looks.supports);
      sheet.classList.toggle("no-hinders", !looks.hinders);
      sheet.classList.toggle("grey", looks.grey);
      const photo = sheet.querySelector(".photo");
      sheet.style.setProperty("--aspect", photo.getAttribute("width") / photo.getAttribute("height") || 1);
    }
    for (const input of document.querySelectorAll("[data-look]")) {
      const value = looks[input.dataset.look];
      if (input.type === "checkbox") input.checked = value;
      else if (input.type === "range") input.value = value;
      else input.textContent = `${Math.round(100 * looks.zoom)} %`;
    }
  }

  function zoom(direction) {
    const place = STEPS.indexOf(looks.zoom) + direction;
    looks.zoom = STEPS[Math.max(0, Math.min(STEPS.length - 1, place))];
    const middles = [...document.querySelectorAll(".stage")].map((stage) => [
      stage, (stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth, (stage.scrollTop + stage.clientHeight / 2) / stage.scrollHeight,
    ]);
    apply();
    for (const [stage, across, down] of middles) {
      stage.scrollTo(across * stage.scrollWidth - stage.clientWidth / 2, down * stage.scrollHeight - stage.clientHeight / 2);
    }
    keep();
  }

  document.addEventListener("input", (event) => {
    const name = event.target.dataset?.look;
    if (!name) return;
    looks[name] = event.target.type === "checkbox" ? event.target.checked : Number(event.target.value);
    apply();
    keep();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-zoom]");
    if (button) zoom(button.dataset.zoom === "in" ? 1 : -1);
  });
  document.addEventListener("wheel", (event) => {
    if (!event.ctrlKey || !event.target.closest?.(".stage")) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1 : -1);
  }, { passive: false });
  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.(".stage") || event.ctrlKey || event.metaKey) return;
    if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 1 : -1);
  });

  let drag = null;
  document.addEventListener("pointerdown", (event) => {
    const stage = event.target.closest?.(".stage");
    if (!stage || (stage.dataset.tool ?? "move") !== "move" || event.pointerType !== "mouse") return;
    drag = { stage, x: event.clientX + stage.scrollLeft, y: event.clientY + stage.scrollTop };
    event.preventDefault();
    stage.focus({ preventScroll: true });
  });
  document.addEventListener("pointermove", (event) => {
    drag?.stage.scrollTo(drag.x - event.clientX, drag.y - event.clientY);
  });
  document.addEventListener("pointerup", () => { drag = null; });

  document.addEventListener("whylight:drawn", apply);
  document.addEventListener("DOMContentLoaded", apply);
})();
