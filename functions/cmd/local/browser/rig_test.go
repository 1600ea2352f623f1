package browser

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// root is the module's directory.
const root = "../../../.."

// patience ends a wait that cannot succeed any more, on however busy a machine.
const patience = 2 * time.Minute

// pause is how long a wait waits before it looks again.
const pause = 50 * time.Millisecond

// parallelTests is how many tests run at a time. They mostly wait for the browser: with as many as there are processors, as is the default, half of those idle.
const parallelTests = "4"

// chromium is the one browser of all tests; each tab has cookies of its own.
var chromium context.Context

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	path, err := exec.LookPath("chromium")
	if err != nil {
		fmt.Println("NOT RUN: the console in a browser, since chromium is not installed")
		if os.Getenv("CI") == "true" {
			return 1
		}

		return 0
	}

	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("force-prefers-reduced-motion", true),
	)

	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()

	var end context.CancelFunc
	chromium, end = chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {})) //nolint:fatcontext // one for all tests; it does not know every event yet
	defer end()

	if err = chromedp.Do(chromium); err != nil {
		fmt.Println("chromium does not start:", err)
		return 1
	}

	if err = flag.Set("test.parallel", parallelTests); err != nil {
		fmt.Println(err)
		return 1
	}

	return m.Run()
}

// tab is what one person has open.
type tab struct {
	t   *testing.T
	w   *live.World
	ctx context.Context //nolint:containedctx // it is the tab

	mu sync.Mutex
	// problems are what the browser complained of, refused the answers of 4xx that it tells in its console.
	problems, refused []string
	// around are the origins of pages of others that a test shows the console in.
	around []string
}

// options vary a tab.
type options struct {
	// noScript switches JavaScript off.
	noScript bool
	// mayRefuse says that the test has forms refused: that the browser tells of an answer of 4xx is then no problem.
	mayRefuse bool
}

// open opens a tab for somebody of the picker, such as "editor:811" or "platform"; for nobody if it is empty.
func open(t *testing.T, w *live.World, person string, o options) *tab {
	t.Helper()
	b := &tab{t: t, w: w}
	var end context.CancelFunc
	b.ctx, end = chromedp.NewContext(chromium, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.hear))
	t.Cleanup(func() {
		b.mu.Lock()
		problems := b.problems
		if !o.mayRefuse {
			problems = append(problems, b.refused...)
		}
		b.mu.Unlock()
		for _, p := range problems {
			t.Errorf("the browser says: %s", p)
		}
		if t.Failed() {
			b.picture("failed-" + strings.ReplaceAll(t.Name(), "/", "-"))
		}
		end()
	})
	if err := chromedp.Do(b.ctx); err != nil { // the tab lives as long as the context that it is opened with
		t.Fatal(err)
	}
	tell(b, log.Enable, cdp.Empty{})
	tell(b, network.Enable, network.EnableParams{})
	tell(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: o.noScript})
	b.size(1280, 900)
	if person != "" {
		b.signIn(person)
	}

	return b
}

// hear takes what the browser tells of the tab.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, fmt.Sprintf("exception: %s: %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			for _, arg := range e.Args {
				b.problems = append(b.problems, fmt.Sprintf("console: %s %s", arg.Description, arg.Value))
			}
		}
	case *log.EventEntryAdded:
		switch {
		case e.Entry.Level != "error" && e.Entry.Level != "warning":
		case e.Entry.Source == "network" && strings.Contains(e.Entry.Text, "status of 4"):
			b.refused = append(b.refused, e.Entry.Text+" "+e.Entry.URL)
		default:
			b.problems = append(b.problems, string(e.Entry.Source)+": "+e.Entry.Text+" "+e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme != "data" && u.Scheme+"://"+u.Host != b.w.URL && !slices.Contains(b.around, u.Scheme+"://"+u.Host) {
			b.problems = append(b.problems, "a request to another origin: "+e.Request.URL)
		}
	}
}

// forgive forgets what the browser has complained of, after a test broke something on purpose.
func (b *tab) forgive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = nil
}

