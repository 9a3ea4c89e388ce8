// What one takes along: the training as a program, the network as a file, and a link to both.

import { byId, downloadBlob, element } from "../../dom.js";
import { modelFile } from "../model_file.js";
import { asPython, asPyTorch } from "../numbers/export.js";
import { packNumbers, readSettings, unpackNumbers, writeSettings } from "../settings_link.js";

const MODEL_FILE = "model.safetensors";
const MOST_IN_LINK = 1500; // weights that fit into an address

/** `page` has session, say(text), complain(text), and inLesson(). */
export function listenToTakingAlong(page) {
  const copyProgram = (write, words) => async () => {
    if (page.session.isBlocked)
      return page.complain("These settings do not go together: see what is said beside them.");
    const isCopied = await copy(write(page.session.trainer));
    page.say(isCopied ? `The training is copied as ${words}` : `The browser lets nothing be copied here`);
  };
  byId("copy-python").onclick = copyProgram(asPython, "a program in Python");
  byId("copy-pytorch").onclick = copyProgram(asPyTorch, "a program in PyTorch");
  byId("share").onclick = () => share(page);
  byId("save-model").onclick = () => saveModel(page);
}

/** Save the network as it is now, with what Python knows of its rows; the loss may be another one by now. */
function saveModel(page) {
  const { network, trainer, scaler, info, settings } = page.session;
  const about = info && ("loss" in info ? { ...info, loss: network.spec.loss } : info);
  const isOfGiven = settings.data === "given"; // on other rows it was not trained
  const file = modelFile(network.spec, trainer.parameters, isOfGiven ? scaler : null, isOfGiven ? about : null);
  downloadBlob(new Blob([file], { type: "application/octet-stream" }), MODEL_FILE);
  page.say(`The network is saved as ${MODEL_FILE}: nn.load reads it, and glassgrad play opens it again`);
}

/** Put a text into the clipboard; whether that went. A page inside of another one may have to do it the old way. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    return isCopied;
  }
}

async function share(page) {
  if (!/^(https?|file):/.test(location.href))
    return page.say("A page inside of another has no address: share a link of one that .save() has written");
  page.run.stop(); // the link is to what is seen
  history.replaceState(null, "", fragmentOf(page));
  const isCopied = await copy(location.href);
  page.say(isCopied ? "The link to this state is copied" : "The link to this state is in the address bar now");
}

/** Something is changed: the address, where it is that of a state, no longer is. */
export function forgetAddress() {
  if (location.hash) history.replaceState(null, "", location.href.split("#")[0]);
}

/** The state as a fragment: the settings, and where something was trained or changed, how far and the weights. */
function fragmentOf({ session, lesson }) {
  const { trainer, settings, base, isBlocked } = session;
  const more = {};
  const isAsBegun = trainer.parameters.every((number, i) => Object.is(number, trainer.initial[i]));
  if (!isBlocked && !isAsBegun && trainer.parameters.length <= MOST_IN_LINK)
    Object.assign(more, { epochs: trainer.epochs, weights: packNumbers(trainer.parameters) });
  if (lesson.name) more.lesson = lesson.name;
  return writeSettings(settings, base, more);
}

/** What a fragment says: {settings, lesson, restore(trainer)}. */
export function readFragment(fragment, session, words) {
  const parts = new URLSearchParams(fragment.replace(/^#/, ""));
  const restore = (trainer) => {
    const parameters = unpackNumbers(parts.get("weights") ?? "", trainer.parameters.length);
    const epochs = Number(parts.get("epochs"));
    if (parameters) trainer.restore({ parameters, epochs: Number.isSafeInteger(epochs) && epochs > 0 ? epochs : 0 });
  };
  return { settings: readSettings(fragment, session.base, words), lesson: parts.get("lesson") ?? "", restore };
}
