/* What a page of the book does without a kernel: a network that looks at a picture (cells tagged live-network), sliders
   over saved scores (live-threshold), and the quiz. book/live.py makes the data, and data-live of this script says what
   is there. Every request goes to files of the book itself; no picture and no answer is sent anywhere. */
"use strict";
{
  const folder = new URL("live/", document.currentScript.src).href;
  const { live = "", megabytes } = document.currentScript.dataset, made = live.split(" ");
  const disk = location.protocol === "file:"; // from there a page may not load data
  const lesson = (location.pathname.match(/(\d\d)_[^/]*$/) || [])[1];
  const MEAN = [0.485, 0.456, 0.406], STD = [0.229, 0.224, 0.225], SIZE = 224; // as in course_utils.models

  function make(kind, about, ...inside) {
    const element = Object.assign(document.createElement(kind), about);
    element.append(...inside);
    return element;
  }

  /* Where something is missing: the last figure that the page shows before this place, and a sentence. */
  function still(place, what) {
    const before = (image) => image.compareDocumentPosition(place) & Node.DOCUMENT_POSITION_FOLLOWING;
    const figure = [...document.querySelectorAll(".cell_output img")].filter((i) => i.offsetParent && before(i)).pop();
    place.replaceChildren(make("p", {}, disk ? `${what} needs a web server: “python -m http.server” in the folder of the book. ` :
      `${what} is not in this copy of the book: “make book” adds it where npm and the real data are at hand. `,
      "Here is a saved figure of the lesson."));
    if (figure) place.append(make("img", { src: figure.src, alt: figure.alt }));
  }

  // ---- a network that looks at a picture

  /* Which old pixels make each new one, and how much: PyTorch's bilinear resizing with antialias=True. */
  function mixture(from, to) {
    const scale = from / to, reach = Math.max(scale, 1);
    return Array.from({ length: to }, (_, i) => {
      const centre = (i + 0.5) * scale, first = Math.max(0, Math.floor(centre - reach + 0.5));
      const last = Math.min(from, Math.floor(centre + reach + 0.5)), shares = [];
      for (let j = first; j < last; j++) shares.push(Math.max(0, 1 - Math.abs(j - centre + 0.5) / reach));
      const all = shares.reduce((a, b) => a + b, 0);
      return { first, shares: shares.map((share) => share / all) };
    });
  }

  /* To a whole number; a half goes to the even one, as in PyTorch. Halves are frequent when pixels are mixed. */
  const whole = (value) => (value % 1 === 0.5 && Math.floor(value) % 2 === 0 ? Math.floor(value) : Math.round(value));

  /* Pixels -> (1, 3, 224, 224), on the scale of the network's training: `prepare` of lesson 07. */
  function prepare({ width, height, data }) {
    const across = mixture(width, SIZE), down = mixture(height, SIZE);
    const film = new Float32Array(3 * SIZE * SIZE), rows = new Float32Array(height * SIZE);
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < height; y++)
        for (let x = 0; x < SIZE; x++)
          rows[y * SIZE + x] = across[x].shares.reduce(
            (sum, share, j) => sum + share * data[4 * (y * width + across[x].first + j) + c], 0);
      for (let y = 0; y < SIZE; y++)
        for (let x = 0; x < SIZE; x++) {
          const value = down[y].shares.reduce((sum, share, j) => sum + share * rows[(down[y].first + j) * SIZE + x], 0);
          film[(c * SIZE + y) * SIZE + x] = (whole(value) / 255 - MEAN[c]) / STD[c];
        }
    }
    return film;
  }

  /* A file or an image of the page -> its pixels on black, all of them or those in a box (left, top, right, bottom). */
  async function pixels(source, box) {
    const bitmap = await createImageBitmap(source, { colorSpaceConversion: "none" });
    const [left, top, right, bottom] = box || [0, 0, bitmap.width, bitmap.height];
    const canvas = make("canvas", { width: right - left, height: bottom - top });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, -left, -top);
    return [canvas, pen.getImageData(0, 0, canvas.width, canvas.height)];
  }

  let session;
  async function load() {
    await new Promise((done, failed) => document.head.append(
      make("script", { src: folder + "ort/ort.wasm.min.js", onload: done, onerror: failed })));
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = folder + "ort/";
    return ort.InferenceSession.create(folder + "network.onnx");
  }

  async function network(place) {
    const about = await (await fetch(folder + "network.json")).json();
    const chosen = make("input", { type: "file", accept: "image/*" });
    const said = make("output", {}), views = make("div", { className: "live-views", hidden: true });
    const choices = make("p", { className: "live-choices" });
    const titles = ["the picture", "where it looks (class activation map)"];
    const canvases = titles.map((name) => make("canvas", { width: SIZE, height: SIZE, role: "img", ariaLabel: name }));
    views.append(...canvases.map((c, i) => make("figure", {}, c, make("figcaption", {}, titles[i]))));

    async function look(source, box) {
      said.textContent = session ? "The network looks …" : `The network is loaded, once: ${megabytes} MB …`;
      views.hidden = true;
      let canvas, image;
      try {
        [canvas, image] = await pixels(await source, box);
      } catch {
        said.textContent = "This browser cannot read the file as a picture. Choose a PNG or JPEG file.";
        return;
      }
      try {
        const net = await (session ??= load());
        const film = new ort.Tensor("float32", prepare(image), [1, 3, SIZE, SIZE]);
        show(canvas, (await net.run({ film })).heat);
      } catch (fault) {
        session = undefined;
        console.warn(fault);
        still(place, "The network");
      }
    }

    /* The head adds up the feature maps, and each of their places adds its share: class activation mapping. */
    function show(canvas, { data, dims }) {
      const odds = data.reduce((a, b) => a + b, 0) / data.length + about.intercept, sign = odds < 0 ? -1 : 1;
      const sure = 1 / (1 + Math.exp(-Math.abs(odds))), most = Math.max(...data.map((value) => sign * value));
      const small = make("canvas", { width: dims[3], height: dims[2] }), map = new ImageData(dims[3], dims[2]);
      data.forEach((value, i) => {
        const heat = Math.max(sign * value, 0) / most;
        map.data.set([255, 220 * heat, 30, 190 * heat], 4 * i);
      });
      small.getContext("2d").putImageData(map, 0, 0);
      for (const view of canvases) view.getContext("2d").drawImage(canvas, 0, 0, SIZE, SIZE);
      canvases[1].getContext("2d").drawImage(small, 0, 0, SIZE, SIZE);
      const kind = about.classes[odds < 0 ? 0 : 1];
      said.textContent = `${kind}, ${sure > 0.9995 ? "more than 99.9" : (100 * sure).toFixed(1)} %`;
      Object.assign(said.dataset, { kind, sure });
      canvases[1].ariaLabel = `The places that speak for ${kind} are bright.`;
      views.hidden = false;
    }

    const sample = (name, act) => choices.append(make("button", { type: "button", onclick: act }, name), " ");
    const { figure: file, panels = [] } = about.films[lesson] || {};
    const figure = [...document.images].find((image) => image.src.endsWith(file));
    if (figure) for (const [name, box] of panels) sample(name, () => look(figure.decode().then(() => figure), box));
    for (const [name, file] of about.samples) sample(name, () => look(fetch(folder + file).then((r) => r.blob())));
    chosen.onchange = () => chosen.files[0] && look(chosen.files[0]);
    place.ondragover = (event) => event.preventDefault();
    place.ondrop = (event) => {
      event.preventDefault();
      if (event.dataTransfer.files[0]) look(event.dataTransfer.files[0]);
    };
    place.append(make("p", {}, make("strong", {}, "The network of this lesson, in your browser. "),
      "Take one of these pictures, or choose or drop your own. It has learnt from 65 films, knows two words and must say one. ",
      make("em", {}, "Nothing leaves this page.")), choices, make("label", {}, "Your picture ", chosen),
      make("p", { ariaLive: "polite" }, said), views);
  }

  // ---- sliders over saved scores

  /* What an alarm from a threshold on means where this share is sick. told: Bayes' rule first, as in lesson 10. */
  function judge({ labels, scores, learnt }, threshold, share, told) {
    const alarms = [0, 0], all = [0, 0];
    scores.forEach((score, i) => {
      const sick = (score * share) / learnt, well = ((1 - score) * (1 - share)) / (1 - learnt);
      all[labels[i]]++;
      if ((told ? sick / (sick + well) : score) >= threshold) alarms[labels[i]]++;
    });
    const found = alarms[1] / all[1], spared = 1 - alarms[0] / all[0];
    const right = found * share, wrong = (1 - spared) * (1 - share), quiet = spared * (1 - share);
    return {
      sensitivity: found, specificity: spared,
      "positive predictive value": right / (right + wrong),
      "negative predictive value": quiet / (quiet + share - right),
      "net benefit in 1,000": 1000 * (right - (wrong * threshold) / (1 - threshold)),
    };
  }

  /* Sensitivity and specificity at every threshold, and the threshold chosen. at: threshold -> what `judge` gives. */
  function curves(at, threshold) {
    const x = (t) => (30 + 380 * t).toFixed(1), y = (share) => (150 - 140 * share).toFixed(1), names = ["sensitivity", "specificity"];
    const steps = Array.from({ length: 99 }, (_, i) => (i + 1) / 100).map((t) => [t, at(t)]), here = at(threshold);
    const drawn = names.map((name) => `<polyline class="live-${name}" points="${steps.map(([t, v]) => `${x(t)},${y(v[name])}`).join(" ")}"/>
      <circle class="live-${name}" cx="${x(threshold)}" cy="${y(here[name])}" r="5"/>`);
    const words = names.map((name, i) => `<text class="live-${name}" x="${30 + 120 * i}" y="198">${name}</text>`);
    return `<svg viewBox="0 0 420 204" role="img" aria-label="Sensitivity and specificity at every threshold, and the one chosen.">
      <line x1="${x(threshold)}" x2="${x(threshold)}" y1="6" y2="150"/><line x1="30" x2="410" y1="150" y2="150"/><line x1="30" x2="30" y1="10" y2="150"/>${drawn.join("")}${words.join("")}
      <text x="22" y="16" text-anchor="end">1</text><text x="22" y="155" text-anchor="end">0</text>
      <text x="30" y="170">0</text><text x="220" y="170" text-anchor="middle">threshold</text><text x="410" y="170" text-anchor="end">1</text></svg>`;
  }

  async function threshold(place) {
    const about = await (await fetch(`${folder}threshold-${lesson}.json`)).json();
    const range = (value, min, max, step) => make("input", { type: "range", min, max, step, value, oninput: draw });
    const cut = range(about.start[0], 0.01, 0.99, 0.01), share = range(about.start[1], 0.01, 0.8, 0.002);
    const told = make("input", { type: "checkbox", oninput: draw }), table = make("table");
    const figure = make("div"), line = make("p"), shown = [make("output"), make("output")];
    function draw() {
      const t = Number(cut.value), p = Number(share.value), at = (t) => judge(about, t, p, told.checked), values = at(t);
      const people = (n) => Math.round(1000 * n);
      shown[0].textContent = t.toFixed(2);
      shown[1].textContent = `${(100 * p).toFixed(1)} %`;
      figure.innerHTML = curves(at, t);
      line.textContent = `Of 1,000 ${about.people} ${people(p)} are ${about.sick}: ${people(p * values.sensitivity)} of them are found, ` +
        `with ${people((1 - p) * (1 - values.specificity))} false alarms.`;
      table.replaceChildren(...Object.entries(values).map(([name, value]) => {
        const shown = Number.isNaN(value) ? "–" : value.toFixed(name.startsWith("net") ? 0 : 2).replace("-", "−");
        const cell = make("td", {}, shown);
        cell.dataset.value = value;
        return make("tr", {}, make("th", { scope: "row" }, name), cell);
      }));
    }
    place.append(make("p", {}, make("strong", {}, "The network's answers, judged in your browser. "),
      `Scores of ${about.scores.length} pictures, as this lesson computes them. Move the sliders.`),
      make("label", {}, `${about.alarm} from `, cut, shown[0]), make("label", {}, "prevalence ", share, shown[1]),
      make("label", {}, told, " tell the network the prevalence (Bayes' rule)"), figure, line, table);
    draw();
  }

  // ---- the quiz: which answer was opened first

  function quiz(section) {
    const key = `quiz ${location.pathname}`, questions = [];
    let first = {};
    try { first = JSON.parse(localStorage.getItem(key)) || {}; } catch { /* not allowed: kept until the page closes */ }
    for (const element of section.children) {
      const answer = element.tagName === "DETAILS" && element.textContent.match(/[✓✗]/);
      if (element.tagName === "P" && /^\d\. /.test(element.textContent)) questions.push([]);
      else if (answer && questions.length) questions.at(-1).push(element);
    }
    const score = make("p", { className: "live-score", ariaLive: "polite" });
    section.lastElementChild.after(score);
    function note(question, right) {
      first[question] ??= right;
      try { localStorage.setItem(key, JSON.stringify(first)); } catch { /* as above */ }
      tell();
    }
    function again() {
      first = {};
      try { localStorage.removeItem(key); } catch { /* as above */ }
      for (const answer of questions.flat()) answer.open = false;
      for (const field of section.querySelectorAll("form")) field.reset();
      for (const reply of section.querySelectorAll("form output")) reply.textContent = "";
      tell();
    }
    function tell() {
      const given = Object.values(first), right = given.filter(Boolean).length, all = given.length === questions.length;
      score.hidden = !given.length;
      score.replaceChildren(all ? `${right} of ${questions.length} at the first try. ` : `${given.length} of ${questions.length} answered. `,
        make("button", { type: "button", onclick: again }, "Start again"), make("small", {}, " Kept in this browser only."));
    }
    questions.forEach((answers, question) => {
      const number = answers.length === 1 && answers[0].textContent.match(/✓ (-?[\d.]+), give or take ([\d.]*\d)/);
      for (const answer of answers)
        answer.addEventListener("toggle", () => answer.open && note(question, !number && answer.textContent.includes("✓")));
      if (!number) return;
      const field = make("input", { inputMode: "decimal", size: 8, ariaLabel: "your number" }), reply = make("output");
      const asked = make("form", {}, field, " ", make("button", {}, "Check"), " ", reply);
      asked.onsubmit = (event) => {
        event.preventDefault();
        const value = parseFloat(field.value.replace(",", ".").replace("−", "-"));
        const right = Math.abs(value - number[1]) <= Number(number[2]) + 1e-9;
        reply.textContent = Number.isNaN(value) ? "A number, please." : right ? "✓ right" : "✗ not yet";
        if (!Number.isNaN(value)) note(question, right);
        if (right) answers[0].open = true; // why
      };
      answers[0].before(asked);
    });
    tell();
  }

  function start() {
    const kinds = [["network", "network", network, "The network"],
      ["threshold", `threshold-${lesson}`, threshold, "The pair of sliders"]];
    for (const [tag, data, act, what] of kinds)
      for (const cell of document.querySelectorAll(`.tag_live-${tag}`)) {
        const place = make("div", { className: "live" });
        cell.after(place);
        if (made.includes(data) && !disk) act(place).catch(() => still(place, what));
        else still(place, what);
      }
    const section = document.getElementById("quiz");
    if (section) quiz(section);
  }
  start();
}