// do does actions, each of which has to succeed.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("in the browser at %s: %v\n%s", b.path(), err, b.words())
	}
}

// tell gives the tab a command of the browser's protocol.
func tell[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}

	return result
}

// size gives the window another size, in pixels of CSS.
func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// dark asks for dark colours, or for light ones.
func (b *tab) dark(yes bool) {
	b.t.Helper()
	scheme := "light"
	if yes {
		scheme = "dark"
	}
	tell(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// signIn takes the cookie that the picker gives for somebody.
func (b *tab) signIn(person string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.w.URL+"/people", strings.NewReader(url.Values{"person": {person}}.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := testkit.Transport.RoundTrip(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusSeeOther || len(answer.Cookies()) != 1 {
		b.t.Fatalf("%s was not let in: %d", person, answer.StatusCode)
	}
	cookie := answer.Cookies()[0]
	tell(b, network.SetCookie, network.SetCookieParams{Name: cookie.Name, Value: cookie.Value, URL: b.w.URL, HTTPOnly: new(true)})
}

// show opens a path of the console.
func (b *tab) show(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.w.URL + path))
}

// click clicks what a selector finds, once it is visible, as a person does.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(clickOn(selector))
}

// follow clicks the link or the button that has these words alone, and waits for the page that it leads to.
func (b *tab) follow(words string) {
	b.t.Helper()
	at := fmt.Sprintf(`//*[self::a or self::button][normalize-space()=%q and not(ancestor::*[@hidden])]`, words)
	b.leads(clicks(chromedp.Search(at)))
}

// leads does an action that leads to another page, and waits for that page.
func (b *tab) leads(action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, action); err != nil {
		b.t.Fatalf("in the browser at %s: %v\n%s", b.path(), err, b.words())
	}
}

// fill replaces what stands in a field by a text, typed key by key.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	at := chromedp.CSS(selector)
	b.do(chromedp.Focus(at))
	b.eval(fmt.Sprintf(`(document.querySelector(%q).value = "") || true`, selector), nil) // SetValue cannot set an empty text
	b.do(chromedp.SendKeys(at, text))
}

// choose chooses an option of a select by its value.
func (b *tab) choose(selector, value string) {
	b.t.Helper()
	b.do(chromedp.SetValue(chromedp.CSS(selector), value))
	b.eval(fmt.Sprintf(`document.querySelector(%q).dispatchEvent(new Event("change", {bubbles: true})) && true`, selector), nil)
}

// keys presses keys where the focus is, such as kb.Tab.
func (b *tab) keys(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// eval evaluates JavaScript in the page, also in one that may run none itself.
func (b *tab) eval(script string, result any) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`Promise.resolve(`+script+`).then(v => JSON.stringify(v === undefined ? null : v))`, chromedp.EvalAwaitPromise))
	if err == nil && result != nil {
		err = json.Unmarshal([]byte(text), result)
	}
	if err != nil {
		b.t.Fatalf("in the browser: %v in %.300s", err, script)
	}
}

// words returns what a person reads on the page.
func (b *tab) words() string { return b.look(`document.body ? document.body.innerText : ""`) }

// path returns the path of the page with its query.
func (b *tab) path() string { return b.look(`location.pathname + location.search`) }

// look returns a text of the page; what went wrong if there is none.
func (b *tab) look(script string) string {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](script))
	if err != nil {
		return err.Error()
	}

	return text
}

// text returns the words of what a selector finds first.
func (b *tab) text(selector string) string {
	b.t.Helper()
	var text string
	b.eval(fmt.Sprintf(`document.querySelector(%q).innerText`, selector), &text)

	return text
}

// reads waits until the page has all of these words.
func (b *tab) reads(words ...string) {
	b.t.Helper()
	for _, want := range words {
		b.until(fmt.Sprintf("reads %q", want), func() bool { return strings.Contains(squeezed(b.words()), squeezed(want)) })
	}
}

// until waits until something is so.
func (b *tab) until(what string, so func() bool) {
	b.t.Helper()
	b.waits(so, func() string { return what })
}

