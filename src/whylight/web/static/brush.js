/* The brush: what should matter and what should not, kept on the server stroke by stroke. With keys: arrows move the brush over
   the picture, Enter puts it down and lifts it. */
"use strict";

(() => {
  const INKS = { true: "#12a065", false: "#d61f80" };
  const STEP = 0.02;
  let strokes = [];
  let open = null;
  let spot = null;
  let left = { key: null, tool: "move", whole: false };

  const viewer = () => document.querySelector(".viewer[data-strokes]");
  const canvas = () => viewer()?.querySelector(".strokes");
  const chosen = () => viewer()?.querySelector("input[name=tool]:checked")?.value ?? "move";
  const whole = () => viewer()?.querySelector("[data-brush=segments]");
  const tool = () => (whole()?.checked && chosen() !== "move" ? "segments" : chosen()); // segments.js does the rest
  const paints = () => ["matters", "not"].includes(tool());
  const width = () => Number(viewer().querySelector("[data-brush=size]").value) / 100;
  const share = (value) => Math.max(0, Math.min(1, value));

  function begin() {
    if (!viewer()) return;
    strokes = JSON.parse(viewer().dataset.strokes);
    open = spot = null;
    if (left.key === key()) restore();
    take();
    const photo = viewer().querySelector(".photo");
    if (photo.complete) draw();
    else photo.addEventListener("load", draw, { once: true });
  }

  const key = () => viewer().querySelector(".sheet").dataset.key;

  function restore() {
    viewer().querySelector(`input[name=tool][value=${left.tool}]`).checked = true;
    whole().checked = left.whole;
  }

  function take() {
    left = { key: key(), tool: chosen(), whole: whole().checked };
    viewer().querySelector(".stage").dataset.tool = tool();
    viewer().querySelector("[data-hint]").hidden = tool() !== "segments";
    viewer().dispatchEvent(new CustomEvent("whylight:tool", { bubbles: true, detail: { tool: tool(), matters: chosen() === "matters" } }));
  }

  function draw() {
    const sheet = canvas();
    if (!sheet) return;
    whylight.fit(sheet);
    const pen = sheet.getContext("2d");
    for (const stroke of open ? [...strokes, open] : strokes) paint(pen, stroke, sheet);
    if (spot && paints()) aim(pen, sheet);
  }

  function paint(pen, stroke, sheet) {
    const [first, ...rest] = stroke.points.map(([across, down]) => [across * sheet.width, down * sheet.height]);
    pen.globalAlpha = 0.6;
    pen.strokeStyle = INKS[stroke.matters];
    pen.lineWidth = Math.max(1, stroke.width * Math.min(sheet.width, sheet.height));
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(...first);
    for (const point of rest.length ? rest : [first]) pen.lineTo(...point);
    pen.stroke();
    pen.globalAlpha = 1;
    pen.strokeStyle = "#fff";
    pen.lineWidth = Math.max(1, pen.lineWidth / 12);
    pen.setLineDash(stroke.matters ? [] : [8, 8]); // not by colour alone
    pen.stroke();
    pen.setLineDash([]);
  }

  function aim(pen, sheet) {
    pen.globalAlpha = 1;
    pen.lineWidth = 2;
    pen.strokeStyle = "#fff";
    pen.beginPath();
    pen.arc(spot[0] * sheet.width, spot[1] * sheet.height, (width() * Math.min(sheet.width, sheet.height)) / 2, 0, 7);
    pen.stroke();
    pen.strokeStyle = "#000";
    pen.setLineDash([4, 4]);
    pen.stroke();
    pen.setLineDash([]);
  }

  function at(event) {
    const box = canvas().getBoundingClientRect();
    return [share((event.clientX - box.left) / box.width), share((event.clientY - box.top) / box.height)];
  }

  async function finish() {
    const stroke = open;
    open = null;
    if (!stroke) return;
    strokes.push(stroke);
    draw();
    try {
      await whylight.post("/judge/strokes", { explanation: key(), ...stroke });
      whylight.say(stroke.matters ? "Kept: this should matter." : "Kept: this should not matter.");
    } catch (error) {
      strokes = strokes.filter((each) => each !== stroke);
      draw();
      whylight.say(error.message || "The stroke could not be kept.", true);
    }
  }

  const start = (point) => { open = { matters: tool() === "matters", width: width(), points: [point] }; };

  document.addEventListener("pointerdown", (event) => {
    if (event.target !== canvas() || !paints() || event.button !== 0) return;
    event.preventDefault();
    event.target.setPointerCapture(event.pointerId);
    start(at(event));
    draw();
  });
  document.addEventListener("pointermove", (event) => {
    if (!open || event.target !== canvas() || open.points.length >= 5000) return;
    open.points.push(at(event));
    draw();
  });
  document.addEventListener("pointerup", (event) => { if (event.target === canvas()) finish(); });
  document.addEventListener("pointercancel", () => { open = null; draw(); });

  document.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    if (!event.target.closest?.(".stage") || !viewer() || !paints()) return;
    if (event.key === "Enter") {
      spot ??= [0.5, 0.5];
      if (open) finish();
      else start([...spot]);
    } else if (event.key in moves) {
      const [across, down] = spot ?? [0.5, 0.5];
      spot = [share(across + moves[event.key][0]), share(down + moves[event.key][1])];
      open?.points.push([...spot]);
    } else return;
    event.preventDefault();
    draw();
  });
  document.addEventListener("change", (event) => {
    if (event.target.name !== "tool" && event.target !== whole()) return;
    if (event.target === whole() && chosen() === "move") viewer().querySelector("input[name=tool][value=matters]").checked = true;
    take();
    draw();
  });
  globalThis.addEventListener("resize", draw);
  document.addEventListener("input", () => requestAnimationFrame(draw));
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-zoom]")) requestAnimationFrame(draw); });
  document.addEventListener("whylight:drawn", (event) => { if (event.detail.contains(viewer())) begin(); });
})();
