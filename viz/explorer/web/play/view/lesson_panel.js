// The lesson that one is in: its question, what to look at, and what to try then.

import { byId, element } from "../../dom.js";
import { LESSONS } from "../lessons.js";

export class LessonPanel {
  /** `take(settings)` changes settings of the page; `train(words)` begins to train, and says with what.
   *  keep() gives all that is there before a lesson, for bringBack(state) after it; scale(isLogarithmic) is for the
   *  losses. */
  constructor(take, train, { keep, bringBack, scale }) {
    Object.assign(this, { take, train, keep, bringBack, scale, isNew: false, isLogarithmic: false, before: null });
    const choice = byId("lesson");
    choice.append(element("option", { value: "" }, "choose one of five"));
    choice.append(...LESSONS.map(({ name, title }) => element("option", { value: name }, title)));
    choice.onchange = () => (choice.value ? this.show(choice.value, true) : this.leave());
  }

  /** Show a lesson by its name, "" for none; `begins` says that its settings are taken. */
  show(name, begins) {
    const lesson = LESSONS.find((each) => each.name === name);
    if (!lesson || !begins) this.before = null;
    else if (!this.name) this.before = this.keep();
    byId("lesson").value = lesson ? name : "";
    byId("lesson-panel").hidden = !lesson;
    const isLogarithmic = Boolean(lesson?.isLogarithmic);
    if (isLogarithmic !== this.isLogarithmic) this.scale((this.isLogarithmic = isLogarithmic));
    this.name = lesson ? name : "";
    this.isNew = Boolean(lesson);
    if (!lesson) return;
    if (begins) this.take(lesson.settings);
    const button = (id, words, onclick) => element("button", { type: "button", id, onclick }, words);
    const look = element("p", { id: "lesson-look" }, lesson.look);
    const then = element("p", { id: "lesson-then", hidden: true }, lesson.then);
    const words = lesson.thenWords[0].toLowerCase() + lesson.thenWords.slice(1);
    const begin = (settings, isThen) => {
      this.take(settings);
      this.isNew = true;
      then.hidden = !isThen;
      look.hidden = isThen;
    };
    const tryIt = () => {
      begin({ ...lesson.settings, ...lesson.thenSettings }, true);
      this.train(words);
    };
    byId("lesson-panel").replaceChildren(
      element("h2", { id: "lesson-title", class: "unseen" }, lesson.title), // the choice shows it
      element("div", {}, element("p", { class: "question" }, lesson.question), look, then),
      element(
        "div",
        { class: "tools" },
        button("lesson-again", "From the beginning", () => begin(lesson.settings, false)),
        button("lesson-try", `Then: ${words}`, tryIt),
        button("lesson-leave", "Leave the lesson", () => this.leave()),
      ),
    );
  }

  /** What was there before the lesson comes back; a lesson that a link opened leaves what there is. */
  leave() {
    const { before } = this;
    this.show("");
    if (before) this.bringBack(before);
    byId("lesson").focus();
  }

  /** Training begins: what the lesson points to comes into view, once. */
  showWhatItPointsTo() {
    if (!this.isNew) return;
    this.isNew = false;
    const { at } = LESSONS.find(({ name }) => name === this.name);
    byId(at).scrollIntoView({ block: "nearest" });
  }
}
