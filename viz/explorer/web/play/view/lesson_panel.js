// The lesson that one is in: its question, what to look at, and what to try then.

import { byId, element } from "../../dom.js";
import { LESSONS } from "../lessons.js";

export class LessonPanel {
  /** `take(settings)` changes settings of the page. */
  constructor(take) {
    this.take = take;
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
    if (!lesson) return;
    if (begins) this.take(lesson.settings);
    const button = (id, words, onclick) => element("button", { type: "button", id, onclick }, words);
    const then = element("p", { id: "lesson-then", hidden: true }, lesson.then);
    const tryIt = () => {
      this.take({ ...lesson.settings, ...lesson.thenSettings });
      then.hidden = false;
    };
    const again = () => {
      this.take(lesson.settings);
      then.hidden = true;
    };
    byId("lesson-panel").replaceChildren(
      element("h2", { id: "lesson-title" }, lesson.title),
      element("p", { class: "question" }, lesson.question),
      element("p", {}, lesson.look),
      then,
      element(
        "div",
        { class: "tools" },
        button("lesson-again", "From the beginning", again),
        button("lesson-try", `Then: ${lesson.thenWords.toLowerCase().replace("l2", "L2")}`, tryIt),
        button("lesson-leave", "Leave the lesson", () => {
          this.show("");
          byId("lesson").focus();
        }),
      ),
    );
  }
}
