document.documentElement.classList.add("with-script");
for (const slider of document.querySelectorAll(".opacity")) {
  slider.addEventListener("input", () => {
    slider.closest("figure").style.setProperty("--opacity", slider.value / 100);
  });
}
