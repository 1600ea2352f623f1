package workspace_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestHealth tells how a template did, as a chart can show it and with the warning of its fall, and refuses what is no query.
func TestHealth(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")

	if body := r.get(http.StatusOK, "/health"); !strings.Contains(body, `"from":"2026-10-22","to":"2026-11-21"`) || !strings.Contains(body, `"series":[],"falls":[]`) {
		t.Errorf("got %s, want thirty days without a series", body)
	}

	for n := range 32 {
		delivered := int64(19)
		if n >= 29 {
			delivered = 14
		}
		row := billing.Row{
			Key:     billing.Key{AppID: "gs-1", TemplateID: "t1", Event: "shipment/failed_delivery", Category: "utility", Currency: "INR"},
			Figures: billing.Figures{Sent: delivered, Failed: 20 - delivered, Delivered: delivered, Read: 7},
		}
		row.Day = billing.Day("2026-10-19").Plus(n)
		if err := r.store.PutClosedDay(t.Context(), neem, store.ClosedDay{Day: row.Day, ClosedAt: start, Closings: 1, Usage: billing.Usage{Rows: []billing.Row{row}}}); err != nil {
			t.Fatal(err)
		}
	}
	err := r.store.PutClosing(t.Context(), neem, store.Closing{ClosedTo: "2026-11-20", LookedAt: start})
	if err == nil {
		err = r.store.NoteRatings(t.Context(), "gs-1", store.Rating{At: start.AddDate(0, 0, -9), Kind: store.Limit, Value: "TIER_1K"},
			store.Rating{At: start.AddDate(0, 0, -9), TemplateID: "t1", Kind: store.Quality, Value: "RED"})
	}
	if err != nil {
		t.Fatal(err)
	}

	const day = `{"day":"2026-11-19","tried":20,"failed":6,"delivered":14,"read":7,"deliveredShare":7000,"readShare":5000`
	want := `{"from":"2026-11-19","to":"2026-11-20","zone":"Asia/Kolkata","series":[{"app":"gs-1","days":[` + day + `,"limit":"TIER_1K"}]},` +
		`{"app":"gs-1","template":"t1","days":[` + day + `,"quality":"RED"}]}],"falls":[{"app":"gs-1","template":"t1","what":"delivered",` +
		`"from":"2026-11-17","to":"2026-11-20","share":7000,"before":9500,"messages":60,"text":"Of the messages with the template t1, 70.0 % arrived from 2026-11-17 to 2026-11-19, `
	if got := r.get(http.StatusOK, "/health?from=2026-11-19&to=2026-11-20"); !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := r.get(http.StatusOK, "/usage?from=2026-11-19&to=2026-11-20&groupBy=template"); !strings.Contains(got, `"rows":[{"template":"t1","sent":14,`) {
		t.Errorf("usage by template: got %s", got)
	}

	for _, query := range []string{"?from=2026-11-01", "?from=2026-10-01&to=2027-01-02", "?app=gs-1"} {
		r.get(http.StatusBadRequest, "/health"+query)
	}
	r.want(http.StatusNotFound, request{method: http.MethodGet, path: "/v1/accounts/999/health", token: r.operator()})
}
