// The other side of layout.js, in a worker, where Graphviz stands in the same script.

const started = Graphviz.load();

onmessage = async ({ data: { ticket, source } }) => {
  try {
    const graphviz = await started;
    postMessage({ ticket, layout: graphviz.layout(source, "json0", "dot") });
  } catch (error) {
    postMessage({ ticket, error: String(error.message ?? error) });
  }
};
