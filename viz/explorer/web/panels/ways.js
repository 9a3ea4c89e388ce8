// The ways through the graph: what is opened, folded, and gone to.

import { byId } from "../dom.js";

/** The part of the page that changes what is in the picture, and brings it into sight. */
export class Ways {
  /** What a click on an element does: select a node, unfold a box. */
  async open(key) {
    const box = this.elementAt(key);
    if (!box) return;
    if (box.kind !== "call" && box.kind !== "rest") return this.select(key);
    const focused = document.activeElement;
    const hadFocus = byId("graph").contains(focused) || byId("inspector").contains(focused);
    const isCall = box.kind === "call";
    const change = () => (isCall ? this.folding.unfold(box.call) : this.folding.showMore(box.call));
    if (!(await this.show(change, key))) return;
    this.say(isCall ? `${this.graph.calls[box.call].name} is unfolded` : "more nodes are shown");
    if (hadFocus) this.pane.focus(this.view.elements[this.view.owner[box.nodes[box.nodes.length - 1]]].key);
    if (isCall) this.pane.bringFrameIntoSight(String(box.call));
    else this.pane.bringIntoSight(key, true);
  }

  async fold(call) {
    const [shown] = this.pane.items.keys();
    const change = () => {
      this.folding.fold(call);
      this.folding.pinnedCalls.add(call); // among many boxes, too, it is one of those that are shown
    };
    if (!(await this.show(change, shown))) return;
    this.say(`${this.graph.calls[call].name} is folded`);
    this.pane.focus(`c${call}`);
  }

  async goTo(n) {
    const { kind } = this.view.elements[this.view.owner[n]];
    if (kind === "node") await this.pickers.showMembersOf(n);
    else if (!(await this.show(() => this.folding.reveal(n)))) return;
    this.goToElement(`n${n}`);
  }

  async goToCall(call) {
    if (!(await this.show(() => this.folding.revealCall(call)))) return;
    const inside = this.view.elements.filter(
      ({ home, key }) => key === `c${call}` || this.graph.path(home).includes(call),
    );
    if (inside.length) this.goToElement(inside[inside.length - 1].key);
  }

  goToElement(key) {
    this.select(key);
    this.pane.bringIntoSight(key, true);
    this.pane.focus(key);
  }
}
