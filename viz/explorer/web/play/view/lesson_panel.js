// The lesson that one is in: its question, what to look at, and what to try then.

import { byId, element } from "../../dom.js";
import { LESSONS } from "../lessons.js";

export class LessonPanel {
  /** `take(settings)` changes settings of the page; `train(words)` begins to train, and says with what. */
  constructor(take, train) {
    Object.assign(this, { take, train, isNew: false });
    const choice = byId("lesson");
    choice.append(element("option", { value: "" }, "choose one of five"));
    choice.append(...LESSONS.map(({ name, title }) => element("option", { value: name }, title)));
    choice.onchange = () => this.show(choice.value, true);
  }

  /** Show a lesson by its name, "" for none; `begins` says that its settings are taken. */
  show(name, begins) {
    const lesson = LESSONS.find((each) => each.name === name);
    byId("lesson").value = lesson ? name : "";
    byId("lesson-panel").hidden = !lesson;
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
        button("lesson-leave", "Leave the lesson", () => {
          this.show("");
          byId("lesson").focus();
        }),
      ),
    );
  }

  /** Training begins: what the lesson points to comes into view, once. */
  showWhatItPointsTo() {
    if (!this.isNew) return;
    this.isNew = false;
    const { at } = LESSONS.find(({ name }) => name === this.name);
    byId(at).scrollIntoView({ block: "nearest" });
  }
}
