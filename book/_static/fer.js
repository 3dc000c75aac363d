/* What a reader can do with a table or a figure: sort, filter, choose columns, take it away, send
   the view. Everything is on the page without this script; it asks nobody for anything. */
"use strict";
(() => {
  const WORDS = ["trained on", "tested on", "model", "kind of test", "view", "emotion"];
  const MOST_CHIPS = 5, MOST_CHOICES = 200, FILTERED_FROM = 6, SORTED_FROM = 3, PICKED_FROM = 6;
  const views = new Map(); // id of a table -> its view

  const make = (tag, about = {}, ...inside) => {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(about)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value !== undefined) element.setAttribute(key, value);
    }
    element.append(...inside);
    return element;
  };
  const button = (text, act, about = {}) =>
    make("button", { type: "button", class: "fer-button", onclick: act, ...about }, text);
  const words = (cell) => cell.textContent.replace(/\s+/g, " ").trim();

  /* A cell's number, so that 9 comes before 10; NaN where it begins with none. */
  const number = (text) => {
    const found = text.replace(/[\u2212\u2013](?=\d)/, "-").match(/^[+-]?[\d,]*\.?\d+/);
    return found ? parseFloat(found[0].replace(/,/g, "")) : NaN;
  };
  const order = (a, b) => {
    const x = number(a), y = number(b);
    if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1; // a hole is last
    return isNaN(x) ? a.localeCompare(b, "en", { numeric: true }) : x - y;
  };

  const save = (text, name, kind) => {
    const address = URL.createObjectURL(new Blob([text], { type: kind }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };

  class Table {
    constructor(table, id) {
      this.table = table;
      this.id = id;
      this.body = table.tBodies[0];
      this.rows = [...this.body.rows];
      this.heads = [...table.tHead.rows[0].cells];
      this.names = this.heads.map(words);
      this.sort = null; // [column, down]
      this.chosen = new Map(); // column -> value
      this.hidden = new Set();
    }

    enhance() {
      this.bar = make("div", { class: "fer-bar", role: "group", "aria-label": "This table" });
      if (this.rows.length >= SORTED_FROM) this.heads.forEach((head, at) => this.addSort(head, at));
      if (this.rows.length >= FILTERED_FROM) WORDS.forEach((word) => this.addChips(word));
      this.said = make("span", { class: "fer-said", role: "status" });
      const rest = make("span", { class: "fer-actions" });
      if (this.names.length >= PICKED_FROM) rest.append(this.picker());
      rest.append(
        button("CSV of this view", () => save(this.csv(), `${this.id}.csv`, "text/csv")),
        button("Copy link", (event) => copyLink(this, event.target)),
      );
      this.bar.append(this.said, rest);
      const box = this.table.closest(".pst-scrollable-table-container") || this.table;
      box.before(this.bar);
    }

    addSort(head, at) {
      const inside = [...head.childNodes];
      const by = button("", () => {
        const down = this.sort && this.sort[0] === at ? !this.sort[1] : !isNaN(number(this.text(0, at)));
        this.sort = [at, down];
        this.show();
      }, { class: "fer-sort" });
      by.append(...inside);
      head.append(by);
    }

    addChips(word) {
      const at = this.names.indexOf(word);
      const values = at < 0 ? [] : [...new Set(this.rows.map((row) => words(row.cells[at])))];
      if (values.length < 2 || values.length > MOST_CHOICES) return;
      if (values.length > MOST_CHIPS) return this.addChoice(word, at, values);
      const chips = make("span", { class: "fer-chips", role: "group", "aria-label": word },
        make("span", { class: "fer-chips-name" }, word));
      for (const value of values) {
        chips.append(button(value, () => {
          if (this.chosen.get(at) === value) this.chosen.delete(at);
          else this.chosen.set(at, value);
          this.show();
        }, { class: "fer-chip", "aria-pressed": "false", "data-column": at, "data-value": value }));
      }
      this.bar.append(chips);
    }

    addChoice(word, at, values) {
      const choice = make("select", { class: "fer-choice", "data-column": at, onchange: () => {
        if (choice.value) this.chosen.set(at, choice.value);
        else this.chosen.delete(at);
        this.show();
      } }, make("option", { value: "" }, "all"), ...values.map((value) => make("option", { value }, value)));
      this.bar.append(make("label", { class: "fer-chips" }, make("span", { class: "fer-chips-name" }, word), choice));
    }

    picker() {
      const list = make("div", { class: "fer-picker" });
      this.boxes = this.names.map((name, at) => {
        const box = make("input", { type: "checkbox", onchange: () => {
          if (box.checked) this.hidden.delete(at); else this.hidden.add(at);
          this.show();
        } });
        list.append(make("label", {}, box, " ", name));
        return box;
      });
      return make("details", { class: "fer-columns" }, make("summary", {}, "Columns"), list);
    }

    text(row, at) { return words(this.rows[row].cells[at]); }

    shown() {
      const fits = (row) => [...this.chosen].every(([at, value]) => words(row.cells[at]) === value);
      const rows = this.rows.filter(fits);
      if (this.sort) {
        const [at, down] = this.sort;
        const texts = new Map(rows.map((row) => [row, words(row.cells[at])]));
        const hole = (text) => isNaN(number(text)) && /^[\u2013-]?$/.test(text);
        rows.sort((a, b) => {
          const x = texts.get(a), y = texts.get(b);
          if (hole(x) !== hole(y)) return hole(x) ? 1 : -1;
          return (down ? -1 : 1) * order(x, y);
        });
      }
      return rows;
    }

    show(told = true) {
      const rows = this.shown();
      this.body.replaceChildren(...rows);
      this.heads.forEach((head, at) => {
        if (!head.querySelector(".fer-sort")) return;
        const mine = this.sort && this.sort[0] === at;
        if (mine) head.setAttribute("aria-sort", this.sort[1] ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      for (const row of [this.table.tHead.rows[0], ...this.rows]) {
        [...row.cells].forEach((cell, at) => { cell.hidden = this.hidden.has(at); });
      }
      for (const chip of this.bar.querySelectorAll(".fer-chip")) {
        const on = this.chosen.get(+chip.dataset.column) === chip.dataset.value;
        chip.setAttribute("aria-pressed", String(on));
      }
      for (const choice of this.bar.querySelectorAll(".fer-choice")) {
        choice.value = this.chosen.get(+choice.dataset.column) || "";
      }
      (this.boxes || []).forEach((box, at) => { box.checked = !this.hidden.has(at); });
      this.said.textContent =
        rows.length < this.rows.length ? `${rows.length} of ${this.rows.length} rows` : "";
      if (told) remember();
    }

    csv() {
      const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
      const line = (cells) =>
        [...cells].filter((cell, at) => !this.hidden.has(at)).map((cell) => quoted(words(cell)));
      return [this.table.tHead.rows[0].cells, ...this.shown().map((row) => row.cells)]
        .map((cells) => line(cells).join(",")).join("\r\n") + "\r\n";
    }

    /* The view as one word of the address: sort=3d&0=FER2013&hide=4.5 */
    get state() {
      const parts = new URLSearchParams();
      if (this.sort) parts.set("sort", this.sort[0] + (this.sort[1] ? "d" : "u"));
      for (const [at, value] of this.chosen) parts.set(at, value);
      if (this.hidden.size) parts.set("hide", [...this.hidden].join("."));
      return parts.toString();
    }

    set state(text) {
      const there = (at) => Number.isInteger(at) && at >= 0 && at < this.names.length;
      this.sort = null;
      this.chosen.clear();
      this.hidden.clear();
      for (const [key, value] of new URLSearchParams(text)) {
        const sorted = value.match(/^(\d+)([du])$/);
        if (key === "sort" && sorted && there(+sorted[1])) this.sort = [+sorted[1], sorted[2] === "d"];
        else if (key === "hide") value.split(".").map(Number).filter(there).forEach((at) => this.hidden.add(at));
        else if (there(+key) && this.rows.some((row) => words(row.cells[+key]) === value)) this.chosen.set(+key, value);
      }
    }
  }

  /* Confusion matrices, which stand one below the other in folds: one at a time, by its names. */
  class Matrices {
    constructor(box) {
      this.id = box.id;
      this.box = box;
      this.all = [...box.children].map((fold) => ({
        fold, names: [...fold.querySelectorAll("summary b")].map(words),
        cells: [...fold.querySelectorAll("tbody td")].map((cell) => ({
          cell, text: cell.textContent, look: cell.className, share: share(cell.title) })),
      }));
      this.now = this.all[0];
      this.minus = false;
    }

    enhance() {
      this.bar = make("div", { class: "fer-bar", role: "group", "aria-label": "Confusion matrix" });
      this.choices = ["model", "trained on", "tested on"].map((word, at) => {
        const values = [...new Set(this.all.map((one) => one.names[at]))];
        const choice = make("select", { class: "fer-choice", onchange: () => this.choose(at, choice.value) },
          ...values.map((value) => make("option", { value }, value)));
        this.bar.append(make("label", { class: "fer-chips" }, make("span", { class: "fer-chips-name" }, word), choice));
        return choice;
      });
      this.less = button("minus in-domain", () => { this.minus = !this.minus; this.show(); }, { class: "fer-chip" });
      this.bar.append(this.less, button("Copy link", (event) => copyLink(this, event.target)));
      this.box.before(this.bar);
    }

    /* Not every model was trained on every set: of what has the chosen name, the nearest. */
    choose(at, value) {
      const fits = (one) => one.names.filter((name, i) => name === this.now.names[i]).length;
      const there = this.all.filter((one) => one.names[at] === value);
      this.now = there.reduce((best, one) => (fits(one) > fits(best) ? one : best));
      this.show();
    }

    get inDomain() {
      const [model, train] = this.now.names;
      return this.all.find(({ names }) => names[0] === model && names[1] === train && names[2] === train);
    }

    show(told = true) {
      const base = this.inDomain, able = base !== undefined && base !== this.now, minus = able && this.minus;
      this.all.forEach((one) => { one.fold.hidden = one !== this.now; });
      this.now.fold.open = true;
      this.choices.forEach((choice, at) => { choice.value = this.now.names[at]; });
      this.less.disabled = !able;
      this.less.setAttribute("aria-pressed", String(minus));
      this.now.cells.forEach(({ cell, text, look, share }, at) => {
        const points = minus ? Math.round(100 * (share - base.cells[at].share)) : NaN;
        const depth = Math.min(Math.floor(Math.abs(points) / 5), 10);
        cell.textContent = !minus ? text : isNaN(points) ? "" : `${points < 0 ? "\u2212" : points > 0 ? "+" : ""}${Math.abs(points)}`;
        cell.className = !minus ? look : isNaN(points) ? "" : `fer-shade-${depth}${points < 0 ? " fer-less" : ""}`;
      });
      if (told) remember();
    }

    get state() {
      const parts = new URLSearchParams();
      if (this.now !== this.all[0]) this.now.names.forEach((name, at) => parts.set(at, name));
      if (this.minus) parts.set("minus", "in-domain");
      return parts.toString();
    }

    set state(text) {
      const parts = new URLSearchParams(text);
      const named = (one) => one.names.every((name, at) => parts.get(String(at)) === name);
      this.now = this.all.find(named) || this.all[0];
      this.minus = parts.has("minus");
    }
  }
  /* "31 of 124" as a share; NaN of a blank cell. */
  const share = (text) => {
    const [part, whole] = text.split(" of ").map(number);
    return part / whole;
  };

  /* What stands behind a score, while a pointer or the focus is on it; of two taps the first shows
     it and the second leads to the run. */
  class Notes {
    constructor(article) {
      this.told = new Map([...article.querySelectorAll(".fer-notes dt")].map(
        (name) => [words(name), words(name.nextElementSibling)]));
      this.tip = make("div", { class: "fer-tip", id: "fer-tip", role: "tooltip", hidden: "" });
      document.body.append(this.tip);
      this.place = null;
      for (const kind of ["mouseover", "focusin"]) article.addEventListener(kind, (event) => this.at(event.target));
      article.addEventListener("mouseleave", () => this.leave());
      article.addEventListener("click", (event) => this.tap(event));
      this.tip.addEventListener("mouseover", () => clearTimeout(this.later));
      this.tip.addEventListener("mouseleave", () => this.leave());
      article.addEventListener("focusout", () => this.leave());
      document.addEventListener("keydown", (event) => { if (event.key === "Escape") this.hide(); });
    }

    at(target) {
      const place = target.closest(".bd-article table.table td, .fer-rows li");
      const lines = !place ? [] : place.matches("td") ? this.about(place) : this.row(place);
      if (!lines.length) return this.leave();
      clearTimeout(this.later);
      if (place !== this.place) this.show(place, lines);
    }

    tap(event) {
      if (event.pointerType !== "touch" || !this.place || !this.place.contains(event.target) || this.tapped) return;
      event.preventDefault();
      this.tapped = true;
      if (this.place.querySelector("a")) this.tip.append(make("p", {}, "Tap again for its run."));
    }

    /* A moment to come from the score to its note; what has the focus keeps it. */
    leave() {
      clearTimeout(this.later);
      this.later = setTimeout(() => {
        if (!this.place || !this.place.contains(document.activeElement)) this.hide();
      }, 300);
    }

    hide() {
      clearTimeout(this.later);
      const link = this.place && this.place.querySelector("a");
      if (link) link.removeAttribute("aria-describedby");
      this.tip.hidden = true;
      this.place = null;
      this.tapped = false;
    }

    show(place, lines) {
      this.hide();
      this.place = place;
      this.tip.replaceChildren(...lines.map((line) => make("p", {}, line)));
      this.tip.hidden = false;
      const link = place.querySelector("a");
      if (link) link.setAttribute("aria-describedby", this.tip.id);
      const box = place.getBoundingClientRect(), tip = this.tip, root = document.documentElement;
      const left = Math.max(8, Math.min(box.left, root.clientWidth - tip.offsetWidth - 8));
      const above = box.bottom + tip.offsetHeight + 4 > root.clientHeight && box.top > tip.offsetHeight + 4;
      tip.style.left = `${left + scrollX}px`;
      tip.style.top = `${(above ? box.top - tip.offsetHeight - 2 : box.bottom + 2) + scrollY}px`;
    }

    /* The notes whose names the row and the column of a score give. */
    about(cell) {
      const score = words(cell), table = cell.closest("table");
      if (!cell.querySelector(".fer-interval, a") || isNaN(number(score)) || !table.tHead) return [];
      const heads = [...table.tHead.rows[0].cells].map(words);
      const named = (word) => (heads.includes(word) ? words(cell.parentElement.cells[heads.indexOf(word)]) : "").replace(/ [\u2020\u2021].*/, "");
      const head = heads[cell.cellIndex].replace(" [95 %]", ""), train = named("trained on"), test = named("tested on");
      const keys = [head, test, named("kind of test")].flatMap((name) => [name, `${train} \u2192 ${name}`]);
      const marks = ["\u2020", "\u2021", "not audited"].filter((mark) => score.includes(mark));
      const found = [...keys, `${test}: ${head}`, ...marks].filter((key) => this.told.has(key));
      return found.length ? [`${head}: ${score}`, ...found.map((key) => `${key}: ${this.told.get(key)}`)] : [];
    }

    row(place) {
      const drawing = place.querySelector("svg[aria-label]");
      return drawing ? [words(place.firstElementChild), ...drawing.getAttribute("aria-label").split("; ")] : [];
    }
  }

  const copyLink = (view, by) => {
    history.replaceState(null, "", `#${view.id}${view.state && `?${view.state}`}`);
    const done = (word) => { by.textContent = word; setTimeout(() => { by.textContent = "Copy link"; }, 1500); };
    if (!navigator.clipboard) return done("In the address");
    navigator.clipboard.writeText(location.href).then(() => done("Copied"), () => done("In the address"));
  };

  /* The address holds the view of the table that was changed last. */
  const remember = () => {
    for (const [id, table] of views) {
      if (table.state !== table.told) {
        table.told = table.state;
        history.replaceState(null, "", table.state ? `#${id}?${table.state}` : `#${id}`);
      }
    }
  };
  const recall = () => {
    const [id, state] = location.hash.slice(1).split("?");
    const table = views.get(id);
    if (!table || state === undefined) return;
    table.state = state;
    table.told = table.state;
    table.show(false);
    table.bar.scrollIntoView();
  };

  const png = (image, name) => {
    const scale = 2, canvas = make("canvas", { width: scale * image.naturalWidth, height: scale * image.naturalHeight });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => save(blob, `${name}.png`, "image/png"));
  };

  const enhanceFigure = (figure, dialog) => {
    const picture = figure.querySelector("img");
    if (!picture) return;
    const name = figure.id || "figure", vectors = /\.svg$/.test(picture.src);
    const bar = make("div", { class: "fer-bar", role: "group", "aria-label": "This figure" });
    bar.append(button("Enlarge", () => dialog.open(picture)));
    bar.append(make("a", { class: "fer-button", href: picture.src, download: "" }, vectors ? "SVG" : "PNG"));
    // A page that lies in a folder may not read its own pictures back.
    if (vectors && location.protocol !== "file:") bar.append(button("PNG", () => png(picture, name)));
    if (figure.id) bar.append(button("Copy link", (event) => copyLink({ id: figure.id, state: "" }, event.target)));
    const around = picture.closest("a");
    if (around) around.addEventListener("click", (event) => { event.preventDefault(); dialog.open(picture); });
    (figure.querySelector("figcaption") || figure).append(bar);
  };

  const makeDialog = () => {
    const place = make("div", { class: "fer-large", tabindex: "0", role: "group", "aria-label": "The figure, enlarged" });
    const dialog = make("dialog", { class: "fer-dialog", "aria-label": "Figure" });
    dialog.append(button("Close", () => dialog.close()), place);
    document.body.append(dialog);
    return {
      open(picture) {
        place.replaceChildren(make("img", { src: picture.src, alt: picture.alt }));
        dialog.showModal();
      },
    };
  };

  document.addEventListener("DOMContentLoaded", () => {
    const article = document.querySelector(".bd-article");
    if (!article) return;
    article.querySelectorAll("table.table").forEach((table, at) => {
      if (!table.tHead || !table.tBodies.length || table.closest(".fer-still")) return;
      const id = table.id || `table-${at + 1}`, made = new Table(table, id);
      if (made.rows.length < 2 || made.rows.some((row) => row.cells.length !== made.heads.length)) return;
      made.enhance();
      made.told = "";
      made.show(false);
      views.set(id, made);
    });
    article.querySelectorAll(".fer-matrices").forEach((box) => {
      const made = new Matrices(box);
      made.enhance();
      made.show(false);
      made.told = made.state;
      views.set(made.id, made);
    });
    const figures = article.querySelectorAll("figure");
    if (figures.length) {
      const dialog = makeDialog();
      figures.forEach((figure) => enhanceFigure(figure, dialog));
    }
    new Notes(article);
    recall();
    addEventListener("hashchange", recall);
  });
})();
