// Package browser has tests alone: people use the console of a local world in a real Chromium. Each tab is a person of their own; when its test
// ends, it must have seen no error in the browser's console, no request to another origin and nothing that the page's policy refused.
// Where it fails, build/screens has a picture of the page; `go test ./functions/cmd/local/browser -pictures` makes one of every page.
//
// Without Chromium, and of axe's checks without axe-core, the tests say NOT RUN and why; with CI=true that is a failure.
package browser
