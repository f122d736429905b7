/* Segments: a vote on a whole segment of the picture, kept on the server, drawn over the picture. With keys: the arrows go to the
   next segment, Enter votes. Where the segments lie is fetched when somebody asks for them. */
"use strict";

(() => {
  const INKS = { true: "#12a065", false: "#d61f80" };
  let tool = { tool: "move", matters: true };
  let votes = {};
  let known = null; // the segments of the explanation that stands there
  let near = null; // the one under the pointer, or where the keys are

  const viewer = () => document.querySelector(".viewer[data-votes]");
  const canvas = () => viewer()?.querySelector(".parts");
  const key = () => viewer().querySelector(".sheet").dataset.key;
  const active = () => Boolean(viewer()) && tool.tool === "segments";

  async function begin() {
    if (active() || Object.keys(votes).length) await load();
    draw();
  }

  async function load() {
    if (known?.key === key()) return;
    const asked = key();
    try {
      const answer = await fetch(`/judge/segments?explanation=${asked}`, { headers: { "HX-Request": "true" } });
      if (!answer.ok) throw new Error(await answer.text());
      const found = await answer.json();
      if (viewer() && key() === asked) known = { key: asked, ...found, ...laid(found) };
    } catch (error) {
      whylight.say(error.message || "The segments could not be fetched.", true);
    }
  }

  function laid({ rows, columns, runs, parts }) {
    const numbers = new Int32Array(rows * columns);
    for (let run = 0, place = 0; run < runs.length; run += 2) numbers.fill(runs[run], place, (place += runs[run + 1]));
    const edges = parts.map(() => new Path2D());
    const at = (row, column) => (row < 0 || column < 0 || row >= rows || column >= columns ? -1 : numbers[row * columns + column]);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const number = at(row, column);
        const line = (...ends) => { edges[number].moveTo(ends[0], ends[1]); edges[number].lineTo(ends[2], ends[3]); };
        if (at(row - 1, column) !== number) line(column, row, column + 1, row);
        if (at(row + 1, column) !== number) line(column, row + 1, column + 1, row + 1);
        if (at(row, column - 1) !== number) line(column, row, column, row + 1);
        if (at(row, column + 1) !== number) line(column + 1, row, column + 1, row + 1);
      }
    }
    return { numbers, edges };
  }

  function under([across, down]) {
    const [left, top, right, bottom] = known.box;
    const column = Math.floor(((across - left) / (right - left)) * known.columns);
    const row = Math.floor(((down - top) / (bottom - top)) * known.rows);
    const inside = column >= 0 && row >= 0 && column < known.columns && row < known.rows;
    return inside ? known.numbers[row * known.columns + column] : null;
  }

  function draw() {
    const sheet = canvas();
    if (!sheet) return;
    const scale = whylight.fit(sheet);
    tell(sheet);
    if (!known) return;
    const pen = sheet.getContext("2d");
    const [left, top, right, bottom] = known.box;
    const place = [left * sheet.width, top * sheet.height, (right - left) * sheet.width, (bottom - top) * sheet.height];
    const moved = new DOMMatrix([place[2] / known.columns, 0, 0, place[3] / known.rows, place[0], place[1]]);
    const outline = (number, ink, width, dashes = []) => {
      const path = new Path2D();
      path.addPath(known.edges[number], moved);
      pen.setLineDash(dashes);
      pen.lineCap = "round";
      pen.strokeStyle = ink;
      pen.lineWidth = width * scale;
      pen.stroke(path);
      pen.setLineDash([]);
    };
    if (active()) for (const number of known.edges.keys()) { outline(number, "#0006", 2); outline(number, "#fffc", 0.75); }
    pen.imageSmoothingEnabled = false;
    pen.drawImage(filled(), ...place);
    for (const [number, belongs] of Object.entries(votes)) {
      if (!known.parts[number]) continue;
      outline(number, "#fff", 4);
      outline(number, INKS[belongs], 2.5);
      mark(pen, known.parts[number].at, belongs, sheet, scale);
    }
    if (active() && near !== null) { outline(near, "#000", 5); outline(near, "#fff", 2.5); }
  }

  function filled() {
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [known.columns, known.rows];
    const pen = sheet.getContext("2d");
    const pixels = pen.createImageData(sheet.width, sheet.height);
    const inks = { true: [18, 160, 101, 110], false: [214, 31, 128, 110] };
    known.numbers.forEach((number, place) => { if (number in votes) pixels.data.set(inks[votes[number]], 4 * place); });
    pen.putImageData(pixels, 0, 0);
    return sheet;
  }

  function mark(pen, [across, down], belongs, sheet, scale) { // a tick or a cross: not by colour alone
    const [x, y, size] = [across * sheet.width, down * sheet.height, 5 * scale];
    pen.fillStyle = INKS[belongs];
    pen.beginPath();
    pen.arc(x, y, 2 * size, 0, 7);
    pen.fill();
    pen.strokeStyle = "#fff";
    pen.lineWidth = 2 * scale;
    pen.stroke();
    pen.beginPath();
    const ways = belongs ? [[[-1, 0], [-0.2, 0.8], [1, -0.8]]] : [[[-0.8, -0.8], [0.8, 0.8]], [[-0.8, 0.8], [0.8, -0.8]]];
    for (const [first, ...rest] of ways) {
      pen.moveTo(x + size * first[0], y + size * first[1]);
      for (const [right, below] of rest) pen.lineTo(x + size * right, y + size * below);
    }
    pen.stroke();
  }

  function tell(sheet) {
    const said = Object.values(votes);
    const up = said.filter(Boolean).length;
    sheet.setAttribute("aria-label", said.length ? `Your votes on segments: ${up} should matter, ${said.length - up} should not` : "No votes on segments");
  }

  const opinion = (number) => (number in votes ? (votes[number] ? " You said: should matter." : " You said: should not matter.") : "");
  const words = (number) => `Segment ${number}: ${known.parts[number].words}.${opinion(number)}`;

  async function vote(number) {
    const before = votes[number];
    if (before === tool.matters) {
      whylight.say(words(number));
      return;
    }
    votes[number] = tool.matters;
    draw();
    try {
      await whylight.post("/judge/votes", { explanation: key(), segment: number, belongs: tool.matters });
      whylight.say(`Kept: segment ${number} should ${votes[number] ? "" : "not "}matter.`);
    } catch (error) {
      if (before === undefined) delete votes[number];
      else votes[number] = before;
      draw();
      whylight.say(error.message || "The vote could not be kept.", true);
    }
  }

  function next([right, below]) {
    if (near === null) return under([0.5, 0.5]) ?? 0;
    const [x, y] = known.parts[near].at;
    let [best, least] = [near, Infinity];
    known.parts.forEach(({ at }, number) => {
      const [across, down] = [at[0] - x, at[1] - y];
      const along = across * right + down * below;
      const aside = Math.abs(across * below) + Math.abs(down * right);
      if (number !== near && along > 0 && along + 2 * aside < least) [best, least] = [number, along + 2 * aside];
    });
    return best;
  }

  function at(event) {
    const box = canvas().getBoundingClientRect();
    return under([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
  }

  document.addEventListener("pointermove", (event) => {
    if (!active() || !known || !event.target.matches?.(".strokes")) return;
    const found = at(event);
    if (found === near) return;
    near = found;
    draw();
  });
  document.addEventListener("click", (event) => {
    if (!active() || !known || !event.target.matches?.(".strokes")) return;
    near = at(event);
    if (near !== null) vote(near);
  });
  document.addEventListener("keydown", (event) => {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (!active() || !known || !event.target.closest?.(".stage") || (event.key !== "Enter" && !(event.key in ways))) return;
    event.preventDefault();
    if (event.key !== "Enter") {
      near = next(ways[event.key]);
      whylight.say(words(near));
      draw();
    } else if (near !== null) vote(near);
  });
  document.addEventListener("whylight:tool", async (event) => {
    tool = event.detail;
    if (active()) await load();
    draw();
  });
  globalThis.addEventListener("resize", draw);
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-zoom]")) requestAnimationFrame(draw); });
  document.addEventListener("whylight:drawn", (event) => {
    if (!event.detail.contains(viewer())) return;
    votes = JSON.parse(viewer().dataset.votes);
    if (known?.key !== key()) known = near = null;
    const photo = viewer().querySelector(".photo");
    if (photo.complete) begin();
    else photo.addEventListener("load", begin, { once: true });
  });
})();
