// When the stream of a page's live region may begin (template "live").

// Its address may have been refused, which asking again does not change: the session is over, the right was taken away, or the thing is gone.
let refused = false;
document.addEventListener("htmx:response:error", (event) => {
  if (event.target.matches("#live") && [401, 403, 404].includes(event.detail.ctx.response.status)) {
    refused = true;
  }
});

// A hidden page begins none: a browser has few connections for each site, and a person few streams. The extension itself ends a stream when its page is
// hidden, and takes it up again, but does not look whether the page is hidden when it begins one.
document.addEventListener("htmx:config:request", (event) => {
  if (event.target.matches("#live") && (refused || document.hidden)) {
    event.preventDefault();
  }
});
