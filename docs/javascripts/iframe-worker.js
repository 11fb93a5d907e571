/* Lets the search run where the site is opened from its folder: of a file a browser starts no worker.
 *
 * The worker's script runs in a hidden frame instead, with the two functions that a worker has and a
 * frame has not. Over HTTP nothing is replaced. Material's `offline` plugin would fetch such a script
 * from elsewhere; it takes ours for its name.
 */
(() => {
  if (location.protocol !== "file:") return;

  function prepareFrame(scope) {
    scope.postMessage = (data) => scope.frameElement.dispatchEvent(new MessageEvent("answer", { data }));
    scope.importScripts = async (...urls) => {
      for (const url of urls) {
        await new Promise((resolve, reject) => {
          const script = scope.document.createElement("script");
          script.src = url;
          script.onload = resolve;
          script.onerror = () => reject(new Error(`${url} cannot be loaded`));
          scope.document.body.append(script);
        });
      }
    };
  }

  window.Worker = class FrameWorker extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.append(this.frame);
      const scope = this.frame.contentWindow;
      prepareFrame(scope);
      this.frame.addEventListener("answer", ({ data }) => {
        this.dispatchEvent(new MessageEvent("message", { data }));
      });
      this.ready = new Promise((resolve, reject) => {
        const script = scope.document.createElement("script");
        script.src = url;
        script.onload = resolve;
        script.onerror = () => reject(new Error(`${url} cannot be loaded`));
        scope.document.body.append(script);
      });
    }

    postMessage(data) {
      this.ready
        .then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })))
        .catch((error) => this.dispatchEvent(new ErrorEvent("error", { error, message: error.message })));
    }

    terminate() {
      this.frame.remove();
    }
  };
})();
