"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";

  // ---- making elements: text is always text, never markup

  function put(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "text") element.textContent = value;
      else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    for (const child of children || []) if (child) element.append(child);
    return element;
  }
  const el = (tag, attributes, ...children) => put(document.createElement(tag), attributes, children);
  const sv = (tag, attributes, ...children) => put(document.createElementNS(SVG, tag), attributes, children);

  // ---- reading what was packed

  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const VALUE = new Uint8Array(128);
  for (let i = 0; i < 64; i++) VALUE[LETTERS.charCodeAt(i)] = i;

  function unpack(text) {
    const found = [];
    let rest = 0, factor = 1;
    for (let i = 0; i < text.length; i++) {
      const bits = VALUE[text.charCodeAt(i)];
      rest += (bits & 31) * factor;
      if (bits & 32) { factor *= 32; continue; }
      found.push(rest % 2 ? -(rest - 1) / 2 : rest / 2);
      rest = 0; factor = 1;
    }
    return found;
  }

  // The last place whose tick is not after t; -1 if there is none.
  function at(ticks, t) {
    let low = 0, high = ticks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ticks[middle] <= t) low = middle + 1; else high = middle;
    }
    return low - 1;
  }

  function pairs(text, texts) {
    const flat = unpack(text), ticks = [], values = [];
    let tick = 0;
    for (let i = 0; i < flat.length; i += 2) {
      tick += flat[i];
      ticks.push(tick);
      values.push(texts[flat[i + 1]]);
    }
    return { ticks, values, at: (t) => { const i = at(ticks, t); return i < 0 ? null : values[i]; } };
  }

  function clock(seconds) {
    if (seconds < 60) return `${seconds.toFixed(1)} s`;
    const tenths = Math.round(seconds * 10);
    const rest = tenths % 600, minutes = Math.floor(tenths / 600) % 60, hours = Math.floor(tenths / 36000);
    const tail = `${String(Math.floor(rest / 10)).padStart(2, "0")}.${rest % 10}`;
    return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
  }
  const spaced = (text) => text.replaceAll("_", " ");

  class Run {
    constructor(raw, index) {
      this.raw = raw;
      this.index = index;
      this.texts = raw.texts;
      this.dt = raw.dt;
      this.figures = raw.figures.map((figure, place) => this.figure(figure, place));
      this.byId = new Map(this.figures.map((figure) => [figure.id, figure]));
      this.minds = raw.minds.map((mind) => {
        const spans = [];
        let tick = 0;
        for (const step of unpack(mind.awake)) spans.push((tick += step));
        return { id: mind.id, modes: pairs(mind.modes, this.texts), doing: pairs(mind.doing, this.texts), awake: spans };
      });
      this.mindOf = new Map(this.minds.map((mind) => [mind.id, mind]));
      this.beliefs = new Map(Object.entries(raw.beliefs).map(([name, slots]) => [name, slots.map((slot) => this.slot(slot))]));
      this.sights = this.sight();
      this.gauges = raw.gauges.map((gauge) => this.gauge(gauge));
      this.states = raw.states.map(([owner, name, mind, row]) => ({ owner, name: this.texts[name], mind, series: pairs(row, this.texts) }));
      this.facts = new Map(this.states.filter((each) => !each.mind).map((each) => [`${each.owner} ${each.name}`, each]));
      this.events = this.read(raw.events);
      this.reasons = raw.reasons.map(([agent, node, tick, guards, values]) => ({
        agent, node: this.texts[node], tick, guards: guards.map((i) => this.texts[i]), values: values.map((i) => this.texts[i]),
      }));
      this.lapses = [];
      let tick = 0;
      const flat = unpack(raw.lapses);
      for (let i = 0; i < flat.length; i += 2) {
        const from = (tick += flat[i]);
        this.lapses.push([from, (tick += flat[i + 1])]);
      }
    }

    figure(raw, place) {
      const flat = unpack(raw.path), ticks = [], xs = [], ys = [];
      let t = 0, x = 0, y = 0;
      for (let i = 0; i < flat.length; i += 3) {
        ticks.push((t += flat[i]));
        xs.push((x += flat[i + 1]) / 10);
        ys.push((y += flat[i + 2]) / 10);
      }
      const turns = unpack(raw.facing), lookTicks = [], looks = [];
      t = 0;
      for (let i = 0; i < turns.length; i += 3) {
        lookTicks.push((t += turns[i]));
        looks.push([turns[i + 1], turns[i + 2]]);
      }
      return { id: raw.id, body: raw.body, agent: raw.agent, main: raw.main, place, ticks, xs, ys, lookTicks, looks };
    }

    where(figure, t) {
      const i = at(figure.ticks, t);
      if (i < 0) return null;
      if (i + 1 >= figure.ticks.length) return [figure.xs[i], figure.ys[i]];
      const share = (t - figure.ticks[i]) / (figure.ticks[i + 1] - figure.ticks[i]);
      return [figure.xs[i] + (figure.xs[i + 1] - figure.xs[i]) * share, figure.ys[i] + (figure.ys[i + 1] - figure.ys[i]) * share];
    }

    slot([key, handle, packed]) {
      const flat = unpack(packed), ticks = [], rows = [];
      let t = 0, x = 0, y = 0, i = 0;
      while (i < flat.length) {
        t += flat[i++];
        const how = flat[i++];
        const row = { gone: how === 0, seen: how >= 4, label: "", who: "", entity: null, point: null };
        if (how) {
          row.label = this.texts[flat[i++]];
          row.who = this.texts[flat[i++]];
          const place = flat[i++];
          row.entity = place < 0 ? null : place;
          if ((how & 3) === 2) {
            x += flat[i++];
            y += flat[i++];
            row.point = [x / 10, y / 10];
          }
        }
        ticks.push(t);
        rows.push(row);
      }
      return { key: this.texts[key], handle: this.texts[handle], ticks, rows };
    }

    // What an agent believes at t: in sight before remembered, nobody twice.
    believed(name, t) {
      const found = [], known = new Set();
      const rows = [];
      for (const slot of this.beliefs.get(name) || []) {
        const i = at(slot.ticks, t);
        if (i < 0 || slot.rows[i].gone) continue;
        rows.push({ ...slot.rows[i], key: slot.key, handle: slot.handle, since: slot.ticks[i] });
      }
      rows.sort((a, b) => Number(b.seen) - Number(a.seen));
      for (const row of rows) {
        const mark = row.handle || (row.point ? `${row.key}` : "");
        if (known.has(mark)) continue;
        known.add(mark);
        const figure = row.entity === null ? null : this.figures[row.entity];
        const real = figure ? this.where(figure, t) : null;
        const point = row.point || real;
        if (point) found.push({ ...row, figure, real, at: point });
      }
      return found;
    }

    // From when to when who saw whom, and whom they took them for.
    sight() {
      const found = [];
      for (const [name, slots] of this.beliefs) {
        const observer = this.byId.get(name);
        for (const slot of slots) {
          slot.rows.forEach((row, i) => {
            if (!row.seen || row.entity === null) return;
            const to = i + 1 < slot.ticks.length ? slot.ticks[i + 1] : Infinity;
            found.push({ observer, other: this.figures[row.entity], from: slot.ticks[i], to });
          });
        }
      }
      return found;
    }

    gauge([owner, name, unit, mind, scale, packed, moves]) {
      const flat = unpack(packed), ticks = [], values = [];
      let t = 0, v = 0;
      for (let i = 0; i < flat.length; i += 2) {
        ticks.push((t += flat[i]));
        values.push((v += flat[i + 1]) / scale);
      }
      return { run: this, owner, name: this.texts[name], unit, mind, ticks, values, moves };
    }

    value(gauge, t) {
      const i = at(gauge.ticks, t);
      if (i < 0) return null;
      if (i + 1 >= gauge.ticks.length) return gauge.values[i];
      const share = (t - gauge.ticks[i]) / (gauge.ticks[i + 1] - gauge.ticks[i]);
      return gauge.values[i] + (gauge.values[i + 1] - gauge.values[i]) * share;
    }

    read(raw) {
      const flat = unpack(raw.data), found = [];
      let i = 0, tick = 0;
      for (let n = 0; n < raw.count; n++) {
        tick += flat[i++];
        const event = { run: this, id: n, tick, kind: this.texts[flat[i++]], text: this.texts[flat[i++]], rule: this.texts[flat[i++]] };
        event.minor = flat[i++] === 1;
        event.times = flat[i++];
        event.who = [];
        for (let count = flat[i++]; count > 0; count--) event.who.push(flat[i++]);
        event.causes = [];
        for (let count = flat[i++]; count > 0; count--) {
          const code = flat[i++];
          event.causes.push(code % 2 ? { reason: (code - 1) / 2 } : { event: n - code / 2 });
        }
        found.push(event);
      }
      return found;
    }

    state(owner, name, t) {
      const found = this.facts.get(`${owner} ${name}`);
      return found ? found.series.at(t) : null;
    }
  }

  const runs = data.runs.map((raw, index) => new Run(raw, index));
  const first = runs[0], two = runs.length > 1;
  const last = Math.max(...runs.map((run) => run.raw.last));
  const LABELS = ["A", "B"];

  // ---- colours: the eight that the colour-blind tell apart, with a shape each

  const colours = new Map();
  for (const run of runs) {
    for (const figure of run.figures) {
      if (!colours.has(figure.id)) {
        const count = [...colours.values()].filter((each) => each.main).length;
        colours.set(figure.id, { main: figure.main, number: figure.main ? count % 8 : -1, shape: figure.main ? Math.floor(count / 2) % 4 : -1 });
      }
    }
  }
  const colour = (id) => {
    const found = colours.get(id);
    return found && found.main ? `c${found.number}` : "c-other";
  };
  const SHAPES = [
    "M0-8A8 8 0 1 1 0 8A8 8 0 1 1 0-8Z",
    "M-7.2-7.2H7.2V7.2H-7.2Z",
    "M0-9.5L9 7H-9Z",
    "M0-10L10 0L0 10L-10 0Z",
  ];

  // ---- what is shown

  const now = { t: 0, view: "", follow: "action", playing: false, chosen: null, zoom: 26, centre: null, tab: "turns" };

  const principals = [...new Set(runs.flatMap((run) => run.minds.filter((mind) => run.byId.get(mind.id).main).map((mind) => mind.id)))];
  const extras = [...new Set(runs.flatMap((run) => run.minds.map((mind) => mind.id)))].filter((id) => !principals.includes(id));

  function options(select, entries) {
    select.replaceChildren(...entries.map(([value, text]) => el("option", { value, text })));
  }

  // ---- the map

  const box = { left: Infinity, right: -Infinity, low: Infinity, high: -Infinity };
  function spread(x, y) {
    box.left = Math.min(box.left, x); box.right = Math.max(box.right, x);
    box.low = Math.min(box.low, y); box.high = Math.max(box.high, y);
  }
  for (const run of runs) {
    const world = run.raw.world;
    for (const line of [...world.places.map((place) => place.at), ...world.roads, ...world.walls]) {
      for (let i = 0; i < line.length; i += 2) spread(line[i] / 10, line[i + 1] / 10);
    }
    for (const figure of run.figures) figure.xs.forEach((x, i) => spread(x, figure.ys[i]));
  }
  if (!(box.left < box.right)) { box.left -= 5; box.right += 5; }
  if (!(box.low < box.high)) { box.low -= 5; box.high += 5; }

  function line(flat) {
    let text = "";
    for (let i = 0; i < flat.length; i += 2) text += `${i ? "L" : "M"}${flat[i] / 10} ${flat[i + 1] / 10}`;
    return text;
  }

  function ground(run) {
    const world = run.raw.world;
    const roads = sv("path", { class: "road", d: world.roads.map(line).join("") });
    const kerbs = sv("path", { class: "kerb", d: world.roads.map(line).join("") });
    const places = world.places.map((place) => sv("path", { class: place.walled ? "floor" : "open", d: `${line(place.at)}Z` }));
    const walls = sv("path", { class: "wall", d: world.walls.map(line).join("") });
    return [...places, kerbs, roads, walls];
  }

  class View {
    constructor(run) {
      this.run = run;
      this.centre = null;
      this.world = sv("g", {}, ...ground(run));
      this.ways = sv("g", { class: "ways" });
      for (const figure of run.figures) {
        if (!figure.main || figure.ticks.length < 2) continue;
        const d = figure.xs.map((x, i) => `${i ? "L" : "M"}${x} ${figure.ys[i]}`).join("");
        this.ways.append(sv("path", { class: `way ${colour(figure.id)}`, d }));
      }
      this.world.append(this.ways);
      this.names = sv("g", { class: "place-names", "aria-hidden": "true" });
      this.placeNames = run.raw.world.places.map((place) => {
        let x = 0, y = 0;
        const count = place.at.length / 2;
        const xs = [], ys = [];
        for (let i = 0; i < place.at.length; i += 2) { x += place.at[i] / 10; y += place.at[i + 1] / 10; xs.push(place.at[i] / 10); ys.push(place.at[i + 1] / 10); }
        const text = sv("text", { text: spaced(place.name) });
        this.names.append(text);
        return { text, x: x / count, y: y / count, wide: Math.max(...xs) - Math.min(...xs), high: Math.max(...ys) - Math.min(...ys) };
      });
      this.trails = sv("g", { class: "trails" });
      this.sights = sv("g", { class: "sights" });
      this.things = sv("g", { class: "figures" });
      this.minds = sv("g", { class: "beliefs" });
      this.labels = sv("g", { class: "labels" });
      this.svg = sv("svg", { class: "map", role: "img", "aria-label": `Map of ${run.raw.world.name}${two ? `, run ${LABELS[run.index]}` : ""}` },
        this.world, this.names, this.trails, this.sights, this.things, this.minds, this.labels);
      this.scale = sv("svg", { class: "scale", "aria-hidden": "true" });
      this.small = this.overview();
      this.frame = el("figure", { class: "frame", "data-run": run.index }, this.svg, this.scale, this.small);
      if (two) this.frame.append(el("figcaption", { class: `tag tag-${run.index}`, text: `${LABELS[run.index]}  ${run.raw.label}` }));
      this.bodies = run.figures.map((figure) => this.body(figure));
      this.listen();
    }

    body(figure) {
      const look = colours.get(figure.id);
      const kind = figure.main ? "main" : figure.agent ? "extra" : "thing";
      const shape = figure.main ? SHAPES[look.shape] : figure.agent ? "M0-4.5A4.5 4.5 0 1 1 0 4.5A4.5 4.5 0 1 1 0-4.5Z" : "M-3-3H3V3H-3Z";
      const cone = figure.agent ? sv("path", { class: "cone", d: figure.main ? "M0 0L34-15A37 37 0 0 1 34 15Z" : "M0 0L16-7A17 17 0 0 1 16 7Z" }) : null;
      const over = sv("path", { class: "over", d: "M-6-6L6 6M6-6L-6 6" });
      const group = sv("g", { class: `figure ${kind} ${colour(figure.id)}`, "data-id": figure.id }, cone, sv("path", { class: "body", d: shape }), over);
      group.append(sv("title", { text: `${figure.id} (${figure.body})` }));
      if (figure.main) group.append(sv("text", { class: "initial", text: figure.id.slice(0, 1).toUpperCase(), y: "3.6" }));
      this.things.append(group);
      return { figure, group, cone, over };
    }

    overview() {
      const margin = 0.04 * Math.max(box.right - box.left, box.high - box.low);
      const wide = box.right - box.left + 2 * margin, high = box.high - box.low + 2 * margin;
      const svg = sv("svg", { class: "overview", viewBox: `${box.left - margin} ${-box.high - margin} ${wide} ${high}`, "aria-hidden": "true" });
      const land = sv("g", { transform: "scale(1,-1)" }, ...ground(this.run));
      this.window = sv("rect", { class: "window" });
      this.dots = this.run.figures.filter((figure) => figure.main).map((figure) => {
        const dot = sv("circle", { class: colour(figure.id), r: Math.max(wide, high) / 45 });
        svg.append(dot);
        return { figure, dot };
      });
      svg.prepend(land);
      svg.append(this.window);
      const share = Math.min(150 / wide, 100 / high);
      svg.setAttribute("width", Math.max(60, wide * share));
      svg.setAttribute("height", Math.max(40, high * share));
      svg.addEventListener("pointerdown", (event) => {
        const rect = svg.getBoundingClientRect();
        free([box.left - margin + ((event.clientX - rect.left) / rect.width) * wide, box.high + margin - ((event.clientY - rect.top) / rect.height) * high]);
        event.stopPropagation();
      });
      return svg;
    }

    listen() {
      let held = null;
      const pointers = new Map();
      this.svg.addEventListener("pointerdown", (event) => {
        this.svg.setPointerCapture(event.pointerId);
        pointers.set(event.pointerId, [event.clientX, event.clientY]);
        held = { x: event.clientX, y: event.clientY, centre: this.centre };
      });
      this.svg.addEventListener("pointermove", (event) => {
        if (!pointers.has(event.pointerId) || !held) return;
        const before = [...pointers.values()];
        pointers.set(event.pointerId, [event.clientX, event.clientY]);
        if (pointers.size === 2) {
          const after = [...pointers.values()];
          const span = (points) => Math.hypot(points[0][0] - points[1][0], points[0][1] - points[1][1]);
          if (span(after) > 0) zoom(span(before) / span(after));
          return;
        }
        const dx = event.clientX - held.x, dy = event.clientY - held.y;
        if (now.follow !== "free" && Math.hypot(dx, dy) < 4) return;
        free([held.centre[0] - dx / this.k, held.centre[1] + dy / this.k]);
      });
      const release = (event) => { pointers.delete(event.pointerId); held = null; };
      this.svg.addEventListener("pointerup", release);
      this.svg.addEventListener("pointercancel", release);
      this.svg.addEventListener("wheel", (event) => { event.preventDefault(); zoom(Math.exp(event.deltaY * 0.0012)); }, { passive: false });
    }

    draw() {
      const { run, svg } = this, t = now.t;
      const width = svg.clientWidth || 600, height = svg.clientHeight || 400;
      const target = aim(run, t, width, height);
      this.centre = target.centre;
      const k = (this.k = target.k);
      const sx = (x) => (x - this.centre[0]) * k + width / 2, sy = (y) => height / 2 - (y - this.centre[1]) * k;
      this.world.setAttribute("transform", `translate(${width / 2 - this.centre[0] * k} ${height / 2 + this.centre[1] * k}) scale(${k} ${-k})`);
      this.ways.style.display = $("paths").checked ? "" : "none";
      for (const place of this.placeNames) {
        const fits = place.wide * k > place.text.textContent.length * 6.2 && place.high * k > 13;
        place.text.style.display = fits ? "" : "none";
        if (fits) { place.text.setAttribute("x", sx(place.x)); place.text.setAttribute("y", sy(place.y)); }
      }
      this.drawTrails(t, sx, sy);
      const labels = [];
      const mind = now.view && run.mindOf.has(now.view) ? now.view : "";
      for (const { figure, group, cone, over } of this.bodies) {
        const point = run.where(figure, t);
        const held = run.state(figure.id, "held_by", t);
        const hidden = !point || (held && held !== "unknown") || (mind && figure.id !== mind && !$("truth").checked);
        group.style.display = hidden ? "none" : "";
        if (hidden) continue;
        const x = sx(point[0]), y = sy(point[1]);
        group.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
        const ghost = Boolean(mind) && figure.id !== mind;
        group.classList.toggle("ghost", ghost);
        const gone = run.state(figure.id, "alive", t) === "no" || run.state(figure.id, "destroyed", t) === "yes";
        group.classList.toggle("gone", gone);
        over.style.display = gone ? "" : "none";
        if (cone) {
          const i = at(figure.lookTicks, t);
          cone.style.display = i < 0 || gone || !$("sight").checked ? "none" : "";
          if (i >= 0) cone.setAttribute("transform", `rotate(${((Math.atan2(-figure.looks[i][1], figure.looks[i][0]) * 180) / Math.PI).toFixed(0)})`);
        }
        if (x < -20 || x > width + 20 || y < -20 || y > height + 20 || ghost || !$("names").checked) continue;
        if (figure.main) labels.push({ x, y, text: figure.id, kind: `name ${colour(figure.id)}`, first: figure.id === now.follow ? -2 : -1 });
        else if (k > 5) labels.push({ x, y, text: figure.id, kind: "name small", first: figure.agent ? 0 : 1 });
      }
      this.drawSights(t, sx, sy, mind);
      this.drawBeliefs(t, sx, sy, mind, labels);
      this.write(labels, width);
      this.drawScale(k);
      const w = width / k, h = height / k;
      for (const [name, value] of Object.entries({ x: this.centre[0] - w / 2, y: -this.centre[1] - h / 2, width: w, height: h })) this.window.setAttribute(name, value);
      for (const { figure, dot } of this.dots) {
        const point = run.where(figure, t);
        dot.style.display = point ? "" : "none";
        if (point) { dot.setAttribute("cx", point[0]); dot.setAttribute("cy", -point[1]); }
      }
    }

    drawTrails(t, sx, sy) {
      const back = t - 20 / this.run.dt;
      let n = 0;
      for (const figure of this.run.figures) {
        if (!figure.main) continue;
        const trail = this.trails.children[n] || this.trails.appendChild(sv("path", {}));
        n++;
        trail.setAttribute("class", `trail ${colour(figure.id)}`);
        const end = this.run.where(figure, t);
        trail.style.display = end && $("paths").checked && !now.view ? "" : "none";
        if (!end) continue;
        const begin = this.run.where(figure, Math.max(back, figure.ticks[0]));
        let d = `M${sx(begin[0]).toFixed(1)} ${sy(begin[1]).toFixed(1)}`;
        for (let i = at(figure.ticks, back) + 1; i < figure.ticks.length && figure.ticks[i] < t; i++) d += `L${sx(figure.xs[i]).toFixed(1)} ${sy(figure.ys[i]).toFixed(1)}`;
        trail.setAttribute("d", `${d}L${sx(end[0]).toFixed(1)} ${sy(end[1]).toFixed(1)}`);
      }
    }

    drawSights(t, sx, sy, mind) {
      let n = 0;
      if ($("sight").checked) {
        for (const sight of this.run.sights) {
          if (t < sight.from || t >= sight.to || (mind ? sight.observer.id !== mind : !sight.observer.main || !sight.other.agent)) continue;
          const from = this.run.where(sight.observer, t), to = this.run.where(sight.other, t);
          if (!from || !to) continue;
          const ray = this.sights.children[n] || this.sights.appendChild(sv("line", {}));
          n++;
          ray.setAttribute("class", `ray ${colour(sight.observer.id)}`);
          ray.setAttribute("data-from", sight.observer.id);
          ray.setAttribute("data-to", sight.other.id);
          ray.style.display = "";
          // Two who see each other have a line each, a little apart.
          const x1 = sx(from[0]), y1 = sy(from[1]), x2 = sx(to[0]), y2 = sy(to[1]);
          const length = Math.hypot(x2 - x1, y2 - y1) || 1, ox = (-(y2 - y1) / length) * 2, oy = ((x2 - x1) / length) * 2;
          for (const [name, value] of Object.entries({ x1: x1 + ox, y1: y1 + oy, x2: x2 + ox, y2: y2 + oy })) ray.setAttribute(name, value.toFixed(1));
        }
      }
      // Where everybody sees everybody, less of each line shows more.
      this.sights.classList.toggle("many", n > 24);
      for (; n < this.sights.children.length; n++) this.sights.children[n].style.display = "none";
    }

    drawBeliefs(t, sx, sy, mind, labels) {
      this.minds.replaceChildren();
      if (!mind) return;
      for (const belief of this.run.believed(mind, t)) {
        const x = sx(belief.at[0]), y = sy(belief.at[1]);
        const known = belief.who && colours.has(belief.who);
        const place = !belief.handle && !belief.who;
        const wrong = belief.who && belief.figure && belief.who !== belief.figure.id;
        const tint = known ? colour(belief.who) : "c-other";
        if (belief.real && Math.hypot(belief.real[0] - belief.at[0], belief.real[1] - belief.at[1]) > 0.5) {
          this.minds.append(sv("line", { class: "error", x1: x, y1: y, x2: sx(belief.real[0]), y2: sy(belief.real[1]) }));
        }
        const shape = place ? "M0-6V6M-6 0H6" : "M0-10L10 0L0 10L-10 0Z";
        const said = place ? spaced(belief.key) : belief.who || spaced(belief.label);
        const group = sv("g", { class: `belief ${tint} ${belief.seen ? "seen" : "remembered"} ${wrong ? "wrong" : ""} ${place ? "spot" : ""}`,
          transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, "data-handle": belief.handle, "data-who": belief.who, "data-key": belief.key },
          sv("path", { class: "body", d: shape }), wrong ? sv("circle", { class: "alarm", r: 14 }) : null,
          place ? null : sv("text", { class: "initial", y: "3.6", text: belief.who ? belief.who.slice(0, 1).toUpperCase() : "?" }),
          sv("title", { text: `${mind}: ${said}${wrong ? `, but it is ${belief.figure.id}` : ""}, ${belief.seen ? "in sight" : "remembered"}, as ${belief.key}` }));
        this.minds.append(group);
        const tail = wrong ? ` ≠ ${belief.figure.id}` : belief.who && belief.label && belief.label !== belief.handle ? ` (${spaced(belief.label)})` : "";
        if ($("names").checked) labels.push({ x, y, text: said + tail + (belief.seen || place ? "" : " · remembered"), kind: `name ${tint} ${place ? "small" : ""}`, first: belief.seen ? -1 : 0 });
      }
    }

    // Names beside what they name, each where no other one stands.
    write(labels, width) {
      labels.sort((a, b) => a.first - b.first);
      const taken = labels.filter((label) => label.first < 0).map((label) => ({ x: label.x - 10, y: label.y + 3, w: 20, own: label }));
      let n = 0;
      for (const label of labels) {
        const w = label.text.length * (label.kind.includes("small") ? 6.1 : 7.3) + 4;
        const right = label.x + 14 + w < width;
        const x = right ? label.x + 13 : label.x - 13 - w;
        let y = label.y + 4, free = false;
        for (const shift of [0, 14, -14, 28, -28, 42, -42]) {
          y = label.y + 4 + shift;
          free = !taken.some((other) => other.own !== label && x < other.x + other.w && other.x < x + w && Math.abs(y - other.y) < 13);
          if (free) break;
        }
        if (!free) continue;
        taken.push({ x, y, w });
        const text = this.labels.children[n] || this.labels.appendChild(sv("text", {}));
        n++;
        text.style.display = "";
        text.setAttribute("class", label.kind);
        text.setAttribute("x", x.toFixed(1));
        text.setAttribute("y", y.toFixed(1));
        if (text.textContent !== label.text) text.textContent = label.text;
      }
      for (; n < this.labels.children.length; n++) this.labels.children[n].style.display = "none";
    }

    drawScale(k) {
      const metres = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((each) => each * k >= 60) || 2000;
      if (this.metres === metres && this.scaled === k) return;
      this.metres = metres; this.scaled = k;
      const w = metres * k;
      this.scale.setAttribute("width", w + 2);
      this.scale.setAttribute("height", 22);
      this.scale.replaceChildren(sv("path", { d: `M1 14V20H${w + 1}V14` }), sv("text", { x: w / 2 + 1, y: 12, text: `${metres} m` }));
    }
  }

  // Where a map looks, and how many pixels a metre has.
  function aim(run, t, width, height) {
    if (now.follow === "all") {
      const here = run.figures.filter((figure) => figure.main).map((figure) => run.where(figure, t)).filter(Boolean);
      if (here.length) {
        const xs = here.map((point) => point[0]), ys = here.map((point) => point[1]);
        const wide = Math.max(...xs) - Math.min(...xs) + 20, high = Math.max(...ys) - Math.min(...ys) + 20;
        const k = Math.min(width / wide, height / high, 25);
        return { centre: [(Math.max(...xs) + Math.min(...xs)) / 2, (Math.max(...ys) + Math.min(...ys)) / 2], k };
      }
    }
    const k = Math.min(width, height * 1.4) / 2 / now.zoom;
    if (now.follow === "action" && now.focus && Math.abs(t - now.focus.tick) * run.dt <= 3 && run.byId.has(now.focus.id)) {
      const point = run.where(run.byId.get(now.focus.id), t);
      if (point) return { centre: point, k };
    }
    if (now.follow === "free" && now.centre) return { centre: now.centre, k };
    if (run.byId.has(now.follow)) {
      const point = run.where(run.byId.get(now.follow), t);
      if (point) return { centre: point, k };
    }
    const point = stage(run, t);
    return { centre: point || now.centre || [(box.left + box.right) / 2, (box.low + box.high) / 2], k };
  }

  // Where the last event was that somebody of consequence had a part in.
  function stage(run, t) {
    if (!run.stagings) {
      run.stagings = { ticks: [], who: [] };
      for (const event of run.events) {
        if (event.minor) continue;
        const who = event.who.map((place) => run.figures[place]).find((figure) => figure.main);
        if (!who) continue;
        const { ticks, who: cast } = run.stagings;
        // A cut to another scene only where the last one had its time.
        if (cast.length && cast[cast.length - 1] !== who && event.tick - ticks[ticks.length - 1] < 2 / run.dt) continue;
        ticks.push(event.tick);
        cast.push(who);
      }
    }
    const i = at(run.stagings.ticks, t);
    const figure = i >= 0 ? run.stagings.who[i] : run.figures.find((each) => each.main && run.where(each, t));
    return figure ? run.where(figure, t) : null;
  }

  function zoom(factor) {
    if (now.follow === "all") { now.follow = "free"; now.centre = views[0].centre; now.zoom = Math.min(views[0].svg.clientWidth, views[0].svg.clientHeight * 1.4) / 2 / views[0].k; $("follow").value = "free"; }
    now.zoom = Math.min(3000, Math.max(3, now.zoom * factor));
    draw();
  }
  function free(centre) {
    now.follow = "free";
    now.centre = centre;
    $("follow").value = "free";
    draw();
  }

  const views = runs.map((run) => new View(run));
  $("maps").append(...views.map((view) => view.frame));
  $("maps").classList.toggle("two", two);

  // ---- head

  const OUTCOME = { passed: ["✓", "passed"], failed: ["✗", "failed"], limit: ["?", "undecided at the limit"] };

  function head() {
    $("title").textContent = spaced(first.raw.scenario);
    $("doc").textContent = first.raw.doc;
    for (const run of runs) {
      const raw = run.raw;
      const [sign, words] = OUTCOME[raw.outcome];
      const facts = [`seed ${raw.seed}`, `${clock(raw.time)}${raw.played === raw.time ? "" : `, ${clock(raw.played)} of them played`}`];
      if (raw.faults) facts.push(`${raw.faults} fault${raw.faults === 1 ? "" : "s"}`);
      if (raw.vetoes) facts.push(`${raw.vetoes} veto${raw.vetoes === 1 ? "" : "es"}`);
      for (const each of raw.without) facts.push(`without ${each}`);
      for (const each of raw.overrides) facts.push(each);
      $("verdicts").append(el("div", { class: `verdict ${raw.outcome}` },
        two ? el("b", { class: `tag tag-${run.index}`, text: LABELS[run.index] }) : null,
        el("span", { class: "badge" }, el("span", { "aria-hidden": "true", text: `${sign} ` }), el("span", { text: words })),
        el("span", { class: "facts", text: facts.join(" · ") })));
    }
    const parting = data.parting;
    if (two && parting) {
      const since = parting.tick === null ? "Both runs are the same." : `The same until ${clock(parting.tick * first.dt)}; then another run.`;
      $("parting").hidden = false;
      $("parting").append(el("strong", { text: `${since} ` }), el("span", { text: `${parting.said} ` }));
      if (parting.tick !== null) $("parting").append(el("button", { type: "button", class: "link", id: "to-parting", text: "The first event that differs", onclick: () => { now.focus = parting.who ? { id: parting.who, tick: parting.tick } : null; seek(parting.tick); tab("events"); } }));
    }
    $("made").textContent = `Made by t800 from a run of ${first.raw.ticks.toLocaleString("en")} ticks, trace ${first.raw.sha256.slice(0, 12)}. Paths are kept where they change, to 0.1 m, ` +
      `and everything else where it changes${data.left_out ? `; because a page holds 3 MB at most: ${data.left_out}` : ""}. ` +
      `${first.raw.events.count.toLocaleString("en")} of ${first.raw.events.of.toLocaleString("en")} events are told; those that say the same again within seconds are counted.`;
  }

  // ---- time

  function seek(t) {
    now.t = Math.max(0, Math.min(last, t));
    $("time").value = Math.round(now.t);
    draw();
  }

  let asked = 0, told = 0, later = 0;
  function draw() {
    if (asked) return;
    asked = requestAnimationFrame(() => { asked = 0; paint(); });
  }

  function paint() {
    const t = now.t, seconds = t * first.dt;
    $("clock").textContent = `${clock(seconds)}`;
    $("time").setAttribute("aria-valuetext", `${clock(seconds)}, tick ${Math.round(t)}`);
    for (const view of views) view.draw();
    drawCaption();
    // A table that changes sixty times a second can be read by nobody.
    if (now.playing ? performance.now() - told > 200 : principals.length < 13) { told = performance.now(); drawMinds(); }
    else if (!now.playing) { clearTimeout(later); later = setTimeout(drawMinds, 80); }
    drawCursor();
    markNow();
    document.documentElement.dataset.tick = Math.round(t);
  }

  let before = 0;
  function frame(stamp) {
    if (!now.playing) return;
    const passed = Math.min(0.1, (stamp - before) / 1000);
    before = stamp;
    now.t += (passed * Number($("speed").value)) / first.dt;
    if (now.t >= last) { now.t = last; play(false); }
    $("time").value = Math.round(now.t);
    paint();
    requestAnimationFrame(frame);
  }
  function play(on) {
    now.playing = on;
    $("play").setAttribute("aria-pressed", String(on));
    $("play").setAttribute("aria-label", on ? "Pause" : "Play");
    if (!on) return;
    if (now.t >= last) now.t = 0;
    before = performance.now();
    requestAnimationFrame(frame);
  }

  const telling = runs.map((run) => run.events.filter((event) => !event.minor));
  const moments = [...new Set(telling.flat().map((event) => event.tick))].sort((a, b) => a - b);

  function drawCaption() {
    const parts = runs.map((run, i) => {
      const place = at(telling[i].map ? (run.tellTicks = run.tellTicks || telling[i].map((event) => event.tick)) : [], now.t);
      const event = place < 0 ? null : telling[i][place];
      return event ? `${two ? `${LABELS[i]}: ` : ""}${clock(event.tick * run.dt)}  ${event.text}` : "";
    });
    $("caption").replaceChildren(...parts.map((text) => el("span", { text })));
  }

  // ---- the strip above the slider

  function drawStrip() {
    const strip = $("strip"), width = strip.clientWidth || 600, high = 34;
    strip.replaceChildren();
    strip.setAttribute("viewBox", `0 0 ${width} ${high}`);
    const x = (tick) => 8 + (tick / last) * (width - 16);
    for (const chapter of first.raw.chapters) {
      if (chapter.from === null) continue;
      const begin = x(chapter.from), end = x(chapter.to === null ? last : chapter.to);
      strip.append(sv("rect", { class: `chapter ${chapter.outcome}`, x: begin, y: 0, width: Math.max(2, end - begin - 1), height: 13, rx: 2 }));
      if (end - begin > chapter.name.length * 6.5) strip.append(sv("text", { class: "chapter-name", x: begin + 5, y: 10, text: spaced(chapter.name) }));
    }
    for (const [from, to] of first.lapses) strip.append(sv("rect", { class: "lapse", x: x(from), y: 14, width: Math.max(1, x(to) - x(from)), height: 20 }));
    const bins = Math.max(20, Math.floor(width / 5)), counts = new Array(bins).fill(0);
    for (const event of telling[0]) counts[Math.min(bins - 1, Math.floor((event.tick / (last + 1)) * bins))]++;
    const most = Math.max(1, ...counts);
    let d = "";
    counts.forEach((count, i) => { if (count) d += `M${x((i + 0.5) * (last / bins)).toFixed(1)} 33v-${(3 + 13 * Math.sqrt(count / most)).toFixed(1)}`; });
    strip.append(sv("path", { class: "density", d }));
    for (const turn of first.raw.turns) if (turn.held && turn.tick !== null) strip.append(sv("path", { class: "turn", d: `M${x(turn.tick)} 33l-4-7h8z` }));
    if (two && data.parting && data.parting.tick !== null) strip.append(sv("path", { class: "parts", d: `M${x(data.parting.tick)} 0v34` }));
  }

  // ---- the list of turns and events

  function item(time, text, classes, press, extra) {
    return el("li", {}, el("button", { type: "button", class: classes, onclick: press }, el("span", { class: "when", text: time }), el("span", { class: "what", text }), extra || null));
  }

  function choose(run, id, scroll) {
    now.chosen = { run, id };
    const event = run.events[id];
    const cast = event.who.map((place) => run.figures[place]);
    const lead = cast.find((figure) => figure.main) || cast[0];
    now.focus = lead ? { id: lead.id, tick: event.tick } : null;
    play(false);
    seek(event.tick);
    explain();
    drawGraph();
    for (const button of $("list").querySelectorAll("[aria-current]")) button.removeAttribute("aria-current");
    const own = $("list").querySelector(`[data-event="${run.index}-${id}"]`);
    if (!own) return;
    own.setAttribute("aria-current", "true");
    // Only the list moves: the page stays where who reads it is.
    if (scroll) $("list").scrollTop = own.offsetTop - $("list").clientHeight / 3;
  }

  const HELD = { true: "✓", false: "✗", null: "–" };

  function listTurns() {
    const rows = [];
    const heading = (text) => rows.push(el("li", { class: "heading", text }));
    const judged = (run, each, label) => {
      const when = each.tick === null || (each.held === null) ? "" : clock(each.tick * run.dt);
      const press = () => {
        if (each.events.length) choose(run, each.events[each.events.length - 1]);
        else { if (each.tick !== null) seek(each.tick); now.chosen = null; tellNothing(each, label); }
      };
      const row = item(when, label, `turn held-${each.held}`, press, el("span", { class: "mark", "aria-label": { true: "held", false: "did not hold", null: "undecided" }[each.held], text: HELD[each.held] }));
      row.firstChild.dataset.turn = `${run.index}-${each.name || each.text}`;
      rows.push(row);
    };
    for (const run of runs) {
      const tag = two ? `${LABELS[run.index]}: ` : "";
      if (run.raw.turns.length) { heading(`${tag}turns`); for (const turn of run.raw.turns) judged(run, { ...turn, held: turn.held === true ? true : null }, spaced(turn.name)); }
      if (run.raw.chapters.length) {
        heading(`${tag}chapters`);
        for (const chapter of run.raw.chapters) {
          const held = { passed: true, failed: false }[chapter.outcome] ?? null;
          rows.push(item(chapter.to === null ? "" : clock(chapter.to * run.dt), `${spaced(chapter.name)}: ${chapter.outcome}${chapter.why ? `, ${chapter.why}` : ""}`, `turn held-${held}`,
            () => { if (chapter.events.length) choose(run, chapter.events[chapter.events.length - 1]); else if (chapter.from !== null) seek(chapter.from); }, el("span", { class: "mark", text: HELD[held] })));
        }
      }
      if (run.raw.expectations.length) { heading(`${tag}expected`); for (const each of run.raw.expectations) judged(run, each, `${each.kind} ${each.text}`); }
    }
    if (!rows.length) rows.push(el("li", { class: "heading", text: "This scenario counts no turns and expects nothing: see Events." }));
    $("list").replaceChildren(...rows);
  }

  let shown = 400;
  function merged() {
    const wanted = $("search").value.trim().toLowerCase();
    const fits = (event) => (wanted ? event.text.toLowerCase().includes(wanted) : !event.minor);
    const all = runs.flatMap((run) => run.events.filter(fits));
    if (!two) return all.map((event) => ({ event, side: "" }));
    // What happened in both at the same time is told once.
    const key = (event) => `${event.tick} ${event.text}`;
    const theirs = new Map();
    for (const event of runs[1].events) theirs.set(key(event), (theirs.get(key(event)) || 0) + 1);
    const rows = [], both = new Map();
    for (const event of runs[0].events.filter(fits)) {
      const k = key(event), left = theirs.get(k) || 0;
      if (left) { theirs.set(k, left - 1); both.set(k, (both.get(k) || 0) + 1); }
      rows.push({ event, side: left ? "" : "A" });
    }
    for (const event of runs[1].events.filter(fits)) {
      const k = key(event), left = both.get(k) || 0;
      if (left) both.set(k, left - 1);
      else rows.push({ event, side: "B" });
    }
    return rows.sort((a, b) => a.event.tick - b.event.tick || a.event.run.index - b.event.run.index);
  }

  function listEvents() {
    const rows = merged();
    const parted = two ? rows.find((row) => row.side) : null;
    // As many as can be looked through, those around the present time among them.
    let begin = 0;
    if (rows.length > shown) begin = Math.max(0, Math.min(rows.length - shown, at(rows.map((row) => row.event.tick), now.t) - shown / 2));
    const part = rows.slice(begin, begin + shown);
    const made = [];
    if (begin > 0) made.push(el("li", { class: "heading" }, el("button", { type: "button", class: "link", text: `${Math.round(begin)} earlier: show more`, onclick: more })));
    for (const row of part) {
      const { event, side } = row;
      if (row === parted) made.push(el("li", { class: "heading parted", text: "from here on they differ" }));
      const tagged = side ? el("b", { class: `tag tag-${LABELS.indexOf(side)}`, text: side }) : null;
      const li = item(clock(event.tick * event.run.dt), event.text + (event.times > 1 ? `  ×${event.times}` : ""), `event ${colour(event.who.length ? event.run.figures[event.who[0]].id : "")}`, () => choose(event.run, event.id), tagged);
      li.firstChild.dataset.event = `${event.run.index}-${event.id}`;
      li.firstChild.dataset.tick = event.tick;
      if (now.chosen && now.chosen.run === event.run && now.chosen.id === event.id) li.firstChild.setAttribute("aria-current", "true");
      made.push(li);
    }
    if (begin + shown < rows.length) made.push(el("li", { class: "heading" }, el("button", { type: "button", class: "link", text: `${Math.round(rows.length - begin - shown)} later: show more`, onclick: more })));
    if (!part.length) made.push(el("li", { class: "heading", text: "Nothing of that kind happened." }));
    $("list").replaceChildren(...made);
    const here = at(part.map((row) => row.event.tick), now.t);
    const button = $("list").querySelectorAll("button.event")[Math.max(0, here)];
    if (button) $("list").scrollTop = button.offsetTop - $("list").clientHeight / 3;
  }
  // Where the present is in the list of events.
  function markNow() {
    if (now.tab !== "events") return;
    const buttons = [...$("list").querySelectorAll("button.event")];
    const place = at(buttons.map((button) => Number(button.dataset.tick)), now.t);
    for (const button of $("list").querySelectorAll(".now")) if (button !== buttons[place]) button.classList.remove("now");
    if (place < 0) return;
    buttons[place].classList.add("now");
    if (now.playing) $("list").scrollTop = buttons[place].offsetTop - $("list").clientHeight / 2;
  }
  function more() { shown *= 4; listEvents(); }

  function tab(name) {
    now.tab = name;
    for (const each of ["turns", "events"]) {
      $(`tab-${each}`).setAttribute("aria-selected", String(each === name));
      $(`tab-${each}`).tabIndex = each === name ? 0 : -1;
    }
    $("list").setAttribute("aria-labelledby", `tab-${name}`);
    $("search").hidden = name !== "events";
    if (name === "turns") listTurns(); else listEvents();
  }

  // ---- why

  function eventLine(event, again) {
    const line = el("button", { type: "button", class: `cause ${colour(event.who.length ? event.run.figures[event.who[0]].id : "")}`, onclick: () => choose(event.run, event.id, true) },
      el("span", { class: "when", text: clock(event.tick * event.run.dt) }), el("span", { class: "what", text: event.text }));
    line.append(el("span", { class: "rule", text: again ? "as above" : `by the rule “${spaced(event.rule)}”` }));
    return line;
  }

  function reasonLine(run, reason) {
    const mind = run.mindOf.get(reason.agent);
    const mode = mind ? mind.modes.at(reason.tick) : null;
    const block = el("div", { class: `reason ${colour(reason.agent)}` },
      el("span", { class: "when", text: clock(reason.tick * run.dt) }),
      el("span", { class: "what" }, el("b", { text: reason.agent }), el("span", { text: " asked for it: " }), el("code", { text: reason.node })));
    if (mode) block.append(el("span", { class: "rule", text: `in the mode ${mode}` }));
    if (reason.guards.length) block.append(el("ul", { class: "guards" }, ...reason.guards.map((text) => el("li", { text }))));
    if (reason.values.length) block.append(el("p", { class: "values", text: `as the tick left it: ${reason.values.join(" · ")}` }));
    return block;
  }

  function explain() {
    const { run, id } = now.chosen;
    const known = new Set();
    let room = 120;
    const walk = (place, depth) => {
      const event = run.events[place];
      const again = known.has(place);
      const node = el("li", {}, eventLine(event, again));
      if (again || depth > 40 || room-- <= 0) return node;
      known.add(place);
      const children = event.causes.map((cause) => ("event" in cause ? walk(cause.event, depth + 1) : el("li", {}, reasonLine(run, run.reasons[cause.reason]))));
      if (children.length) node.append(el("ol", {}, ...children));
      return node;
    };
    $("why-title").textContent = two ? `Why, in ${LABELS[run.index]}` : "Why";
    $("why").replaceChildren(el("ol", { class: "chain" }, walk(id, 0)));
    $("why").scrollTop = 0;
  }

  function tellNothing(each, label) {
    $("why-title").textContent = "Why";
    const said = each.held === null ? "It did not happen, or was not decided." : "It is about a state, and was decided by no event of its own.";
    $("why").replaceChildren(el("p", { class: "hint", text: `${label}: ${said}` }));
  }

  // ---- minds

  function drawMinds() {
    const t = now.t, rows = [];
    for (const run of runs) {
      for (const name of [...principals, ...(extras.includes(now.view) ? [now.view] : [])]) {
        const mind = run.mindOf.get(name), figure = run.byId.get(name);
        if (!mind || !figure) continue;
        const mode = mind.modes.at(t);
        if (!mode) continue;
        const doing = (mind.doing.at(t) || "").split("\n").filter(Boolean).map((text) => text.replace(/^(\w+): /, "$1 ")).join(" · ");
        const facts = run.states.filter((each) => each.owner === name && !each.mind).map((each) => [each.name, each.series.at(t)])
          .filter(([key, value]) => value && value !== "unknown" && value !== "no" && key !== "dormant").map(([key, value]) => (value === "yes" ? spaced(key) : `${spaced(key)} ${spaced(value)}`));
        const seen = run.believed(name, t).filter((each) => each.handle);
        const counted = new Map();
        for (const each of seen) {
          const words = `${each.who || spaced(each.label)}${each.seen ? "" : " (remembered)"}${each.who && each.figure && each.who !== each.figure.id ? ` ≠ ${each.figure.id}` : ""}`;
          counted.set(words, (counted.get(words) || 0) + 1);
        }
        const thought = [...counted].slice(0, 6).map(([words, count]) => (count > 1 ? `${count} × ${words}` : words)).join(", ");
        rows.push(el("div", { class: `mind ${colour(name)}${now.view === name ? " on" : ""}` },
          el("button", { type: "button", class: "who", "aria-pressed": String(now.view === name), title: `What ${name} believes`, onclick: () => believe(now.view === name ? "" : name), text: `${two ? `${LABELS[run.index]} ` : ""}${name}` }),
          el("span", { class: "mode", text: mode }), el("span", { class: "doing", text: doing || "asks for nothing" }),
          el("span", { class: "thought", text: thought ? `sees ${thought}` : "" }), el("span", { class: "facts", text: facts.slice(0, 6).join(" · ") })));
      }
    }
    $("minds").replaceChildren(...(rows.length ? rows : [el("p", { class: "hint", text: "Nobody thinks yet." })]));
  }

  function believe(name) {
    now.view = name;
    $("view").value = name;
    $("underneath").hidden = !name;
    legend();
    if (name && now.follow !== "free" && now.follow !== "all") { now.follow = name; $("follow").value = name; }
    document.documentElement.dataset.view = name;
    draw();
  }

  function legend() {
    const entries = now.view
      ? [["M0-7L7 0L0 7L-7 0Z", "legend seen", "in sight"], ["M0-7L7 0L0 7L-7 0Z", "legend remembered", "remembered"], ["M0-6V6M-6 0H6", "legend spot", "a place in mind"], ["M-8 0A8 8 0 1 1 8 0A8 8 0 1 1-8 0", "legend alarm", "taken for somebody else"], ["M-9 0H9", "legend error", "to where they are"]]
      : [["M-6 0L8-6V6Z", "legend cone", "looks that way"], ["M-9 0H9", "legend ray", "sees"], ["M-9 0H9", "legend trail", "the last 20 s"], ["M-9 0H9", "legend way", "all of its path"], ["M-6-6L6 6M6-6L-6 6", "legend over", "dead or destroyed"]];
    $("legend").replaceChildren(...entries.map(([d, kind, text]) => el("span", {}, sv("svg", { viewBox: "-10 -10 20 20", width: 18, height: 18, "aria-hidden": "true" }, sv("path", { class: kind, d })), el("span", { text }))));
  }

  // ---- lanes

  const tints = new Map();
  function tint(mode) {
    const leaf = mode.split(".").pop();
    if (!tints.has(leaf)) tints.set(leaf, tints.size % 8);
    return `m${tints.get(leaf)}`;
  }

  let cursors = [];
  function drawLanes() {
    const host = $("lanes");
    const width = Math.max(260, host.clientWidth), left = width < 500 ? 84 : 132, wide = width - left - 4;
    const x = (tick) => left + (tick / last) * wide;
    cursors = [];
    const lane = (name) => {
      const mine = runs.filter((run) => run.mindOf.has(name));
      const high = 22 * mine.length + 4;
      const svg = sv("svg", { class: "lane", viewBox: `0 0 ${width} ${high}`, width, height: high, role: "img", "aria-label": `Modes of ${name}: ${mine.map((run) => run.mindOf.get(name).modes.values.slice(0, 30).join(", ")).join("; ")}` });
      svg.append(sv("text", { class: `lane-name ${colour(name)}`, x: 0, y: high / 2 + 4, text: name.length > left / 7.4 ? `${name.slice(0, Math.floor(left / 7.4) - 1)}…` : name }));
      mine.forEach((run, row) => {
        const mind = run.mindOf.get(name), y = 2 + row * 22, end = run.raw.last;
        if (two) svg.append(sv("text", { class: "lane-run", x: left - 10, y: y + 14, text: LABELS[run.index] }));
        mind.modes.ticks.forEach((tick, i) => {
          const to = i + 1 < mind.modes.ticks.length ? mind.modes.ticks[i + 1] : end;
          const mode = mind.modes.values[i], w = Math.max(0.7, x(to) - x(tick) - 0.6);
          svg.append(sv("rect", { class: `span ${tint(mode)}`, x: x(tick), y, width: w, height: 19, rx: 2 }, sv("title", { text: `${name}: ${mode}, ${clock(tick * run.dt)} to ${clock(to * run.dt)}` })));
          const short = mode.split(".").pop();
          if (w > short.length * 6.4 + 6) svg.append(sv("text", { class: "span-name", x: x(tick) + 4, y: y + 14, text: short }));
        });
        for (let i = 0; i + 1 < mind.awake.length; i += 2) {
          const from = mind.awake[i + 1], to = i + 2 < mind.awake.length ? mind.awake[i + 2] : end;
          if (to - from > 20) svg.append(sv("rect", { class: "asleep", x: x(from), y, width: Math.max(0, x(to) - x(from)), height: 19 }));
        }
        for (const [tick, kind, agent, text] of run.raw.marks) {
          if (agent !== name) continue;
          svg.append(sv("path", { class: kind, d: kind === "fault" ? `M${x(tick) - 4} ${y + 19}l4-8 4 8z` : `M${x(tick)} ${y + 12}v7` }, sv("title", { text: `${clock(tick * run.dt)} ${kind}: ${run.texts[text]}` })));
        }
      });
      const cursor = sv("path", { class: "cursor", d: `M0 0V${high}` });
      cursors.push({ cursor, x });
      svg.append(cursor);
      svg.addEventListener("pointerdown", (event) => {
        const rect = svg.getBoundingClientRect();
        seek(Math.round((((event.clientX - rect.left) / rect.width) * width - left) / wide * last));
      });
      return svg;
    };
    host.replaceChildren(...principals.map(lane));
    if (extras.length) host.append(el("details", { id: "extras" }, el("summary", { text: `and ${extras.length} bystander${extras.length === 1 ? "" : "s"}` }), ...extras.map(lane)));
    if (!principals.length && !extras.length) host.append(el("p", { class: "hint", text: "Nobody in this run has a mind." }));
  }

  function drawCursor() {
    for (const { cursor, x } of cursors) cursor.setAttribute("transform", `translate(${x(now.t).toFixed(1)} 0)`);
  }

  // ---- quantities

  let whole = false;
  function drawGauges() {
    const host = $("gauges"), whose = $("whose").value;
    const found = new Map();
    for (const run of runs) {
      for (const gauge of run.gauges) {
        if (whose && gauge.owner !== whose) continue;
        const key = `${gauge.owner} ${gauge.mind} ${gauge.name}`;
        if (!found.has(key)) found.set(key, []);
        found.get(key).push(gauge);
      }
    }
    // Bodies and what minds hold by one name come before parts of beliefs; then what few events moved, each by a step.
    const weight = ([gauge]) => {
      const figure = gauge.run.byId.get(gauge.owner);
      const plain = gauge.mind ? (/[.[]/.test(gauge.name) ? 0 : 3) : 2;
      return (figure && figure.main ? 10 : 0) + plain + Math.min(1, gauge.moves.length / 3) * 4 * Math.min(1, (3 * gauge.moves.length + 3) / gauge.ticks.length);
    };
    const sorted = [...found.values()].sort((a, b) => weight(b) - weight(a));
    const most = whole ? sorted.length : 12;
    host.replaceChildren(...sorted.slice(0, most).map(chart));
    if (sorted.length > most) host.append(el("button", { type: "button", class: "more", text: `all ${sorted.length} quantities`, onclick: () => { whole = true; drawGauges(); } }));
    if (!sorted.length) host.append(el("p", { class: "hint", text: "No quantity changed." }));
    drawCursor();
  }

  function chart(gauges) {
    const width = 300, high = 84, gauge = gauges[0];
    let low = Infinity, top = -Infinity;
    for (const each of gauges) for (const value of each.values) { low = Math.min(low, value); top = Math.max(top, value); }
    if (low >= 0 && low < top * 0.6) low = 0;
    if (top === low) top = low + 1;
    const x = (tick) => 4 + (tick / last) * (width - 8), y = (value) => high - 8 - ((value - low) / (top - low)) * (high - 22);
    const svg = sv("svg", { viewBox: `0 0 ${width} ${high}`, class: "chart" });
    svg.append(sv("path", { class: "axis", d: `M4 ${high - 8}H${width - 4}` }));
    for (const each of gauges) {
      let d = each.ticks.map((tick, i) => `${i ? "L" : "M"}${x(tick).toFixed(1)} ${y(each.values[i]).toFixed(1)}`).join("");
      if (each.ticks.length) d += `L${x(each.run.raw.last).toFixed(1)} ${y(each.values[each.values.length - 1]).toFixed(1)}`;
      svg.append(sv("path", { class: `curve ${colour(gauge.owner)} run-${each.run.index}`, d }));
      let before = -100;
      for (const [tick, by] of each.moves) {
        if (!by.length || x(tick) - before < 7) continue;
        before = x(tick);
        const event = each.run.events[by[by.length - 1]];
        svg.append(sv("circle", { class: `move ${colour(gauge.owner)}`, cx: x(tick), cy: y(each.run.value(each, tick) ?? low), r: 4, tabindex: 0, role: "button", "aria-label": `${clock(event.tick * each.run.dt)}: ${event.text}`,
          onclick: () => choose(each.run, event.id, true), onkeydown: (press) => { if (press.key === "Enter" || press.key === " ") { press.preventDefault(); press.stopPropagation(); choose(each.run, event.id, true); } } },
          sv("title", { text: by.map((id) => `${clock(each.run.events[id].tick * each.run.dt)}  ${each.run.events[id].text}`).join("\n") })));
      }
    }
    const cursor = sv("path", { class: "cursor", d: `M0 4V${high - 8}` });
    cursors.push({ cursor, x });
    svg.append(cursor);
    const number = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toFixed(2)).toString());
    return el("figure", { class: "gauge", "data-gauge": `${gauge.owner}.${gauge.name}` },
      el("figcaption", {}, el("b", { class: colour(gauge.owner), text: gauge.owner }), el("span", { text: ` ${spaced(gauge.name)}${gauge.mind ? " (believed)" : ""}` }),
        el("span", { class: "range", text: `${number(low)} to ${number(top)}${gauge.unit ? ` ${gauge.unit}` : ""}` })), svg);
  }

  // ---- the graph

  function targets() {
    if ($("target").value === "chosen" && now.chosen) return { run: now.chosen.run, ids: [now.chosen.id] };
    const run = runs[Number($("target").value)] || first;
    let ids = [...run.raw.turns.filter((turn) => turn.held), ...run.raw.chapters, ...run.raw.expectations].flatMap((each) => each.events);
    // The last of them first: a graph that has no room for all of them shows how it ended.
    ids = [...new Set(ids)].sort((a, b) => b - a).slice(0, 40);
    if (!ids.length) ids = telling[run.index].slice(-3).map((event) => event.id);
    return { run, ids: [...new Set(ids)] };
  }

  const MOST = 90;
  function drawGraph() {
    const { run, ids } = targets();
    // The nearest causes of each first, so that a limit cuts off what is far.
    const nodes = new Map(), edges = [];
    let waiting = ids.map((id) => ["e", id]), cut = 0;
    for (const [, id] of waiting) nodes.set(`e${id}`, { event: run.events[id], target: true });
    while (waiting.length) {
      const next = [];
      for (const [, id] of waiting) {
        for (const cause of run.events[id].causes) {
          const isEvent = "event" in cause;
          const reason = isEvent ? null : run.reasons[cause.reason];
          const key = isEvent ? `e${cause.event}` : `r${reason.agent}:${reason.node}@${reason.tick}`;
          if (!nodes.has(key)) {
            if (nodes.size >= MOST) { cut++; continue; }
            nodes.set(key, isEvent ? { event: run.events[cause.event] } : { reason });
            if (isEvent) next.push(["e", cause.event]);
          }
          edges.push([key, `e${id}`]);
        }
      }
      waiting = next;
    }
    // Columns by the longest way from where it all begins; events come in order, so one pass in that order is enough.
    const depth = new Map();
    const order = [...nodes.keys()].sort((a, b) => tickOf(nodes.get(a)) - tickOf(nodes.get(b)) || (a[0] === "r" ? -1 : b[0] === "r" ? 1 : Number(a.slice(1)) - Number(b.slice(1))));
    for (const key of order) depth.set(key, Math.max(0, ...edges.filter(([, to]) => to === key).map(([from]) => (depth.get(from) ?? -1) + 1)));
    // What nothing stands before is drawn beside what it leads to.
    for (const key of order) {
      if (edges.some(([, to]) => to === key)) continue;
      const after = edges.filter(([from]) => from === key).map(([, to]) => depth.get(to));
      if (after.length) depth.set(key, Math.max(0, Math.min(...after) - 1));
    }
    const columns = [];
    for (const key of order) (columns[depth.get(key)] = columns[depth.get(key)] || []).push(key);
    const places = new Map(), W = 214, H = 50, GAP = 58;
    let deepest = 0;
    columns.forEach((column, c) => {
      const wish = (key) => {
        const ups = edges.filter(([, to]) => to === key).map(([from]) => places.get(from)).filter(Boolean);
        return ups.length ? ups.reduce((sum, place) => sum + place.y, 0) / ups.length : tickOf(nodes.get(key));
      };
      const rows = column.map((key) => [wish(key), key]).sort((a, b) => a[0] - b[0]);
      rows.forEach(([, key], i) => { places.set(key, { x: 6 + c * (W + GAP), y: 6 + i * (H + 12) }); deepest = Math.max(deepest, i + 1); });
    });
    const width = 12 + columns.length * (W + GAP) - GAP, high = 12 + deepest * (H + 12);
    const svg = sv("svg", { viewBox: `0 0 ${width} ${high}`, width, height: high });
    for (const [from, to] of edges) {
      const a = places.get(from), b = places.get(to);
      if (!a || !b) continue;
      const x1 = a.x + W, y1 = a.y + H / 2, x2 = b.x, y2 = b.y + H / 2, bend = Math.max(24, (x2 - x1) / 2);
      svg.append(sv("path", { class: "edge", d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` }));
    }
    for (const [key, node] of nodes) {
      const { x, y } = places.get(key);
      const { event, reason } = node;
      const id = event ? (event.who.length ? run.figures[event.who[0]].id : "") : reason.agent;
      const words = event ? event.text : `${reason.agent}: ${reason.node}`;
      const press = () => (event ? choose(run, event.id, true) : seek(reason.tick));
      const lines = fold(words, 31);
      svg.append(sv("g", { class: `node ${event ? "event" : "mind-node"} ${node.target ? "target" : ""} ${colour(id)}`, transform: `translate(${x} ${y})`, tabindex: 0, role: "button", "aria-label": `${clock(tickOf(node) * run.dt)} ${words}`, onclick: press,
        onkeydown: (event_) => { if (event_.key === "Enter" || event_.key === " ") { event_.preventDefault(); event_.stopPropagation(); press(); } } },
        sv("rect", { width: W, height: H, rx: event ? 5 : 22 }), sv("rect", { class: "stripe", width: 4, height: H, rx: 2 }),
        sv("text", { class: "when", x: W / 2, y: 13, text: clock(tickOf(node) * run.dt) }),
        ...lines.map((text, i) => sv("text", { class: "words", x: W / 2, y: (lines.length > 1 ? 28 : 34) + i * 14, text })), sv("title", { text: words })));
    }
    $("graph").replaceChildren(svg);
    $("graph").scrollLeft = $("target").value === "chosen" ? width : 0;
    $("graph-note").textContent = `${two ? `Run ${LABELS[run.index]}. ` : ""}${nodes.size} causes and effects; a round box is a node of a tree that asked for it.${cut ? ` ${cut} causes further back are not drawn.` : ""}`;
  }
  const tickOf = (node) => (node.event ? node.event.tick : node.reason.tick);
  function fold(text, most) {
    if (text.length <= most) return [text];
    let cut = text.lastIndexOf(" ", most);
    // The path of a node has no blanks, but slashes.
    if (cut < most / 2) cut = text.lastIndexOf("/", most);
    if (cut < most / 3) cut = most;
    const rest = text.slice(cut).trim();
    return [text.slice(0, cut), rest.length > most ? `${rest.slice(0, most - 1)}…` : rest];
  }

  // ---- set up

  options($("view"), [["", "the truth"], ...[...principals, ...extras].filter((id) => runs.some((run) => run.beliefs.has(id))).map((id) => [id, `what ${id} believes`])]);
  options($("target"), [...runs.map((run) => [run.index, two ? `how ${LABELS[run.index]} ended` : "how it ended"]), ["chosen", "the chosen event"]]);
  options($("follow"), [["action", "the action"], ["all", "everybody"], ["free", "nobody"], ...[...principals, ...extras].map((id) => [id, id])]);
  const owners = [...new Set(runs.flatMap((run) => run.gauges.map((gauge) => gauge.owner)))].sort((a, b) => Number(principals.includes(b)) - Number(principals.includes(a)) || a.localeCompare(b));
  options($("whose"), [["", "those who matter"], ...owners.map((id) => [id, id])]);
  $("time").max = last;

  $("time").addEventListener("input", () => { play(false); seek(Number($("time").value)); });
  $("play").addEventListener("click", () => play(!now.playing));
  $("view").addEventListener("change", () => believe($("view").value));
  $("follow").addEventListener("change", () => {
    now.follow = $("follow").value;
    if (now.follow === "free") now.centre = views[0].centre;
    draw();
  });
  for (const id of ["sight", "paths", "names", "truth"]) $(id).addEventListener("change", draw);
  $("closer").addEventListener("click", () => zoom(1 / 1.4));
  $("farther").addEventListener("click", () => zoom(1.4));
  const jump = (way) => {
    const found = way > 0 ? moments.find((tick) => tick > now.t) : [...moments].reverse().find((tick) => tick < Math.floor(now.t));
    if (found !== undefined) { play(false); seek(found); if (now.tab === "events") listEvents(); }
  };
  $("before").addEventListener("click", () => jump(-1));
  $("after").addEventListener("click", () => jump(1));
  for (const name of ["turns", "events"]) {
    $(`tab-${name}`).addEventListener("click", () => tab(name));
    $(`tab-${name}`).addEventListener("keydown", (event) => {
      if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
      const other = name === "turns" ? "events" : "turns";
      tab(other);
      $(`tab-${other}`).focus();
      event.stopPropagation();
    });
  }
  $("search").addEventListener("input", listEvents);
  $("target").addEventListener("change", drawGraph);
  $("whose").addEventListener("change", () => { whole = false; drawLanes(); drawGauges(); });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "range" && event.target.type !== "checkbox") return;
    const pressed = event.target.tagName === "BUTTON" || event.target.type === "checkbox" || event.target.tagName === "SUMMARY";
    if (event.key === " " && !pressed) play(!now.playing);
    else if (event.key === ",") { play(false); seek(Math.ceil(now.t) - 1); }
    else if (event.key === ".") { play(false); seek(Math.floor(now.t) + 1); }
    else if (event.key === "[") jump(-1);
    else if (event.key === "]") jump(1);
    else if (event.key === "+" || event.key === "=") zoom(1 / 1.4);
    else if (event.key === "-") zoom(1.4);
    else if (event.key === "b") {
      const known = [...$("view").options].map((option) => option.value);
      believe(now.view ? "" : known.find((name) => name && (name === now.follow)) || known[1] || "");
    } else return;
    event.preventDefault();
  });

  function layout() {
    drawStrip();
    drawLanes();
    drawGauges();
    draw();
  }
  let wide = 0;
  new ResizeObserver(() => {
    if (document.body.clientWidth === wide) { draw(); return; }
    wide = document.body.clientWidth;
    layout();
  }).observe(document.body);

  head();
  legend();
  if (two && data.parting && data.parting.who) now.focus = { id: data.parting.who, tick: data.parting.tick };
  tab("turns");
  drawGraph();
  const opening = first.raw.turns.find((turn) => turn.held && turn.tick !== null);
  wide = document.body.clientWidth;
  layout();
  seek(two && data.parting && data.parting.tick !== null ? data.parting.tick : opening ? opening.tick : 0);
  paint();
  document.documentElement.dataset.ready = "yes";
})();
