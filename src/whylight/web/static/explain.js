/* Explain: a picture that is dropped anywhere on the page, pasted or chosen is shown before it is sent. */
"use strict";

(() => {
  const drop = () => document.querySelector(".drop");
  let address = null;
  let depth = 0;

  function show(file) {
    const most = Number(drop().dataset.most);
    if (file.size > most) {
      drop().querySelector("#file").value = "";
      whylight.say(`${file.name} has more than ${Math.round(most / 2 ** 20)} MiB.`, true);
      return;
    }
    if (address) URL.revokeObjectURL(address);
    address = URL.createObjectURL(file);
    const preview = drop().querySelector(".preview");
    preview.addEventListener("load", () => preview.classList.toggle("tiny", preview.naturalWidth < 128), { once: true });
    preview.src = address;
    preview.alt = file.name;
    preview.hidden = false;
    drop().querySelector("[data-said]").textContent = file.name;
    drop().querySelector("#picture").value = "";
  }

  function take(files) {
    const file = files?.[0];
    if (!file || !drop()) return;
    const chosen = new DataTransfer();
    chosen.items.add(file);
    drop().querySelector("#file").files = chosen.files;
    show(file);
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "file" && event.target.files.length) show(event.target.files[0]);
  });
  document.addEventListener("dragenter", () => { depth += 1; document.body.classList.add("over"); });
  document.addEventListener("dragleave", () => { depth -= 1; if (depth <= 0) leave(); });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    leave();
    take(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) take(event.clipboardData.files);
  });

  function leave() {
    depth = 0;
    document.body.classList.remove("over");
  }
})();
