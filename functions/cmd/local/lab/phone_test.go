package lab_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
)

// TestReplyToAnAppThatWroteNothing has a shopper write to apps that did not write before, by each name that an app has: as on a
// phone that is empty after a restart.
func TestReplyToAnAppThatWroteNothing(t *testing.T) {
	t.Parallel()
	w, _ := startDemo(t, t.TempDir())
	for _, app := range []string{demo.NeemApp, demo.NeemGupshupID, demo.ShareApp, demo.MarigoldApp, demo.JasmineApp} {
		post(t, w, "/local/inbox/9000000001/reply", `{"text":"hello","app":"`+app+`","name":"Ira","kind":"text"}`, http.StatusAccepted)
	}
	for body, want := range map[string]string{
		`{"text":"hello"}`:                               "nobody has written to the phone yet: name the app that the shopper writes to",
		`{"text":"hello","app":"meta-clove"}`:            `\"meta-clove\" is none of the apps of /local/apps that write to phones`,
		`{"text":"hello","app":"` + demo.AniseApp + `"}`: `\"` + demo.AniseApp + `\" is none of the apps`,
		`{"text":"hello","apps":"` + demo.NeemApp + `"}`: `has the unknown key \"apps\": the keys are text, button, to, kind, app, name`,
		`{"text":7}`: `"field":"text"`,
		`{"text":"hello","app":"919000000001","kind":"x"}`:       "that was sent is none of the apps",
		`{"text":"h","kind":"fax","app":"` + demo.NeemApp + `"}`: "no message of that kind",
	} {
		if answer := post(t, w, "/local/inbox/9000000001/reply", body, http.StatusBadRequest); !strings.Contains(answer, want) {
			t.Errorf("%s: got %s, want %q in it", body, answer, want)
		}
	}
}
