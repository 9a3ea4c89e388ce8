// The live page in a notebook: a frame that may run scripts and reach nothing around it, and what is said through it.
// See widget.py for the messages. Not a part of the page: anywidget loads it.

const HEIGHT = "680px";

function render({ model, el }) {
  const view = Math.random().toString(36).slice(2);
  const changed = new Map(); // leaf: number as text; what the kernel is still to be told
  let seen = 0; // the number of the latest message of the kernel
  let waiting = false; // for the kernel, which may need longer for a change than the reader for the next one

  const frame = document.createElement("iframe");
  frame.title = "explorer";
  frame.allow = "clipboard-write";
  frame.setAttribute("sandbox", "allow-scripts allow-downloads");
  Object.assign(frame.style, { display: "block", width: "100%", height: HEIGHT, border: "1px solid #8888" });

  const tellKernel = () => {
    if (waiting || !changed.size) return;
    waiting = true;
    model.send({ glassgrad: "numbers", leaves: [...changed], view, seen });
    changed.clear();
  };
  const hearPage = ({ source, data }) => {
    if (!source || source !== frame.contentWindow) return;
    if (data?.glassgrad === "ready") {
      changed.clear(); // a page that was loaded again begins anew
      model.send({ glassgrad: "ready", view, seen });
    } else if (data?.glassgrad === "numbers") {
      for (const [leaf, number] of data.leaves) changed.set(leaf, number);
      tellKernel();
    }
  };
  const hearKernel = (message) => {
    if ((message.to ?? view) !== view || message.not === view) return;
    if (message.glassgrad === "taken") {
      waiting = false;
      tellKernel();
    } else if (message.glassgrad === "numbers") {
      seen = message.number;
      for (const [leaf] of message.leaves) changed.delete(leaf); // the kernel's number is the later one
      frame.contentWindow?.postMessage({ glassgrad: "numbers", leaves: message.leaves }, "*");
    }
  };

  window.addEventListener("message", hearPage);
  model.on("msg:custom", hearKernel);
  frame.srcdoc = model.get("page");
  el.append(frame);
  return () => {
    window.removeEventListener("message", hearPage);
    model.off("msg:custom", hearKernel);
    frame.remove();
  };
}

export default { render };
