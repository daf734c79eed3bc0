// A notebook as a page that is read: one column, in the middle, with lines of prose that the eye can follow (under 90 characters).
// JupyterLab has no setting for it. It loads this file as any extension (a container of Webpack's module federation), unbuilt.
(window._JUPYTERLAB ??= {}).atelier = {
  init() {},
  async get() {
    const style = `
      :root:root { --jp-content-font-size1: 16px; --jp-code-font-size: 14px; }
      .jp-NotebookPanel-notebook .jp-Cell { max-width: 62rem; margin-inline: auto; }
      .jp-NotebookPanel-notebook .jp-Cell-inputWrapper { max-width: 51rem; }
      .jp-NotebookPanel-notebook .jp-OutputArea-output pre { word-break: normal; overflow-wrap: anywhere; }
      .jp-NotebookPanel-notebook .jp-RenderedMarkdown > :not(table, pre, figure) { max-width: 64ch; }
    `;
    const activate = () => {
      const { appName } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
      if (appName !== "JupyterLab") return; // Rise has slides to fill
      document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
    };
    return () => ({ __esModule: true, default: { id: "atelier:column", autoStart: true, activate } });
  },
};
