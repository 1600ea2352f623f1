package dispatch

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestOutcomeLogsNoOutsideText puts a telephone number into everything of an outcome that comes with a message, and into
// the line about a code that no table has.
func TestOutcomeLogsNoOutsideText(t *testing.T) {
	t.Parallel()
	const number = "919000079999"
	var log bytes.Buffer
	d := &Dispatcher{Deps: Deps{Logger: slog.New(slog.NewJSONHandler(&log, nil))}}
	out := Outcome{Result: ResultForeign, AccountID: number, AppID: number, Failure: message.Failure{Class: number, Code: number}}
	d.Logger.InfoContext(t.Context(), "handled", "outcome", out)
	d.noteUnlisted(t.Context(), number, number, effect{Failure: message.Failure{Cause: message.CauseUnlisted, Code: number}})
	if got := log.String(); strings.Contains(got, number) || strings.Count(got, "unreadable") != 7 {
		t.Errorf("got %s", got)
	}
	log.Reset()
	out = Outcome{Result: ResultFailed, AccountID: "811", AppID: "kaleyra-jasmine", Failure: message.Failure{Class: "bad_request", Code: "WA-401"}}
	d.Logger.InfoContext(t.Context(), "handled", "outcome", out)
	d.noteUnlisted(t.Context(), "kaleyra", "kaleyra-jasmine", effect{Failure: message.Failure{Cause: message.CauseUnlisted, Code: "987654"}})
	if got := log.String(); strings.Contains(got, "unreadable") || !strings.Contains(got, `"account_id":"811"`) {
		t.Errorf("got %s", got)
	}
}
