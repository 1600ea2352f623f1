package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// portalLink has workspace make a link into the console for Ravi, as a portal does.
func portalLink(t *testing.T, w *live.World) string {
	t.Helper()
	post := func(path, token, body string, answer any) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		got, err := testkit.Client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = got.Body.Close() }()
		text, err := io.ReadAll(got.Body)
		if err != nil || got.StatusCode >= http.StatusMultipleChoices || json.Unmarshal(text, answer) != nil {
			t.Fatalf("%s: got %d %s, %v", path, got.StatusCode, text, err)
		}
	}
	var token struct {
		Token string `json:"token"`
	}
	var link struct {
		URL string `json:"url"`
	}
	post("/local/token", "", `{"role":"platform","name":"the portal"}`, &token)
	post("/workspace/v1/accounts/811/console-link", token.Token, ravi, &link)

	return link.URL
}

// ravi asks for a link for Ravi, who runs the brand of account 811.
const ravi = `{"role":"editor","path":"/accounts/811/usage","person":{"id":"u-4711","name":"Ravi Sample"}}`

// TestLinkIntoTheConsole follows a portal's link, without JavaScript: one button lets in, once.
func TestLinkIntoTheConsole(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{Config: map[string]string{"CONSOLE_DOOR": "brand"}})
	link := strings.TrimPrefix(portalLink(t, w), w.URL)
	b := open(t, w, "", options{mayRefuse: true, noScript: true})
	b.show("/")
	b.reads("You are not signed in", "Open the console from your portal")
	b.show(link)
	b.reads("Open the console")
	b.follow("Continue")
	b.reads("Ravi Sample", "Usage", "Neem & Co")
	if got := b.path(); got != "/accounts/811/usage" {
		t.Errorf("led to %s", got)
	}
	b.follow("Sign out")
	b.reads("You are signed out")
	b.show("/accounts/811/usage")
	b.reads("You are not signed in")
	b.show(link)
	b.follow("Continue")
	b.reads("This link is over", "go back to where it was")
}

// TestConsoleInAFrame has a portal of another site show the console in a frame, where it is allowed to, and another one where it is not.
func TestConsoleInAFrame(t *testing.T) {
	t.Parallel()
	var inside string
	portal := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(rw, `<!doctype html><title>Portal</title><link rel="icon" href="data:,"><h1>Portal</h1><iframe src=%q width="1000" height="700" title="Console"></iframe>`, inside)
	}))
	t.Cleanup(portal.Close)
	// Another host is another site; another port alone is not.
	origin := strings.Replace(portal.URL, "127.0.0.1", "localhost", 1)
	w := live.Start(t, live.Options{Config: map[string]string{"CONSOLE_DOOR": "brand", "CONSOLE_FRAME_ORIGINS": origin}})
	inside = portalLink(t, w)

	b := open(t, w, "", options{})
	b.around = []string{origin, portal.URL}
	b.at(origin)
	b.inFrame("the link's page", `document.querySelector("h1").innerText`, "Open the console")
	b.frameLeaves("form button")
	b.inFrame("the page", `document.querySelector("h1").innerText + ", " + document.querySelector(".who .person").innerText`, "Usage, Ravi Sample")
	b.picture("framed")
	b.frameLeaves("nav a[aria-current]")
	b.inFrame("the page after a link", `document.querySelector("h1").innerText + ", " + document.querySelector(".who .person").innerText`, "Usage, Ravi Sample")

	cookies := tell(b, network.GetCookies, network.GetCookiesParams{URLs: []string{w.URL}}).Cookies
	if len(cookies) != 1 || cookies[0].PartitionKey == nil || cookies[0].PartitionKey.TopLevelSite != "http://localhost" {
		t.Errorf("got the cookies %+v, want one that is kept for frames in pages of localhost", cookies)
	}
	b.frameLeaves("form.leave button")
	b.inFrame("signed out", `document.querySelector("h1").innerText`, "You are signed out")

	// The same page at another origin frames nothing: the browser says so, which is what is wanted.
	inside = portalLink(t, w)
	b.at(portal.URL)
	b.until("the frame is refused", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return strings.Contains(strings.Join(b.problems, "\n"), "frame-ancestors")
	})
	b.forgive()
}

// at opens an address of whatever origin.
func (b *tab) at(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate(address))
}

// frame evaluates JavaScript in the page's one frame, and returns the text that comes of it; empty while the frame shows another page.
func (b *tab) frame(script string) string {
	b.t.Helper()
	tree := tell(b, page.GetFrameTree, cdp.Empty{}).FrameTree
	if tree == nil || len(tree.ChildFrames) != 1 {
		return ""
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	world, err := chromedp.Call(ctx, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: tree.ChildFrames[0].Frame.ID})
	if err != nil {
		return ""
	}
	result, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: `String(` + script + `)`, ContextID: world.ExecutionContextID, ReturnByValue: new(true), UserGesture: new(true)})
	var text string
	if err != nil || result.ExceptionDetails != nil || json.Unmarshal(result.Result.Value, &text) != nil {
		return ""
	}

	return text
}

// frameLeaves clicks what a selector finds in the frame, and waits for the page that it leads to, which may read as the one before.
func (b *tab) frameLeaves(selector string) {
	b.t.Helper()
	b.inFrame("the click on "+selector, fmt.Sprintf(`(document.documentElement.dataset.left = "yes", document.querySelector(%q).click(), "done")`, selector), "done")
	b.inFrame("another page", `document.documentElement.dataset.left ?? "no"`, "no")
}

// inFrame waits until a script in the frame comes to a text.
func (b *tab) inFrame(what, script, want string) {
	b.t.Helper()
	b.until(what+" in the frame", func() bool { return b.frame(script) == want })
}

// TestPagesOfTheDoor looks at what people see who are not in yet, or not any more.
func TestPagesOfTheDoor(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{Config: map[string]string{"CONSOLE_DOOR": "brand"}})
	b := open(t, w, "", options{mayRefuse: true})
	link := strings.TrimPrefix(portalLink(t, w), w.URL)
	b.show("/accounts/811/usage")
	b.looks("not-signed-in")
	b.show(link)
	b.looks("enter")
	b.follow("Continue")
	b.show(link)
	b.follow("Continue")
	b.looks("link-over")
	b.show("/left")
	b.looks("signed-out")
}
