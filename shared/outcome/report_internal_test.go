package outcome

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestReportLogsNoOutsideText puts a telephone number into everything of a report that comes with a message, and into
// the line about a code that no table has.
func TestReportLogsNoOutsideText(t *testing.T) {
	t.Parallel()
	const number = "919000079999"
	var log bytes.Buffer
	r := New(Deps{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	out := Report{Result: Foreign, AccountID: number, AppID: number, Provider: number, Failure: message.Failure{Class: number, Code: number}}
	out.Estimate = message.Estimate{Micros: 1, Currency: number}
	r.logger.InfoContext(t.Context(), "handled", "outcome", out)
	r.NoteUnlisted(t.Context(), number, number, message.Failure{Cause: message.CauseUnlisted, Code: number})
	if got := log.String(); strings.Contains(got, number) || strings.Count(got, "unreadable") != 9 {
		t.Errorf("got %s", got)
	}
	log.Reset()
	out = Report{Result: Failed, AccountID: "811", AppID: "kaleyra-jasmine", Failure: message.Failure{Class: "bad_request", Code: "WA-401"}}
	r.logger.InfoContext(t.Context(), "handled", "outcome", out)
	r.NoteUnlisted(t.Context(), "kaleyra", "kaleyra-jasmine", message.Failure{Cause: message.CauseUnlisted, Code: "987654"})
	if got := log.String(); strings.Contains(got, "unreadable") || !strings.Contains(got, `"account_id":"811"`) {
		t.Errorf("got %s", got)
	}
}
