// Which member of each family is shown: a slider and a number for it, and, of rows, their mean.

import { byId, element } from "../dom.js";
import { countedMembers, memberTitle } from "../state/folding/member_names.js";

/** The controls above the picture, one for each family that can be seen; they work on the page. */
export class FamilyPickers {
  constructor(page) {
    this.page = page;
    this.pickers = page.folding.families.list.map((family) => this.picker(family));
    this.listed = null; // the numbers of those whose controls are there
  }

  picker(family) {
    const { number, unit, members, kind } = family;
    const most = members.length;
    const range = { min: 1, max: most, step: 1 };
    const slider = element("input", { type: "range", ...range, "aria-label": `Which ${unit}` });
    const field = element("input", { type: "number", ...range, "aria-label": `Number of the ${unit}` });
    slider.oninput = () => this.show(number, Number(slider.value) - 1);
    field.onchange = async () => {
      if (field.value) await this.show(number, Math.round(Number(field.value)) - 1);
      field.value = this.page.folding.members[number] + 1;
    };
    const hasMean = kind === "rows" && family.alike;
    const mean = hasMean ? element("button", { type: "button", onclick: () => this.toggleMean(number) }, "Mean") : null;
    const beside = element("button", { type: "button", class: "beside", onclick: () => this.toggleBeside(number) }, "Side by side");
    beside.title = `all ${countedMembers(family)} beside each other`;
    const text = element("span", { class: "family-name" }, unit);
    const of = element("span", {}, `of ${most.toLocaleString("en")}`);
    const controls = [text, field, of, slider, mean, beside];
    const part = element("div", { class: "family", role: "group", "aria-label": unit }, ...controls);
    return { slider, field, mean, beside, part, family };
  }

  /** Show the controls of what can be seen, with what is shown. */
  update() {
    const { folding } = this.page;
    const shown = this.pickers.filter(({ family }) => folding.canSee(family.outer));
    const listed = shown.map(({ family }) => family.number).join(" ");
    if (listed !== this.listed) byId("families").replaceChildren(...shown.map(({ part }) => part));
    this.listed = listed;
    byId("families").hidden = !shown.length;
    for (const { slider, field, mean, beside, family } of shown) {
      const [isMean, isBeside] = [folding.means.has(family.number), folding.beside.has(family.number)];
      const k = folding.members[family.number] + 1;
      if (slider.value !== String(k)) slider.value = k;
      if (document.activeElement !== field) field.value = k; // else somebody is writing
      slider.setAttribute("aria-valuetext", memberTitle(folding, family));
      mean?.setAttribute("aria-pressed", isMean);
      beside.setAttribute("aria-pressed", isBeside);
    }
  }

  /** Show a member, by its index. */
  show(number, index) {
    const { folding } = this.page;
    const family = folding.families.list[number];
    const k = Math.max(0, Math.min(family.members.length - 1, index));
    return this.change(folding.showMembers([[number, k]]), family);
  }

  /** The next member of the family around what is selected, or of the innermost one that can be seen. */
  move(by) {
    const { page } = this;
    const { folding } = page;
    const selected = page.elementAt(page.selected);
    const around = selected ? folding.locate(selected.nodes[0]).members : [];
    const seen = folding.activeFamilies();
    const last = around.map(([number]) => folding.families.list[number]).filter((family) => seen.includes(family));
    const family = last[last.length - 1] ?? seen[seen.length - 1];
    if (family) this.show(family.number, folding.members[family.number] + by);
  }

  toggleMean(number) {
    const { folding } = this.page;
    folding.toggleMean(number);
    return this.change("numbers", folding.families.list[number]);
  }

  toggleBeside(number) {
    const { page } = this;
    const { folding } = page;
    const family = folding.families.list[number];
    return page.show(() => folding.toggleBeside(number)).then(() => {
      const isBeside = folding.beside.has(number);
      page.say(isBeside ? `${countedMembers(family)} beside each other` : memberTitle(folding, family));
    });
  }

  async change(changed, family) {
    if (!changed) return this.update();
    if (changed === "layout") await this.page.layOutMembers();
    else {
      this.page.drawMembers();
      this.page.update("members");
    }
    this.page.say(memberTitle(this.page.folding, family));
  }

  /** Show the members that a node is in. */
  showMembersOf(n) {
    const { folding } = this.page;
    const { members } = folding.locate(n);
    const changed = folding.showMembers(members);
    return changed && this.change(changed, folding.families.list[members[members.length - 1][0]]);
  }

  /** Show the members that the operation of the step is in; where they are laid out anew, a promise of that. */
  follow() {
    const { page } = this;
    const { n } = page.model.steps.at();
    if (n < 0) return;
    const changed = page.folding.showMembers(page.folding.locate(n).members);
    if (changed === "layout") return page.layOutMembers();
    if (changed) page.drawMembers();
  }
}
