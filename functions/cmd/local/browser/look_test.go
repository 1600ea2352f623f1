package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// axe reads axe-core, which `make thorough` installs where npm is.
var axe = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile(filepath.Join(root, ".bin/axe/node_modules/axe-core/axe.min.js"))
	return string(text), err
})

// violation is a rule of axe that a page breaks.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML, FailureSummary string }
}

// accessible holds the page against axe's rules: none that is serious or critical may be broken.
func (b *tab) accessible() {
	b.t.Helper()
	script, err := axe()
	switch {
	case err != nil && os.Getenv("CI") == "true":
		b.t.Fatal(err)
	case err != nil:
		b.t.Logf("NOT RUN: axe's checks, since axe-core is not installed")
		return
	}
	var found []violation
	b.run(script)
	b.eval(`axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v => ({ID: v.id, Impact: v.impact, Help: v.help,
		Nodes: v.nodes.map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))})))`, &found)
	for _, v := range found {
		if v.Impact != "serious" && v.Impact != "critical" {
			continue
		}
		for _, n := range v.Nodes {
			b.t.Errorf("%s: %s (%s): %s\n%s\n%s", b.path(), v.ID, v.Impact, v.Help, n.HTML, n.FailureSummary)
		}
	}
}

// sound holds a page against what is true of every page.
func (b *tab) sound() {
	b.t.Helper()
	var headings, mains, unnamed int
	b.eval(`document.querySelectorAll("h1").length`, &headings)
	b.eval(`document.querySelectorAll("main").length`, &mains)
	b.eval(`[...document.querySelectorAll("[style], [onclick], [onchange], [onsubmit], script:not([src]), style")].length`, &unnamed)
	if headings != 1 || mains != 1 || unnamed != 0 {
		b.t.Errorf("%s has %d h1, %d main and %d things inline; want one, one and none", b.path(), headings, mains, unnamed)
	}
	if text := b.words(); strings.Contains(text, "ZgotmplZ") || strings.Contains(text, "<no value>") || strings.Contains(text, "%!") {
		b.t.Errorf("%s shows a fault of its template", b.path())
	}
}

// fits reports a page that is wider than the window.
func (b *tab) fits(width int64) {
	b.t.Helper()
	var wide, window int64
	b.eval(`document.scrollingElement.scrollWidth`, &wide)
	b.eval(`document.scrollingElement.clientWidth`, &window)
	if wide > window {
		var widest string
		b.eval(`[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll"))
			.slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join("\n")`, &widest)
		b.t.Errorf("%s is %d wide in a window of %d:\n%s", b.path(), wide, width, widest)
	}
}

// looks looks at the page in each size and colour.
func (b *tab) looks(name string) {
	b.t.Helper()
	b.sound()
	for _, width := range []int64{360, 640, 1280} {
		b.size(width, 900)
		b.fits(width)
		for _, dark := range []bool{false, true} {
			if width == 640 && dark {
				continue
			}
			b.dark(dark)
			b.picture(fmt.Sprintf("%s-%d-%s", name, width, map[bool]string{false: "light", true: "dark"}[dark]))
			if width != 640 {
				b.accessible()
			}
		}
	}
	b.dark(false)
	b.size(1280, 900)
}

// visit is a page that everything is looked at of.
type visit struct {
	// name names the pictures, person who looks, as the picker knows them.
	name, person, path string
}

// visits are all pages, in the order of the navigation.
var visits = []visit{
	{"people", "", "/people"},
	{"accounts", "platform", "/"},
	{"nothing", "editor:811", "/accounts/811/nothing-here"},
	{"forbidden", "viewer:811", "/accounts/812/usage"},

	{"replies-empty", "editor:813", "/accounts/813/replies"},
	{"apps", "editor:813", "/accounts/813/apps"},
	{"apps-viewer", "viewer:813", "/accounts/813/apps"},
	{"app", "editor:813", "/accounts/813/apps/meta-gsy3i6uyzgj4"},
	{"consent", "editor:811", "/accounts/811/consent"},
	{"consent-of-the-platform", "platform", "/accounts/811/consent"},
	{"consent-of-a-viewer", "viewer:811", "/accounts/811/consent"},

	{"settings", "editor:811", "/accounts/811/settings"},
	{"settings-of-a-viewer", "viewer:811", "/accounts/811/settings"},
	{"settings-of-the-platform", "platform", "/accounts/811/settings"},
	{"variables", "viewer:811", "/accounts/811/settings/variables"},
	{"notifications", "editor:813", "/accounts/813/notifications"},
	{"notifications-platform", "editor:812", "/accounts/812/notifications"},
	{"notification", "editor:813", "/accounts/813/notifications/shipment/failed_delivery"},
	{"notification-off", "editor:813", "/accounts/813/notifications/shipment/dispatched"},
	{"notification-marketing", "editor:811", "/accounts/811/notifications/cart/abandoned"},
	{"notification-platform", "editor:812", "/accounts/812/notifications/shipment/failed_delivery"},
	{"notification-viewer", "viewer:813", "/accounts/813/notifications/shipment/failed_delivery"},
	{"notification-bot", "editor:815", "/accounts/815/notifications/shipment/created"},
	{"history", "viewer:813", "/accounts/813/history"},
	{"version", "editor:813", "/accounts/813/history/2"},
	{"platform-apps", "platform", "/operations/apps"},

	{"home-nothing-sent", "editor:811", "/accounts/811"},
	{"home-of-staff", "platform", "/accounts/811"},
	{"stories-none", "editor:811", "/accounts/811/stories"},
	{"stories-filtered-none", "viewer:811", "/accounts/811/stories?state=held&day=2026-11-20"},
	{"stories-refused", "viewer:811", "/accounts/811/stories?day=someday"},
	{"order-unknown", "viewer:811", "/accounts/811/orders/404"},
	{"usage", "editor:812", "/accounts/812/usage"},
	{"usage-refused", "editor:812", "/accounts/812/usage?from=2026-11-30&last=2026-11-01"},
	{"failed-deliveries", "viewer:812", "/accounts/812/usage/failed-deliveries"},
	{"what-if", "viewer:812", "/accounts/812/usage/what-if?event=shipment%2Ffailed_delivery"},

	{"operations-empty", "platform", "/operations"},
	{"deadletters-empty", "platform", "/operations/dead-letters"},
	{"givenup-empty", "platform", "/operations/given-up"},
	{"givenup-refused", "platform", "/operations/given-up?account=999999&since=2026-11-20"},
	{"held-empty", "platform", "/operations/held"},
	{"forms-empty", "platform", "/operations/forms"},
	{"replay", "platform", "/operations/replay?account=811&day=2026-11-20"},
	{"replay-refused", "platform", "/operations/replay?account=8+11&day=2026-11-20"},
	{"operations-forbidden", "editor:811", "/operations"},
}