// gives waits until a script gives a text, and tells what it gave last if it never does.
func (b *tab) gives(script, want string) {
	b.t.Helper()
	var got string
	b.waits(func() bool {
		got = b.look(script)
		return got == want
	}, func() string { return fmt.Sprintf("%s gives %q, last it gave %q", script, want, got) })
}

// waits waits until something is so; what says what never was.
func (b *tab) waits(so func() bool, what func() string) {
	b.t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(pause) {
		if time.Now().After(end) {
			b.t.Fatalf("at %s it is never so: %s; the page has asked for\n%s\nand reads\n%s", b.path(), what(), b.asked(), b.words())
		}
	}
}

// asked returns what the page has asked for besides itself, with the milliseconds after which it was answered: a page that nobody tells of changes shows there.
func (b *tab) asked() string {
	return b.look(`performance.getEntriesByType("resource").map(e => [e.name, e.responseStatus, Math.round(e.responseStart)].join(" ")).join("\n")`)
}

// focuses waits until what a selector finds has the focus, which an element that asks for it gets only once the page is drawn.
func (b *tab) focuses(selector string) {
	b.t.Helper()
	b.until("the focus is on "+selector, func() bool { return b.focused(selector) })
}

// focused reports whether what a selector finds has the focus.
func (b *tab) focused(selector string) (yes bool) {
	b.t.Helper()
	b.eval(fmt.Sprintf(`document.activeElement.matches(%q)`, selector), &yes)

	return yes
}

// squeezed returns a text with single spaces.
func squeezed(text string) string { return strings.Join(strings.Fields(text), " ") }

// pictures asks for pictures of what passes too.
var pictures = flag.Bool("pictures", false, "keep pictures of all pages that are looked at in build/screens, not only of those where a test fails")

// picture keeps a picture of the whole page as build/screens/NAME.png, where -pictures asks for it or the test has failed.
func (b *tab) picture(name string) {
	if !*pictures && !b.t.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: new(true)})
	dir := filepath.Join(root, "build", "screens")
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), shot.Data, 0o644)
	}
	if err != nil {
		b.t.Logf("no picture %s: %v", name, err)
	}
}

// clickOn is the click on what a selector finds.
func clickOn(selector string) chromedp.Action[chromedp.Void] {
	return clicks(chromedp.CSS(selector))
}

// clicks is the click on what is found, once that stands still: what a stream moves after it was looked where it is, the mouse misses. It looks from here, and so
// does in a page whose scripts are switched off.
func clicks[S chromedp.Selectable](at S) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		var before dom.Quad
		for ; ; time.Sleep(pause) {
			box, err := where(at)(ctx, t)
			switch {
			case ctx.Err() != nil:
				return errors.Join(ctx.Err(), err)
			case err != nil: // a stream has put another in its place meanwhile
				before = nil
				continue
			case slices.Equal(before, box.Border):
				_, err = chromedp.Click(at, chromedp.NodeVisible)(ctx, t)
				return err
			}
			before = box.Border
		}
	})
}

// where is the look at where in the window something visible is, to which it is scrolled.
func where[S chromedp.Selectable](at S) chromedp.Action[*dom.BoxModel] {
	return func(ctx context.Context, t *chromedp.Target) (*dom.BoxModel, error) {
		if _, err := chromedp.ScrollIntoView(at, chromedp.NodeVisible)(ctx, t); err != nil {
			return nil, err
		}

		return chromedp.Dimensions(at, chromedp.NodeVisible)(ctx, t)
	}
}

// run runs a script in the page.
func (b *tab) run(script string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[*runtime.RemoteObject](script)); err != nil {
		b.t.Fatalf("in the browser: %v", err)
	}
}

// cookie is the header by which a request that no browser makes comes from the tab's person.
func (b *tab) cookie() string {
	b.t.Helper()
	cookies := tell(b, network.GetCookies, network.GetCookiesParams{URLs: []string{b.w.URL}}).Cookies
	if len(cookies) != 1 {
		b.t.Fatalf("there are %d cookies, want one", len(cookies))
	}

	return cookies[0].Name + "=" + cookies[0].Value
}
