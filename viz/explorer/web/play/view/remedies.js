// What helps a training that has become infinite.

import { exact, format } from "../../state/numbers.js";

const RUINED = 1e100; // a loss: from such weights no rate leads back
const CLIPPED = 1; // the norm that a gradient is clipped to

/** {note, buttons: [[words, act], …]} for a page that has session, change(settings), reset() and say(text). */
export function remediesFor(page) {
  const { settings, trainer } = page.session;
  const { loss } = trainer.evaluate("train");
  const isRuined = !(loss < RUINED);
  const lr = Number((settings.lr / 10).toPrecision(12));
  const take = (other, words) => () => {
    page.change(other);
    if (isRuined) page.reset();
    page.say(isRuined ? `The weights are the first ones again, and ${words}` : `Now ${words}`);
  };
  const name = (words) => (isRuined ? `Reset, and ${words}` : words[0].toUpperCase() + words.slice(1));
  const buttons = [
    ["Reset", () => page.reset()],
    [name(`take a tenth of the rate: ${exact(lr)}`), take({ lr }, `the learning rate is ${exact(lr)}`)],
  ];
  if (!settings.clipNorm || settings.clipNorm > CLIPPED)
    buttons.push([name(`clip to ${CLIPPED}`), take({ clipNorm: CLIPPED }, `the gradient is clipped to ${CLIPPED}`)]);
  const note = isRuined ? `These weights are ruined, too, with a loss of ${format(loss, 2)}: Reset.` : "";
  return { note, buttons };
}
