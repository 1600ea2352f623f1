package e2e_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestReopenByHand reopens what was given up as the send log shows it, once, and refuses everything else.
func TestReopenByHand(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Silent: true})
	r.Hand(r.DyingWorker(rig.DieBefore), r.Event("shipment-failed_delivery"))
	r.Settle(r.Hooks)
	given := r.Sole(t)
	mux := http.NewServeMux()
	(&lab.Lab{Store: r.Parts.Store, Simulator: r.Sim, Clock: r.Clock, Logger: slog.New(slog.DiscardHandler)}).Mount(mux)
	entries, err := lab.SendLog(t.Context(), r.Parts.Store, given.OrderID)
	if err != nil || len(entries) != 1 || entries[0].Status != message.StatusGivenUp {
		t.Fatalf("send log: got %+v, %v, want one entry that was given up", entries, err)
	}
	seen, err := json.Marshal(entries[0].Seen)
	r.Must(err)

	for _, tc := range []struct {
		name, id, body string
		want           int
	}{
		{"without what was seen", given.ID, `{}`, http.StatusBadRequest},
		{"seen at another time", given.ID, `{"seen":"2026-11-28T12:00:00Z"}`, http.StatusConflict},
		{"no time", given.ID, `{"seen":"now"}`, http.StatusBadRequest},
		{"unknown message", strings.Repeat("0", 32), `{"seen":"2026-11-28T12:00:00Z"}`, http.StatusNotFound},
		{"no id", "a%2Fb", `{"seen":"2026-11-28T12:00:00Z"}`, http.StatusNotFound},
		{"as seen", given.ID, `{"seen":` + string(seen) + `}`, http.StatusNoContent},
		{"as seen, twice", given.ID, `{"seen":` + string(seen) + `}`, http.StatusConflict},
	} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/local/send-log/"+tc.id+"/reopen", strings.NewReader(tc.body))
		if got := testkit.Serve(mux, req); got.Status != tc.want {
			t.Errorf("%s: got %d %s, want %d", tc.name, got.Status, got.Body, tc.want)
		}
	}

	r.Settle(r.Hooks)
	if m := r.Sole(t); m.Status() != message.StatusAccepted || m.Newest().Silence != message.SilenceIgnored {
		t.Errorf("got %s, %+v, want it sent on a person's word", m.Status(), m.Newest())
	}
	entries, err = lab.SendLog(t.Context(), r.Parts.Store, given.OrderID)
	r.Must(err)
	if a := entries[0].Attempts["2"]; !a.PossibleDuplicate || a.Silence != message.SilenceIgnored {
		t.Errorf("send log: got %+v, want it to show what the second attempt rests on", a)
	}
}
