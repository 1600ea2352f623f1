package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
)

// TestSettingsWithoutJavaScript sets the answer to what shoppers write: first without a text, which is refused at its field, then with one.
func TestSettingsWithoutJavaScript(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	b := open(t, w, "editor:811", options{mayRefuse: true, noScript: true})
	b.show("/accounts/811/settings")
	b.do(clickOn("#enabled"))
	b.follow("Save the answer")
	b.reads("That was not saved", "The answer is needed")
	if got := b.text("#text-error"); !strings.Contains(got, "is needed") {
		t.Errorf("the field says %q", got)
	}
	b.do(chromedp.SendKeys(chromedp.CSS("#text"), "We call you back <b>today</b>."))
	b.follow("Save the answer")
	b.reads("The answer is saved")
	viewer := open(t, w, "viewer:811", options{})
	viewer.show("/accounts/811/settings")
	viewer.reads("We call you back <b>today</b>.", "At any hour, at most once an hour for each shopper.")
	viewer.looks("settings-answer-of-a-viewer")
}

// TestSettingsRefused looks at a form that was refused.
func TestSettingsRefused(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	b := open(t, w, "editor:811", options{mayRefuse: true})
	b.show("/accounts/811/settings")
	b.do(clickOn("#enabled"))
	b.follow("Save the answer")
	b.focuses(".problem")
	b.looks("settings-refused")
}

// TestSettingsOfThePlatformsApp looks at the settings of a brand that sends through the platform's app, and may have one of its own.
func TestSettingsOfThePlatformsApp(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	b := open(t, w, "editor:812", options{})
	b.show("/accounts/812/settings")
	b.looks("settings-of-the-platforms-app")
}
